// Yes-or-no arguments of the core, one bit each. The numbers are those of border/src/request.rs.
import { choice } from './arguments.js';

export const DETACHED = 1;
export const STREAMED = 1 << 1;
export const UNTAGGED = 1 << 2;
export const UNENCODED = 1 << 3;
export const FLATTENED = 1 << 4;
export const RAW_SIGNATURE = 1 << 5;

const LOW_S = { accept: 0, require: 1 << 6, normalise: 1 << 7 };

/** What to do with a signature whose s is high. */
export function lowS(value) {
  return LOW_S[choice(value, 'lowS', Object.keys(LOW_S), 'accept')];
}
