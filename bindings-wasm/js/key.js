// Public keys.
import { bytes, bytesOrText, kind } from './arguments.js';
import { toBase64Url } from './base64.js';
import { invalid } from './error.js';
import { call } from './instance.js';
import { string } from './record.js';
import {
  key_from_cose_key, key_from_jwk, key_from_sec1, key_from_spki,
  key_thumbprint, key_to_cose_key, key_to_jwk, key_to_spki,
} from './wasm/splitsign_wasm.js';

const SECRET = Symbol('only this module makes keys');

/** The 65 bytes of a key, for the core. */
export let sec1Of;

/** A point of P-256, for ES256. Whoever holds one holds a valid one. */
export class PublicKey {
  #sec1;

  static {
    sec1Of = (key) => key.#sec1;
  }

  constructor(secret, sec1) {
    if (secret !== SECRET) throw invalid('PublicKey is made by fromSpki, fromSec1, fromJwk or fromCoseKey');
    this.#sec1 = sec1;
  }

  /** From a SEC 1 point, 65 or 33 bytes. */
  static fromSec1(sec1) {
    return new PublicKey(SECRET, call(key_from_sec1, bytes(sec1, 'sec1')));
  }

  /** From a SubjectPublicKeyInfo in DER. */
  static fromSpki(spki) {
    return new PublicKey(SECRET, call(key_from_spki, bytes(spki, 'spki')));
  }

  /** From a JWK: its text, the bytes of its text, or an object. */
  static fromJwk(jwk) {
    return new PublicKey(SECRET, call(key_from_jwk, bytesOrText(jsonOf(jwk), 'jwk')));
  }

  /** From a COSE_Key in CBOR. */
  static fromCoseKey(coseKey) {
    return new PublicKey(SECRET, call(key_from_cose_key, bytes(coseKey, 'coseKey')));
  }

  /** Whether something is a PublicKey. */
  static isPublicKey(value) {
    return typeof value === 'object' && value !== null && #sec1 in value;
  }

  /** The uncompressed SEC 1 point, 65 bytes. */
  toSec1() {
    return this.#sec1.slice();
  }

  /** SubjectPublicKeyInfo in DER. */
  toSpki() {
    return call(key_to_spki, this.#sec1);
  }

  /** JWK, with the required members. */
  toJwk() {
    return JSON.parse(string(call(key_to_jwk, this.#sec1)));
  }

  /** COSE_Key in CBOR. */
  toCoseKey() {
    return call(key_to_cose_key, this.#sec1);
  }

  /** The JWK thumbprint (RFC 7638) in base64url. */
  thumbprint() {
    return toBase64Url(call(key_thumbprint, this.#sec1));
  }

  toJSON() {
    return this.toJwk();
  }
}

/** The 65 bytes of what was given as a key: a PublicKey, or an object with exactly one of its forms. */
export function keyBytes(value, name) {
  if (PublicKey.isPublicKey(value)) return sec1Of(value);
  const forms = {
    spki: PublicKey.fromSpki, sec1: PublicKey.fromSec1, jwk: PublicKey.fromJwk, coseKey: PublicKey.fromCoseKey,
  };
  const given = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  if (given.length !== 1 || !Object.hasOwn(forms, given[0])) {
    const say = given.includes('kty') ? 'a JWK by itself' : kind(value);
    throw invalid(`${name} must be a PublicKey, { spki }, { sec1 }, { jwk } or { coseKey }, and is ${say}`);
  }
  return sec1Of(forms[given[0]](value[given[0]]));
}

function jsonOf(jwk) {
  if (jwk === null || typeof jwk !== 'object' || ArrayBuffer.isView(jwk) || jwk instanceof ArrayBuffer) return jwk;
  try {
    return JSON.stringify(jwk);
  } catch {
    throw invalid('jwk cannot be written as JSON');
  }
}
