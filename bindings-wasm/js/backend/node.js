// Node and Bun: native where there is a build for this system, else WebAssembly, and nobody notices but by the time.
import process from 'node:process';
import { invalid } from '../error.js';
import { open as native } from './native.js';
import { open as wasm } from './wasm.js';

export function open() {
  const wanted = process.env.SPLITSIGN_BACKEND;
  if (wanted === 'wasm') return wasm();
  if (wanted === 'native') return native();
  if (wanted) throw invalid(`the environment variable SPLITSIGN_BACKEND must be 'native', 'wasm' or absent, and is '${wanted}'`);
  try {
    return native();
  } catch {
    return wasm();
  }
}
