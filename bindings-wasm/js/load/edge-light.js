// Vercel's edge runtime and its like: as in Workers, code must not be made of bytes. What a bundler hands over as a
// compiled module has `?module` behind its name. They have SIMD.
import module from '../wasm/splitsign.simd.wasm?module';

export function load() {
  return module;
}
