// Whether this runtime has WebAssembly SIMD, which the faster build needs.

/** A module of one function that makes a vector: type () → v128; i32.const 0, i32x4.splat. */
const VECTOR = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic and version
  1, 5, 1, 0x60, 0, 1, 0x7b, // types
  3, 2, 1, 0, // functions
  10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x11, 0x0b, // code
);

export function hasSimd() {
  return WebAssembly.validate(VECTOR);
}
