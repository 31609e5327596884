// Browsers and everything else: the module as text, so that nothing has to be fetched and waited for.
import text from '../wasm/inline.js';

export function load() {
  return new WebAssembly.Module(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}
