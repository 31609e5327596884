// COSE_Sign1 (RFC 9052): prepare, attach, verify.
import { bytes, bytesOrText, flag, optional, options, text, whole } from './arguments.js';
import { chain } from './chain.js';
import { DETACHED, STREAMED, UNTAGGED, halves, lowS } from './flags.js';
import { call, make } from './instance.js';
import { keyBytes } from './key.js';
import * as record from './record.js';
import { STREAM_FROM_BYTES, Stream } from './stream.js';
import {
  CosePrepareStream as CorePrepare, CoseVerifyStream as CoreVerify,
  cose_attach, cose_inspect, cose_prepare, cose_verify,
} from './wasm/splitsign_wasm.js';

const NOTHING = new Uint8Array();
const PARAMETERS = ['kid', 'x5chain', 'contentType', 'externalAad', 'tagged', 'lowS'];

/** What is signed besides the payload, as the core takes it. Copied: a draft must not change with the caller's arrays. */
function parameters(given) {
  const { kid, x5chain, contentType, externalAad } = given;
  const coap = typeof contentType === 'number';
  return [
    lowS(given.lowS) | (flag(given.tagged, 'tagged', true) ? 0 : UNTAGGED),
    optional(bytesOrText, kid, 'kid')?.slice(),
    coap ? undefined : optional(text, contentType, 'contentType'),
    coap ? whole(contentType, 'contentType', 0, 0xffff) : undefined,
    optional(chain, x5chain, 'x5chain'),
    optional(bytes, externalAad, 'externalAad')?.slice() ?? NOTHING,
  ];
}

function withFlags([flags, ...others], more) {
  return [flags | more, ...others];
}

/** A COSE_Sign1 whose digest is known and whose signature is to come. */
class CoseDraft {
  #parameters;
  #payload;
  #length;
  #digest;

  constructor(given, payload, length, digest) {
    this.#parameters = given;
    this.#payload = payload;
    this.#length = length;
    this.#digest = digest;
  }

  /** SHA-256 of the Sig_structure: the 32 bytes that the signer signs. */
  get digest() {
    return this.#digest.slice();
  }

  /** Checks the signature against the key, and writes the object. */
  attach(signature, publicKey) {
    // Looked at once more: its buffer may have been transferred meanwhile.
    return call(
      cose_attach, ...this.#parameters, bytes(this.#payload, 'payload'), ...halves(this.#length), this.#digest,
      bytes(signature, 'signature'), keyBytes(publicKey, 'publicKey'),
    );
  }
}

/** Computes the digest that is to be signed. */
export function prepare(sign1) {
  const given = options(sign1, 'cose.prepare', ['payload', 'detached', ...PARAMETERS]);
  const payload = bytes(given.payload, 'payload');
  const all = parameters(given);
  if (flag(given.detached, 'detached', false)) {
    if (payload.length >= STREAM_FROM_BYTES) return streamOf(all, payload.length).update(payload).finish();
    const digest = call(cose_prepare, ...withFlags(all, DETACHED), payload);
    // The object will not contain the payload: what was hashed is what counts, and it is not hashed again.
    return new CoseDraft(withFlags(all, STREAMED), NOTHING, payload.length, digest);
  }
  // Hashed again when attaching, so that a payload that has changed meanwhile is refused.
  return new CoseDraft(all, payload, payload.length, call(cose_prepare, ...all, payload));
}

/** A detached payload that comes in pieces; its length must be known. */
export function prepareStream(sign1) {
  const given = options(sign1, 'cose.prepareStream', ['length', ...PARAMETERS]);
  return streamOf(parameters(given), whole(given.length, 'length', 0, Number.MAX_SAFE_INTEGER));
}

function streamOf(all, length) {
  return new CosePrepareStream(all, length);
}

class CosePrepareStream {
  #parameters;
  #length;
  #stream;

  constructor(all, length) {
    this.#parameters = withFlags(all, STREAMED);
    this.#length = length;
    this.#stream = new Stream(make(CorePrepare, ...all, ...halves(length)));
  }

  /** Takes the next bytes of the payload. */
  update(chunk) {
    this.#stream.update(bytes(chunk, 'chunk'));
    return this;
  }

  /** The draft, once all bytes have come. */
  finish() {
    return new CoseDraft(this.#parameters, NOTHING, this.#length, this.#stream.finish());
  }

  /** Gives the memory back without a result. */
  free() {
    this.#stream.free();
  }
}

/** Verifies an object, its payload inside or given. */
export function verify(object, expected) {
  const given = options(expected, 'cose.verify', ['payload', 'key', 'externalAad', 'lowS']);
  const whole = bytes(object, 'object');
  const key = keyBytes(given.key, 'key');
  const detached = optional(bytes, given.payload, 'payload');
  const aad = optional(bytes, given.externalAad, 'externalAad') ?? NOTHING;
  if (detached !== undefined && detached.length >= STREAM_FROM_BYTES) {
    const stream = new CoseVerifyStream(lowS(given.lowS), whole, aad, key, detached.length);
    return { payload: detached, ...stream.update(detached).finish() };
  }
  const found = record.fields(call(cose_verify, lowS(given.lowS), whole, detached, aad, key));
  return { payload: detached ?? embedded(whole, found), ...verified(found) };
}

/** A detached payload that comes in pieces, to be verified; its length must be known. */
export function verifyStream(object, expected) {
  const given = options(expected, 'cose.verifyStream', ['length', 'key', 'externalAad', 'lowS']);
  const length = whole(given.length, 'length', 0, Number.MAX_SAFE_INTEGER);
  const aad = optional(bytes, given.externalAad, 'externalAad') ?? NOTHING;
  return new CoseVerifyStream(lowS(given.lowS), bytes(object, 'object'), aad, keyBytes(given.key, 'key'), length);
}

class CoseVerifyStream {
  #key;
  #stream;

  constructor(flags, object, aad, key, length) {
    this.#key = key;
    this.#stream = new Stream(make(CoreVerify, flags, object, aad, ...halves(length)));
  }

  /** Takes the next bytes of the payload. */
  update(chunk) {
    this.#stream.update(bytes(chunk, 'chunk'));
    return this;
  }

  /** Throws unless the signature is right; then, what it covers. */
  finish() {
    return verified(record.fields(this.#stream.finish(this.#key)));
  }

  /** Gives the memory back without a verdict. */
  free() {
    this.#stream.free();
  }
}

/** What an object claims: hints for choosing a key, unverified. */
export function inspect(object) {
  const found = record.fields(call(cose_inspect, bytes(object, 'object')));
  return {
    kid: record.first(found, record.KEY_ID),
    x5chain: record.certificates(found),
    detached: record.first(found, record.DETACHED) !== undefined,
  };
}

function embedded(object, found) {
  const range = record.first(found, record.PAYLOAD_RANGE);
  const start = record.number(range, 0);
  return object.slice(start, start + record.number(range, 4));
}

function verified(found) {
  const format = record.first(found, record.COAP_FORMAT);
  return {
    kid: record.first(found, record.KEY_ID),
    contentType: format === undefined ? record.string(record.first(found, record.CONTENT_TYPE)) : record.number(format),
    x5chain: record.certificates(found),
  };
}

for (const Class of [CosePrepareStream, CoseVerifyStream]) {
  if (Symbol.dispose) Class.prototype[Symbol.dispose] = Class.prototype.free;
}
