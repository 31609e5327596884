// Node: the builds lie beside this file. Without SIMD is who runs on a processor of before 2008, or under an emulator.
import { readFileSync } from 'node:fs';
import { hasSimd } from './simd.js';

export function load() {
  const file = hasSimd() ? 'splitsign.simd.wasm' : 'splitsign.wasm';
  return new WebAssembly.Module(readFileSync(new URL(`../wasm/${file}`, import.meta.url)));
}
