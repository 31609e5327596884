// The client of the remote signer: prepare here, sign there, attach here. Only 32 bytes travel.
import { flag, kind, options, unreadable, whole } from './arguments.js';
import { toBase64Url } from './base64.js';
import { inForce, within } from './budget.js';
import * as cose from './cose.js';
import { DescriptorCache } from './descriptor-cache.js';
import { sha256 } from './digest.js';
import * as dsse from './dsse.js';
import { invalid } from './error.js';
import { Http } from './http.js';
import * as jws from './jws.js';
import { readSignature } from './signed.js';
import { Uncloneable } from './uncloneable.js';

/** What each format calls its things. */
const FORMATS = {
  cose: {
    profile: 'cose-sign1',
    prepare: (payload, { kid, chain }, rest) => cose.prepare({ payload, kid, ...(chain && { x5chain: chain }), ...rest }),
  },
  jws: {
    profile: 'jws',
    prepare: (payload, { kid, chain }, rest) => jws.prepare({ payload, kid, ...(chain && { x5c: chain }), ...rest }),
  },
  dsse: {
    profile: 'dsse',
    prepare: (payload, { kid }, rest) => dsse.prepare({ payload, keyid: kid, ...rest }),
  },
};

/** What comes from the key's descriptor and from nowhere else. */
const DECIDED_BY_KEY = ['payload', 'kid', 'keyid', 'x5chain', 'x5c'];

/** What the service takes as an idempotency key, at most. */
const IDEMPOTENCY_KEY_MAX = 255;

/** How many of the caller's keys are remembered as refused; the oldest is forgotten first. */
const RENAMED_MAX = 1024;

/** Makes a signer for one key. Nothing is fetched before the first signature. */
export function createSigner(settings) {
  const given = options(settings, 'createSigner', ['url', 'token', 'key', 'fetch', 'timeoutMs', 'maxAgeSeconds']);
  const { token, key, maxAgeSeconds, timeoutMs = 10_000, fetch = (...all) => globalThis.fetch(...all) } = given;
  if (typeof key !== 'string' || key === '') throw invalid(`key must be the id of a key, and is ${kind(key)}`);
  if (typeof token !== 'string' || token === '') throw invalid(`token must be a string, and is ${kind(token)}`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalid('token has characters that a header cannot carry');
  if (typeof fetch !== 'function') throw invalid(`fetch must be a function, and is ${kind(fetch)}`);
  whole(timeoutMs, 'timeoutMs', 1, 2 ** 31 - 1);
  if (maxAgeSeconds !== undefined) whole(maxAgeSeconds, 'maxAgeSeconds', 0, 2 ** 31 - 1);
  return new Signer(new Http(base(given.url), token, fetch, timeoutMs), key, { timeoutMs, maxAgeSeconds });
}

/** Every call is of its own: what a signer keeps between them is data (see descriptor-cache.js). */
class Signer extends Uncloneable {
  #http;
  #key;
  #descriptors;
  #limits = inForce;
  /** The caller's idempotency keys whose request was refused as superseded: a retry goes on under the derived one. */
  #renamed = new Set();

  constructor(http, key, times) {
    super();
    this.#http = http;
    this.#key = key;
    this.#descriptors = new DescriptorCache(http, key, times);
  }

  /** Prepares, has the digest signed, checks the signature and attaches it. */
  async sign(payload, settings) {
    const { format, idempotencyKey, includeChain, signal, ...rest } = checked(settings);
    const once = (descriptor, key) => this.#signOnce(payload, { format, includeChain, signal, rest }, descriptor, key);
    const descriptor = await this.#descriptors.get(signal);
    try {
      return await once(descriptor, this.#requestKey(idempotencyKey, descriptor));
    } catch (error) {
      if (error.code !== 'key_version_superseded') throw error;
      // The key was rotated: kid and chain are signed, so the digest is another one, and so must the request be.
      if (idempotencyKey !== undefined) this.#rename(idempotencyKey);
      const next = this.#descriptors.supersede(descriptor, error.problem?.descriptor) ?? (await this.#descriptors.get(signal));
      return once(next, this.#requestKey(idempotencyKey, next));
    }
  }

  /** The caller's key, or one derived from it: the same again for the same version, so that a retry does not sign twice. */
  #requestKey(given, { version }) {
    if (given === undefined) return crypto.randomUUID();
    return this.#renamed.has(given) ? derived(given, version) : given;
  }

  #rename(given) {
    this.#renamed.add(given);
    if (this.#renamed.size > RENAMED_MAX) this.#renamed.delete(this.#renamed.values().next().value);
  }

  async #signOnce(payload, { format, includeChain, signal, rest }, descriptor, idempotencyKey) {
    const chain = includeChain && descriptor.chain.length > 0 ? descriptor.chain : undefined;

    const started = now();
    const prepare = () => FORMATS[format].prepare(payload, { kid: descriptor.kid, chain }, rest);
    const draft = within(this.#limits, prepare);
    const digest = draft.digest;
    const prepared = now();

    const answer = await this.#http.post('/v1/sign', {
      body: {
        key: this.#key,
        keyVersion: descriptor.version,
        digest: toBase64Url(digest),
        digestAlgorithm: 'sha-256',
        profile: FORMATS[format].profile,
      },
      idempotencyKey,
      signal,
    });
    const { signature, keyId, requestId, kmsMs } = readSignature(answer, descriptor);
    const signed = now();

    // Against the key of the descriptor, never against one that came with the signature.
    const object = draft.attach(signature, descriptor.publicKey);
    const attached = now();
    return {
      object, format, digest, signature, keyId, keyVersion: descriptor.version, kid: descriptor.kid,
      publicKey: descriptor.publicKey, certificateChain: descriptor.chain, requestId,
      timing: { prepareMs: prepared - started, signMs: signed - prepared, attachMs: attached - signed, kmsMs },
    };
  }
}

/** An idempotency key for a version of the key; one that is too long is cut, with its digest in place of the rest. */
function derived(given, version) {
  const end = `~v${version}`;
  if (given.length + end.length <= IDEMPOTENCY_KEY_MAX) return given + end;
  const rest = `~${toBase64Url(sha256(given))}${end}`;
  return given.slice(0, IDEMPOTENCY_KEY_MAX - rest.length) + rest;
}

function checked(settings) {
  if (settings === null || typeof settings !== 'object') throw invalid(`sign takes options, and was given ${kind(settings)}`);
  try {
    return checkedOnce({ ...settings });
  } catch (error) {
    throw unreadable(error, 'sign');
  }
}

function checkedOnce(given) {
  const { format, idempotencyKey, signal } = given;
  if (typeof format !== 'string' || !Object.hasOwn(FORMATS, format)) {
    throw invalid(`format must be 'cose', 'jws' or 'dsse', and is ${kind(format)}`);
  }
  for (const name of DECIDED_BY_KEY) {
    if (Object.hasOwn(given, name)) throw invalid(`sign has no option ${name}: it comes from the key`);
  }
  if (idempotencyKey !== undefined && !(typeof idempotencyKey === 'string' && /^[\x21-\x7e]{1,255}$/.test(idempotencyKey))) {
    throw invalid('idempotencyKey must have 1 to 255 printable ASCII characters');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid(`signal must be an AbortSignal, and is ${kind(signal)}`);
  }
  return { ...given, includeChain: flag(given.includeChain, 'includeChain', true) };
}

function base(url) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid('url is not an absolute URL');
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw invalid('url must be http or https');
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw invalid('url must not have credentials, a query or a fragment');
  }
  return parsed.href.replace(/\/+$/, '');
}

function now() {
  return performance.now();
}
