// Cloudflare Workers: code must not be made of bytes at run time, but a module can be imported compiled. They have SIMD.
import module from '../wasm/splitsign.simd.wasm';

export function load() {
  return module;
}
