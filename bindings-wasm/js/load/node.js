// Node, and what takes itself for it. The build with SIMD is text, so that a bundle has it inside. Without SIMD are old
// processors (no SSE 4.1) and some emulators: for them the other build lies beside this file.
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import text from '../wasm/inline.js';
import { hasSimd } from './simd.js';

export function load() {
  const module = hasSimd() ? Buffer.from(text, 'base64') : readFileSync(new URL('../wasm/splitsign.wasm', import.meta.url));
  return new WebAssembly.Module(module);
}
