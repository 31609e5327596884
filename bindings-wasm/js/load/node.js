// Node: the builds lie beside this file. Without SIMD are old processors (no SSE 4.1) and some emulators.
import { readFileSync } from 'node:fs';
import { hasSimd } from './simd.js';

export function load() {
  const file = hasSimd() ? 'splitsign.simd.wasm' : 'splitsign.wasm';
  return new WebAssembly.Module(readFileSync(new URL(`../wasm/${file}`, import.meta.url)));
}
