import type { Bytes, Key, LowS } from './types.js';

/** A strict DER signature, as key services return it, in raw form: 64 bytes, r‖s. */
export function signatureFromDer(der: Bytes): Uint8Array<ArrayBuffer>;

/** A raw signature in DER. */
export function signatureToDer(raw: Bytes): Uint8Array<ArrayBuffer>;

/** Throws `bad_signature` unless `signature` (raw) is the key's over `digest`. */
export function verifyDigest(parameters: { digest: Bytes; signature: Bytes; key: Key; lowS?: LowS }): void;
