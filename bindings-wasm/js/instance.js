// The one instance of the core. It is made at the first call: to import this package costs nothing.
import { load } from '#wasm';
import { inForce, memory as memoryFor } from './budget.js';
import { call as callOfCore, initSync, result, room } from './wasm/splitsign_wasm.js';
import { SplitsignError } from './error.js';

/** Bytes: where arguments go that are not longer. Enough for a piece of a stream. */
const ROOM_BYTES = 65 * 1024;

const NOTHING = new Uint8Array();

let memory;
/** All of the core's memory; another one, with no bytes, as soon as that grows. */
let bytes = NOTHING;
/** Where arguments go, and how many bytes have room there. */
let at = 0;
let size = 0;

/**
 * Does one of operations.js; what fails is a SplitsignError.
 * @param {Uint8Array} parameters a record
 * @param {Uint8Array} long the payload, or the object
 */
export function call(operation, flags, parameters = NOTHING, long = NOTHING) {
  if (inForce !== undefined) memoryFor(parameters.length + long.length);
  let length;
  try {
    place(parameters, long);
    length = callOfCore(operation, flags, parameters.length, long.length);
  } catch (error) {
    throw stopped(error);
  }
  if (length < 0) throw failure(-length);
  if (length === 0) return NOTHING;
  const start = result();
  return all().slice(start, start + length);
}

function place(parameters, long) {
  memory ??= initSync({ module: load() }).memory;
  // What was long gives its room back with the next one that is not.
  const needed = Math.max(parameters.length + long.length, ROOM_BYTES);
  if (needed !== size) {
    size = 0;
    at = needed < 2 ** 32 ? room(needed) : 0;
    if (at === 0) throw new SplitsignError('wasm_stopped');
    size = needed;
  }
  const place = all();
  place.set(parameters, at);
  place.set(long, at + parameters.length);
}

function all() {
  if (bytes.length === 0) bytes = new Uint8Array(memory.buffer);
  return bytes;
}

/** Two numbers in one: see src/failure.rs. */
function failure(number) {
  return SplitsignError.ofCore(Math.floor(number / 2 ** 32), number % 2 ** 32);
}

function stopped(error) {
  const known = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  return known ? new SplitsignError('wasm_stopped', { cause: error }) : error;
}
