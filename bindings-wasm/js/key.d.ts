import type { Bytes } from './types.js';

/** A point of P-256, for ES256. Whoever holds one holds a valid one. */
export class PublicKey {
  private constructor();
  /** From a SEC 1 point, 65 or 33 bytes. */
  static fromSec1(sec1: Bytes): PublicKey;
  /** From a SubjectPublicKeyInfo in DER. */
  static fromSpki(spki: Bytes): PublicKey;
  /** From a JWK: an object, its text, or the bytes of its text. */
  static fromJwk(jwk: object | string | Bytes): PublicKey;
  /** From a COSE_Key in CBOR. */
  static fromCoseKey(coseKey: Bytes): PublicKey;
  static isPublicKey(value: unknown): value is PublicKey;
  /** The uncompressed SEC 1 point, 65 bytes. */
  toSec1(): Uint8Array<ArrayBuffer>;
  /** SubjectPublicKeyInfo in DER, 91 bytes. */
  toSpki(): Uint8Array<ArrayBuffer>;
  toJwk(): { crv: 'P-256'; kty: 'EC'; x: string; y: string };
  toCoseKey(): Uint8Array<ArrayBuffer>;
  /** The JWK thumbprint (RFC 7638) in base64url. */
  thumbprint(): string;
  toJSON(): { crv: 'P-256'; kty: 'EC'; x: string; y: string };
  // Makes objects of other classes unfit, as they are when called.
  #private;
}
