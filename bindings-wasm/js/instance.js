// The one instance of the core, native or WebAssembly. It is made at the first call: to import this package costs nothing.
import { open } from '#backend';
import { inForce, memory as memoryFor } from './budget.js';
import { SplitsignError, invalid } from './error.js';

const NOTHING = new Uint8Array();

let core;

/**
 * Does one of operations.js; what fails is a SplitsignError.
 * @param {Uint8Array} parameters a record
 * @param {Uint8Array} long the payload, or the object
 */
export function call(operation, flags, parameters = NOTHING, long = NOTHING) {
  if (inForce !== undefined) memoryFor(parameters.length + long.length);
  core ??= open();
  if (long.length === 0) present(long);
  const result = core.call(operation, flags, parameters, long);
  if (typeof result === 'number') throw failure(-result);
  return result;
}

/** Which one it is: 'native' or 'wasm'. */
export function backend() {
  core ??= open();
  return core.name;
}

/** A getter among the options may have transferred the buffer after it was looked at; it would look empty. */
function present(view) {
  try {
    view.at(0);
  } catch {
    throw invalid('a buffer was transferred or cut off during the call');
  }
}

/** Two numbers in one: see border/src/failure.rs. */
function failure(number) {
  return SplitsignError.ofCore(Math.floor(number / 2 ** 32), number % 2 ** 32);
}
