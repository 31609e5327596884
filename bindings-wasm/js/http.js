// One request to the signer and its answer, or an error that says what was wrong with it.
import { SplitsignError } from './error.js';

/** Bytes: more than any answer has; ten certificates are some 20 kB. */
const ANSWER_BYTES_MAX = 256 * 1024;

export class Http {
  #base;
  #token;
  #fetch;
  #timeoutMs;

  constructor(base, token, fetch, timeoutMs) {
    this.#base = base;
    this.#token = token;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
  }

  /** The JSON object that the signer answers, and nothing in between. It takes `timeoutMs` at most, instead of what is set. */
  getFresh(path, { timeoutMs, signal }) {
    return this.#request(path, { method: 'GET', ...uncached() }, signal, timeoutMs);
  }

  /** The same, for a request with a body. */
  post(path, { body, idempotencyKey, signal }) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    return this.#request(path, { method: 'POST', headers, body: JSON.stringify(body) }, signal);
  }

  async #request(path, request, signal, timeoutMs = this.#timeoutMs) {
    if (signal?.aborted) throw new SplitsignError('aborted', { cause: signal.reason });
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      // The end of the wait, also where the function that was given as `fetch` pays no heed to its signal.
      const aborted = new Promise((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
      });
      return await Promise.race([this.#answer(path, request, controller.signal), aborted]);
    } catch (error) {
      if (error instanceof SplitsignError) throw error;
      if (signal?.aborted) throw new SplitsignError('aborted', { cause: signal.reason });
      throw new SplitsignError(controller.signal.aborted ? 'timeout' : 'unavailable', { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  async #answer(path, request, signal) {
    const headers = { accept: 'application/json', authorization: `Bearer ${this.#token}`, ...request.headers };
    // Not 'error', which Workers do not have: the answer that redirects is looked at below, and not followed.
    // Taken out of the object first: the fetch of a browser must not be called as a method.
    const fetch = this.#fetch;
    const response = await fetch(this.#base + path, { ...request, headers, redirect: 'manual', signal });
    return accepted(response, await body(response));
  }
}

/** How to say that no cache may answer. Workers of before November 2024 throw at `cache`; elsewhere a header costs a preflight. */
function uncached() {
  try {
    void new Request('https://signer.invalid/', { cache: 'no-store' });
    return { cache: 'no-store' };
  } catch {
    return { headers: { 'cache-control': 'no-cache' } };
  }
}

function accepted(response, answer) {
  const { status } = response;
  if (status >= 200 && status < 300 && answer !== undefined) return answer;
  if (status >= 400 && typeof answer?.code === 'string' && answer.code !== '') {
    throw new SplitsignError(answer.code, { status, problem: answer });
  }
  throw badResponse(status === 0 || (status >= 300 && status < 400) ? 'it redirects' : 'it is not JSON', status);
}

/** The JSON object in the body; undefined if it is anything else. */
async function body(response) {
  const text = new TextDecoder().decode(await limited(response));
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function limited(response) {
  const pieces = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader.read()) {
    length += piece.value.length;
    if (length > ANSWER_BYTES_MAX) {
      // Not waited for: whoever sends without end may not end now either.
      reader.cancel().catch(() => {});
      throw badResponse(`it has more than ${ANSWER_BYTES_MAX} bytes`, response.status);
    }
    pieces.push(piece.value);
  }
  const all = new Uint8Array(length);
  pieces.reduce((at, piece) => (all.set(piece, at), at + piece.length), 0);
  return all;
}

/** An answer that is not what the protocol says. */
export function badResponse(why, status, cause) {
  const where = `The signer's answer cannot be used: ${why}${status === undefined ? '' : ` (HTTP ${status})`}.`;
  return new SplitsignError('bad_response', { where, status, cause });
}
