// The key's descriptor, cached for all calls of a signer.
//
// One isolate of a Worker serves many requests, and what belongs to a request dies with it: when its client disconnects, or
// when its handler returns, its promises never settle, its timers never fire, and its `finally` never runs. So calls share
// data and nothing else. The call that fetches leaves a lease, which says when it began; the others look at the data again
// and again, with timers of their own, and make a request of their own when the lease is too old to be believed.
import { readDescriptor } from './descriptor.js';
import { SplitsignError } from './error.js';

/** How long others wait for a request before one of them makes its own: milliseconds at most, and parts of `timeoutMs`. */
const LEASE_MS_MAX = 1_000;
const LEASES_PER_TIMEOUT = 4;

/** Milliseconds from one look to the next: each pause is twice the one before. */
const PAUSE_MS_MIN = 1;
const PAUSE_MS_MAX = 16;

export class DescriptorCache {
  #http;
  #key;
  #timeoutMs;
  #leaseMs;
  #maxAgeSeconds;
  /** The descriptor and until when it holds. */
  #cached;
  /** The last request that was begun, while it is on its way: when it was. */
  #lease;
  /** What the last request brought, a descriptor or an error, for those who wait: it may hold for no time. */
  #outcome;
  /** How many requests failed, of those whose error others were told. */
  #failures = 0;
  /** How many requests were begun. Answers to those up to `#outdated` are not used: newer ones came, or the key was rotated. */
  #begun = 0;
  #outdated = 0;
  /** The descriptors whose version was refused: many calls may learn that of the same one. */
  #refused = new WeakSet();

  /**
   * @param {import('./http.js').Http} http
   * @param {string} key the id of the key
   * @param {{ timeoutMs: number, maxAgeSeconds?: number }} settings how long `get` may take, and how long a descriptor holds
   */
  constructor(http, key, { timeoutMs, maxAgeSeconds }) {
    this.#http = http;
    this.#key = key;
    this.#timeoutMs = timeoutMs;
    this.#leaseMs = Math.min(LEASE_MS_MAX, timeoutMs / LEASES_PER_TIMEOUT);
    this.#maxAgeSeconds = maxAgeSeconds;
  }

  /** The descriptor, from memory while it holds. Of many calls at once one fetches it. Each has its own deadline. */
  async get(signal) {
    const deadline = now() + this.#timeoutMs;
    const failuresBefore = this.#failures;
    let seen = this.#outcome;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      if (this.#cached !== undefined && now() < this.#cached.until) return this.#cached.descriptor;
      if (this.#outcome !== undefined && this.#outcome !== seen) {
        seen = this.#outcome;
        if (seen.error === undefined) return seen.descriptor;
        // Without an answer, the fault may be that of the request, whose platform limits what it may fetch: another one tries.
        if (seen.error.status !== undefined || this.#failures - failuresBefore > 1) throw seen.error;
      }
      if (signal?.aborted) throw new SplitsignError('aborted', { cause: signal.reason });
      const leftMs = deadline - now();
      if (leftMs <= 0) throw new SplitsignError('timeout');
      if (this.#leased()) {
        await pause(Math.min(pauseMs, leftMs), signal);
      } else {
        const descriptor = await this.#fetch(leftMs, signal);
        if (descriptor !== undefined) return descriptor;
      }
    }
  }

  /**
   * Forgets a descriptor whose version was refused, and every request on its way. Returns the descriptor that the refusal
   * brought, if it did.
   */
  supersede(descriptor, answer) {
    const known = this.#refused.has(descriptor);
    if (!known) {
      this.#refused.add(descriptor);
      this.#cached = undefined;
      this.#lease = undefined;
      this.#outcome = undefined;
      this.#outdated = this.#begun;
    }
    if (answer === undefined || answer === null) return undefined;
    const next = readDescriptor(answer, this.#key);
    // Another call was told so before: what it cached may be newer.
    return known ? next : this.#cache(next);
  }

  /** Whether to wait for the request on its way. It may have begun in the future: each request of a Worker has its own clock. */
  #leased() {
    return this.#lease !== undefined && Math.abs(now() - this.#lease.began) < this.#leaseMs;
  }

  /** Undefined if something newer came meanwhile. */
  async #fetch(timeoutMs, signal) {
    const number = ++this.#begun;
    const lease = { began: now() };
    this.#lease = lease;
    let outcome;
    try {
      const answer = await this.#http.getFresh(`/v1/keys/${encodeURIComponent(this.#key)}`, { timeoutMs, signal });
      outcome = { descriptor: readDescriptor(answer, this.#key) };
    } catch (error) {
      outcome = { error };
    }
    const current = this.#lease === lease;
    if (current) this.#lease = undefined;
    if (number <= this.#outdated) return undefined;
    if (outcome.error !== undefined) {
      // Others are told, but not that this caller gave up, and not while the request of another one is on its way.
      if (current && !gaveUp(outcome.error)) {
        this.#outcome = outcome;
        this.#failures++;
      }
      throw outcome.error;
    }
    this.#lease = undefined;
    this.#outcome = outcome;
    this.#outdated = number;
    return this.#cache(outcome.descriptor);
  }

  #cache(descriptor) {
    const seconds = this.#maxAgeSeconds ?? descriptor.maxAgeSeconds;
    this.#cached = { descriptor, until: now() + seconds * 1000 };
    return descriptor;
  }
}

/** Whether an error is the caller's own end. The signer may use the same words, but its errors have a status. */
function gaveUp({ code, status }) {
  return status === undefined && (code === 'aborted' || code === 'timeout');
}

/** Some milliseconds, or until the signal aborts. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}

function now() {
  return performance.now();
}
