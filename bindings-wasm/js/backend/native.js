// The core as a native addon, where there is a package with one for this system.
import { createRequire } from 'node:module';
import process from 'node:process';
import { SplitsignError } from '../error.js';
import { TARGETS, VERSION } from './targets.js';

/** Bytes: where parameters go, and results come from that are not longer. */
const ROOM_BYTES = 16 * 1024;

/** The core: its name, and what instance.js calls. An error that says what was tried, where there is none. */
export function open() {
  const addon = load();
  const room = new Uint8Array(ROOM_BYTES);

  function call(operation, flags, parameters, long) {
    // Not the parameters themselves: the result is written over them.
    const place = parameters.length > ROOM_BYTES ? parameters.slice() : room;
    if (place === room) room.set(parameters);
    let result;
    try {
      result = addon.call(operation, flags, place, parameters.length, long);
    } catch (error) {
      throw new SplitsignError('native_stopped', { cause: error });
    }
    return result >= 0 ? place.slice(0, result) : result;
  }

  return { name: 'native', call };
}

function load() {
  const system = `${process.platform}-${process.arch}`;
  const failures = [];
  // More than one where the C library decides: npm installs the one that fits, and the other one does not load.
  for (const target of TARGETS[system] ?? []) {
    const name = `@splitsign/node-${target}`;
    try {
      // At the first call and not before: in a bundle that knows no import.meta.url this throws.
      const addon = createRequire(import.meta.url)(name);
      if (addon.version() === VERSION) return addon;
      failures.push(new Error(`${name} has version ${addon.version()}, and ${VERSION} is needed`));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new SplitsignError('native_unavailable', { cause: new AggregateError(failures, `no addon for ${system}`) });
}
