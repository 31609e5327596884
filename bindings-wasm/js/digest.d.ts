import type { Bytes, Stream } from './types.js';

/** SHA-256 of bytes, or of a text as UTF-8. */
export function sha256(data: Bytes | string): Uint8Array<ArrayBuffer>;

/** SHA-256 in pieces. */
export class Digest implements Stream<Uint8Array<ArrayBuffer>> {
  update(chunk: Bytes): this;
  finish(): Uint8Array<ArrayBuffer>;
  free(): void;
  [Symbol.dispose](): void;
}
