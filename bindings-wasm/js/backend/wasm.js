// The core as WebAssembly: everywhere.
import { load } from '#wasm';
import { SplitsignError } from '../error.js';
import { call as callOfCore, initSync, result, room } from '../wasm/splitsign_wasm.js';

/** Bytes: where arguments go that are not longer. Enough for a piece of a stream. */
const ROOM_BYTES = 65 * 1024;

const NOTHING = new Uint8Array();

let memory;
/** All of the core's memory; another one, with no bytes, as soon as that grows. */
let bytes = NOTHING;
/** Where arguments go, and how many bytes have room there. */
let at = 0;
let size = 0;

/** The core: its name, and what instance.js calls. */
export function open() {
  return { name: 'wasm', call };
}

function call(operation, flags, parameters, long) {
  let length;
  try {
    place(parameters, long);
    length = callOfCore(operation, flags, parameters.length, long.length);
  } catch (error) {
    throw stopped(error);
  }
  if (length < 0) return length;
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

function stopped(error) {
  const known = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  return known ? new SplitsignError('wasm_stopped', { cause: error }) : error;
}
