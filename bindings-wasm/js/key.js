// Public keys.
import { bytes, bytesOrText, kind, unreadable } from './arguments.js';
import { toBase64Url } from './base64.js';
import { invalid } from './error.js';
import { call } from './instance.js';
import {
  KEY_FROM_COSE_KEY, KEY_FROM_JWK, KEY_FROM_SEC1, KEY_FROM_SPKI,
  KEY_THUMBPRINT, KEY_TO_COSE_KEY, KEY_TO_JWK, KEY_TO_SPKI,
} from './operations.js';
import * as record from './record.js';
import { Uncloneable } from './uncloneable.js';

const SECRET = Symbol('only this module makes keys');

/** The 65 bytes of a key, for the core. */
export let sec1Of;

/** A point of P-256, for ES256. Whoever holds one holds a valid one. */
export class PublicKey extends Uncloneable {
  #sec1;

  static {
    sec1Of = (key) => key.#sec1;
  }

  constructor(secret, sec1) {
    if (secret !== SECRET) throw invalid('PublicKey is made by fromSpki, fromSec1, fromJwk or fromCoseKey');
    super();
    this.#sec1 = sec1;
  }

  /** From a SEC 1 point, 65 or 33 bytes. */
  static fromSec1(sec1) {
    return made(KEY_FROM_SEC1, bytes(sec1, 'sec1'));
  }

  /** From a SubjectPublicKeyInfo in DER. */
  static fromSpki(spki) {
    return made(KEY_FROM_SPKI, bytes(spki, 'spki'));
  }

  /** From a JWK: its text, the bytes of its text, or an object. */
  static fromJwk(jwk) {
    return made(KEY_FROM_JWK, bytesOrText(jsonOf(jwk), 'jwk'));
  }

  /** From a COSE_Key in CBOR. */
  static fromCoseKey(coseKey) {
    return made(KEY_FROM_COSE_KEY, bytes(coseKey, 'coseKey'));
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
    return told(KEY_TO_SPKI, this.#sec1);
  }

  /** JWK, with the required members. */
  toJwk() {
    return JSON.parse(record.string(told(KEY_TO_JWK, this.#sec1)));
  }

  /** COSE_Key in CBOR. */
  toCoseKey() {
    return told(KEY_TO_COSE_KEY, this.#sec1);
  }

  /** The JWK thumbprint (RFC 7638) in base64url. */
  thumbprint() {
    return toBase64Url(told(KEY_THUMBPRINT, this.#sec1));
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
  const given = members(value, name);
  if (given.length !== 1 || !Object.hasOwn(forms, given[0][0])) {
    const say = given.some(([member]) => member === 'kty') ? 'a JWK by itself' : kind(value);
    throw invalid(`${name} must be a PublicKey, { spki }, { sec1 }, { jwk } or { coseKey }, and is ${say}`);
  }
  const [[form, content]] = given;
  return sec1Of(forms[form](content));
}

function members(value, name) {
  try {
    return value !== null && typeof value === 'object' ? Object.entries(value) : [];
  } catch (error) {
    throw unreadable(error, name);
  }
}

/** A key from one of its forms. */
function made(operation, form) {
  return new PublicKey(SECRET, call(operation, 0, undefined, form));
}

/** What the core says of a key. */
function told(operation, sec1) {
  return call(operation, 0, record.of(record.KEY, sec1));
}

function jsonOf(jwk) {
  if (jwk === null || typeof jwk !== 'object' || ArrayBuffer.isView(jwk)) return jwk;
  try {
    return jwk instanceof ArrayBuffer ? jwk : JSON.stringify(jwk);
  } catch (error) {
    throw invalid('jwk cannot be written as JSON', error);
  }
}
