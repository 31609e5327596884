// Node: the module lies beside this file.
import { readFileSync } from 'node:fs';

export function load() {
  return new WebAssembly.Module(readFileSync(new URL('../wasm/splitsign.wasm', import.meta.url)));
}
