import { CORE_CODES } from './codes.js';
import { SDK_CODES } from './sdk-codes.js';

const NAMES = new Map(Object.entries(CORE_CODES).map(([name, [number]]) => [number, name]));

/** The one error that this package throws. */
export class SplitsignError extends Error {
  /**
   * @param {string} code one of the tables, or one of the service
   * @param {{ at?: number, where?: string, cause?: unknown, status?: number, problem?: object }} [more]
   */
  constructor(code, { at, where, cause, status, problem } = {}) {
    const [number, what, remedy] = CORE_CODES[code] ?? SDK_CODES[code] ?? ofService(problem);
    super(sentence(code, number, what, remedy, at, where), cause === undefined ? undefined : { cause });
    this.code = code;
    this.number = number;
    if (at !== undefined) this.at = at;
    if (status !== undefined) this.status = status;
    if (problem !== undefined) {
      this.problem = problem;
      if (typeof problem.detail === 'string') this.detail = problem.detail;
      if (typeof problem.requestId === 'string') this.requestId = problem.requestId;
      if (typeof problem.retryAfterMs === 'number') this.retryAfterMs = problem.retryAfterMs;
    }
  }

  /** An error of the core, from its number. */
  static ofCore(number, at) {
    return new SplitsignError(NAMES.get(number) ?? 'wasm_stopped', { at });
  }
}

// On the prototype, so that it is not listed among what this error says.
Object.defineProperty(SplitsignError.prototype, 'name', { value: 'SplitsignError' });

/** An argument that cannot be used; `where` says which one and why. */
export function invalid(where, cause) {
  return new SplitsignError('invalid_argument', { where, cause });
}

function sentence(code, number, what, remedy, at, where) {
  const head = number === 0 ? code : `${code} (${number})`;
  if (where !== undefined) return `${head}: ${where}`;
  if (code === 'output_too_small') return `${head}: ${at} bytes are needed; ${remedy}`;
  return `${head}${at === undefined ? '' : ` at byte ${at}`}: ${what} ${remedy[0].toUpperCase()}${remedy.slice(1)}.`;
}

/** The service's codes have no numbers here, and it says itself what is wrong. */
function ofService(problem) {
  return [0, `${problem?.detail ?? problem?.title ?? 'The signer refused.'}`, 'see the documentation of the signer'];
}
