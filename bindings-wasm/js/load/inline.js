// Browsers and everything else: the module as text, so that nothing has to be fetched and waited for. One build only, as
// both would be twice as much to fetch: a browser that understands the syntax of this package has SIMD.
import { SplitsignError } from '../error.js';
import text from '../wasm/inline.js';
import { hasSimd } from './simd.js';

export function load() {
  if (!hasSimd()) throw new SplitsignError('wasm_unsupported');
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch (cause) {
    // What validates does not fail to compile: somebody forbids it, a page's policy as a rule.
    throw cause instanceof WebAssembly.CompileError ? new SplitsignError('wasm_forbidden', { cause }) : cause;
  }
}
