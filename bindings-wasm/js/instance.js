// The one instance of the core. It is made at the first call: to import this package costs nothing.
import { load } from '#wasm';
import { Stream, call as callOfCore, failure, initSync } from './wasm/splitsign_wasm.js';
import { SplitsignError } from './error.js';

const NOTHING = new Uint8Array();

let ready = false;

/**
 * Does one of operations.js; what fails is a SplitsignError.
 * @param {Uint8Array} parameters a record
 * @param {Uint8Array} long the payload, or the object: it is copied once, and the parameters twice
 */
export function call(operation, flags, parameters = NOTHING, long = NOTHING) {
  return inCore(() => callOfCore(operation, flags, parameters, long));
}

/** Starts something in the core that takes bytes in pieces. */
export function start(kind, flags, parameters = NOTHING) {
  return inCore(() => Stream.start(kind, flags, parameters));
}

/** What `work` returns, which is undefined or false if it failed in the core. */
export function inCore(work) {
  if (!ready) {
    initSync({ module: load() });
    ready = true;
  }
  let result;
  try {
    result = work();
  } catch (error) {
    throw stopped(error);
  }
  if (result === undefined || result === false) throw why(failure());
  return result;
}

/** Two numbers in one: see src/failure.rs. */
function why(number) {
  return SplitsignError.ofCore(Math.floor(number / 2 ** 32), number % 2 ** 32);
}

function stopped(error) {
  const known = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  return known ? new SplitsignError('wasm_stopped', { cause: error }) : error;
}
