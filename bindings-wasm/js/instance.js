// The one instance of the core. It is made at the first call: to import this package costs nothing.
import { load } from '#wasm';
import { initSync } from './wasm/splitsign_wasm.js';
import { SplitsignError } from './error.js';

let ready = false;

/** Calls a function of the core. What it throws becomes a SplitsignError. */
export function call(operation, ...parameters) {
  if (!ready) {
    initSync({ module: load() });
    ready = true;
  }
  try {
    return operation(...parameters);
  } catch (error) {
    throw translated(error);
  }
}

/** Makes an object of the core, as `call` does. */
export function make(Class, ...parameters) {
  return call((...all) => new Class(...all), ...parameters);
}

function translated(error) {
  if (typeof error === 'number') {
    // Two numbers in one: see bindings-wasm/src/thrown.rs.
    return SplitsignError.ofCore(Math.floor(error / 2 ** 32), error % 2 ** 32);
  }
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return new SplitsignError('wasm_stopped', { cause: error });
  }
  return error;
}
