// Cloudflare Workers: code must not be made of bytes at run time, but a module can be imported compiled.
import module from '../wasm/splitsign.wasm';

export function load() {
  return module;
}
