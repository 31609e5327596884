import type { ByteSource, Bytes, Stream } from './types.js';

/** SHA-256 of bytes, or of a text as UTF-8. */
export function sha256(data: Bytes | string): Uint8Array<ArrayBuffer>;

/** SHA-256 of what is read. An error of the source is thrown as it is. */
export function sha256From(source: ByteSource, settings?: { signal?: AbortSignal }): Promise<Uint8Array<ArrayBuffer>>;

/** SHA-256 in pieces. */
export class Digest implements Stream<Uint8Array<ArrayBuffer>> {
  update(chunk: Bytes): this;
  finish(): Uint8Array<ArrayBuffer>;
  free(): void;
  [Symbol.dispose](): void;
}
