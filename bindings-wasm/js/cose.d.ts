import type { ByteSource, Bytes, Draft, Key, LowS, Stream } from './types.js';

/** What is signed besides the payload; all of it goes into the protected header, or is signed and not carried. */
export interface Sign1Parameters {
  /** Names the key (label 4). A text is taken as UTF-8. */
  kid?: Bytes | string;
  /** The certificates in DER, leaf first (label 33). */
  x5chain?: readonly Bytes[];
  /** A media type, or a number of the CoAP Content-Formats registry (label 3). */
  contentType?: string | number;
  /** Signed and not carried: who verifies must give the same. */
  externalAad?: Bytes;
  /** Whether the tag 18 is written; true unless said. */
  tagged?: boolean;
  lowS?: LowS;
}

/** Computes the digest that is to be signed. */
export function prepare(
  sign1: Sign1Parameters & {
    payload: Bytes;
    /** Whether the payload stays outside the object; false unless said. */
    detached?: boolean;
  },
): Draft<Uint8Array<ArrayBuffer>>;

/** The same for a detached payload of `length` bytes that comes in pieces. */
export function prepareStream(sign1: Sign1Parameters & { length: number }): Stream<Draft<Uint8Array<ArrayBuffer>>>;

/**
 * The same for a detached payload that is read. `length` may be left out where the source knows it: of a Blob, and of
 * bytes. An error of the source is thrown as it is.
 */
export function prepareFrom(
  source: ByteSource,
  sign1: Sign1Parameters & { length?: number; signal?: AbortSignal },
): Promise<Draft<Uint8Array<ArrayBuffer>>>;

/** What the signature covers. The certificates are signed, and not validated. */
export interface VerifiedSign1 {
  kid: Uint8Array<ArrayBuffer> | undefined;
  contentType: string | number | undefined;
  x5chain: Uint8Array<ArrayBuffer>[];
}

/** Throws unless the signature is right. A detached payload must be given, and comes back as a view of what was given. */
export function verify(
  object: Bytes,
  expected: { key: Key; payload?: Bytes; externalAad?: Bytes; lowS?: LowS },
): VerifiedSign1 & { payload: Uint8Array };

/** The same for a detached payload of `length` bytes that comes in pieces. */
export function verifyStream(
  object: Bytes,
  expected: { key: Key; length: number; externalAad?: Bytes; lowS?: LowS },
): Stream<VerifiedSign1>;

/** The same for a detached payload that is read. What was read counts only once this has resolved. */
export function verifyFrom(
  object: Bytes,
  source: ByteSource,
  expected: { key: Key; length?: number; externalAad?: Bytes; lowS?: LowS; signal?: AbortSignal },
): Promise<VerifiedSign1>;

/** What an object claims, before anything is verified: to choose a key by, never to trust. */
export function inspect(object: Bytes): {
  kid: Uint8Array<ArrayBuffer> | undefined;
  x5chain: Uint8Array<ArrayBuffer>[];
  detached: boolean;
};
