import type { PublicKey } from './key.js';

/** Bytes: any view of memory that is not shared, or an ArrayBuffer. Never text. */
export type Bytes = ArrayBufferView | ArrayBuffer;

/**
 * Where a payload comes from that need not be in memory as a whole: a stream of bytes, anything that can be iterated over and
 * gives bytes (a Node stream does), a Blob, or bytes. It is read one piece after the other; the next one is asked for
 * when the one before was taken. Whatever fails cancels it, and a stream is not locked afterwards.
 */
export type ByteSource = ReadableStream<Bytes> | AsyncIterable<Bytes> | Iterable<Bytes> | Blob | Bytes;

/** A key, or an object with one of its forms. */
export type Key = PublicKey | { spki: Bytes } | { sec1: Bytes } | { jwk: object | string | Bytes } | { coseKey: Bytes };

/** What to do with a signature whose s is high; `accept` unless said. `normalise` writes the low one. */
export type LowS = 'accept' | 'require' | 'normalise';

/** What is prepared and not yet signed. It holds no memory of WebAssembly. */
export interface Draft<O> {
  /** The 32 bytes that the signer signs. Each time a copy. */
  readonly digest: Uint8Array<ArrayBuffer>;
  /** Checks the raw signature (64 bytes) against the key and writes the object. Throws rather than write a wrong one. */
  attach(signature: Bytes, publicKey: Key): O;
}

/** Takes a payload in pieces. Holds memory of WebAssembly until finished, freed or forgotten. */
export interface Stream<R> extends Disposable {
  update(chunk: Bytes): this;
  /** The result; the stream is over, also when this throws. */
  finish(): R;
  /** Gives the memory back without a result. */
  free(): void;
}
