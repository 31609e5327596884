// COSE_Sign1 (RFC 9052): prepare, attach, verify.
import { bytes, bytesOrText, flag, optional, options, text, whole } from './arguments.js';
import { announced, inForce, sized, streaming, within } from './budget.js';
import { chain } from './chain.js';
import { DETACHED, STREAMED, UNTAGGED, lowS } from './flags.js';
import { call } from './instance.js';
import { keyBytes } from './key.js';
import {
  COSE_ATTACH, COSE_INSPECT, COSE_PREFIX, COSE_PREPARE, COSE_VERIFY, START_COSE_PREPARE, START_COSE_VERIFY,
} from './operations.js';
import * as record from './record.js';
import { runtimeDigest } from './runtime-digest.js';
import { Source } from './source.js';
import { Stream, inPieces } from './stream.js';
import { Uncloneable } from './uncloneable.js';

const NOTHING = new Uint8Array();
const PARAMETERS = ['kid', 'x5chain', 'contentType', 'externalAad', 'tagged', 'lowS'];

/** The flags, and what is signed besides the payload. It is copied: a draft must not change with the caller's arrays. */
function parameters(given) {
  const { kid, x5chain, contentType, externalAad } = given;
  const flags = lowS(given.lowS) | (flag(given.tagged, 'tagged', true) ? 0 : UNTAGGED);
  const coap = typeof contentType === 'number';
  const fields = record.of(
    record.KEY_ID, optional(bytesOrText, kid, 'kid'),
    record.CONTENT_TYPE, coap ? undefined : optional(text, contentType, 'contentType'),
    record.COAP_FORMAT, coap ? record.short(whole(contentType, 'contentType', 0, 0xffff)) : undefined,
    record.CHAIN, optional(chain, x5chain, 'x5chain'),
    record.EXTERNAL_AAD, optional(bytes, externalAad, 'externalAad'),
  );
  return [flags, fields];
}

/** A COSE_Sign1 whose digest is known and whose signature is to come. */
class CoseDraft extends Uncloneable {
  #limits;
  #flags;
  #parameters;
  #payload;
  #digest;

  constructor(limits, flags, given, payload, digest) {
    super();
    this.#limits = limits;
    this.#flags = flags;
    this.#parameters = given;
    this.#payload = payload;
    this.#digest = digest;
  }

  /** SHA-256 of the Sig_structure: the 32 bytes that the signer signs. */
  get digest() {
    return this.#digest.slice();
  }

  /** Checks the signature against the key, and writes the object. */
  attach(signature, publicKey) {
    // Looked at once more: its buffer may have been transferred meanwhile.
    const payload = bytes(this.#payload, 'payload');
    const all = record.append(
      this.#parameters, record.DIGEST, this.#digest,
      record.SIGNATURE, bytes(signature, 'signature'), record.KEY, keyBytes(publicKey, 'publicKey'),
    );
    return within(this.#limits, () => call(COSE_ATTACH, this.#flags, all, payload));
  }
}

/** Computes the digest that is to be signed. */
export function prepare(sign1) {
  const given = options(sign1, 'cose.prepare', ['payload', 'detached', ...PARAMETERS]);
  const payload = contents(given.payload, 'payload');
  const [flags, all] = parameters(given);
  if (flag(given.detached, 'detached', false)) {
    if (inPieces(payload)) return new CosePrepareStream(flags, all, payload.length).update(payload).finish();
    const digest = call(COSE_PREPARE, flags | DETACHED, all, payload);
    // The object will not contain the payload: what was hashed is what counts, and it is not hashed again.
    return new CoseDraft(inForce, flags | STREAMED, withLength(all, payload.length), NOTHING, digest);
  }
  // Hashed again when attaching, so that a payload that has changed meanwhile is refused.
  return new CoseDraft(inForce, flags, all, payload, call(COSE_PREPARE, flags, all, payload));
}

/** A detached payload that comes in pieces; its length must be known. */
export function prepareStream(sign1) {
  streaming('cose.prepareStream');
  const given = options(sign1, 'cose.prepareStream', ['length', ...PARAMETERS]);
  return new CosePrepareStream(...parameters(given), lengthOf(given.length));
}

/** A detached payload that is read from a stream, from something to iterate over, or from a Blob. */
export async function prepareFrom(source, sign1) {
  streaming('cose.prepareFrom');
  const given = options(sign1, 'cose.prepareFrom', ['length', 'signal', ...PARAMETERS]);
  const payload = new Source(source, given.signal);
  const length = lengthOf(given.length ?? payload.length);
  const digest = runtimeDigest(length);
  if (digest === undefined) {
    const stream = new CosePrepareStream(...parameters(given), length);
    await payload.pour(stream);
    return stream.finish();
  }
  const [flags, fields] = parameters(given);
  const [streamed, all] = [flags | STREAMED, withLength(fields, length)];
  await payload.pour(digest.begin(call(COSE_PREFIX, streamed, all), length));
  return new CoseDraft(digest.limits, streamed, all, NOTHING, await digest.finish());
}

/** CBOR has the length before the bytes. */
function lengthOf(length) {
  return announced(whole(length, 'length', 0, Number.MAX_SAFE_INTEGER), 'the payload');
}

function withLength(all, length) {
  return record.append(all, record.LENGTH, record.long(length));
}

class CosePrepareStream extends Uncloneable {
  #flags;
  #parameters;
  #stream;

  constructor(flags, all, length) {
    super();
    this.#flags = flags | STREAMED;
    this.#parameters = withLength(all, length);
    this.#stream = new Stream(START_COSE_PREPARE, this.#flags, this.#parameters);
  }

  /** Takes the next bytes of the payload. */
  update(chunk) {
    this.#stream.update(bytes(chunk, 'chunk'));
    return this;
  }

  /** The draft, once all bytes have come. */
  finish() {
    return new CoseDraft(this.#stream.limits, this.#flags, this.#parameters, NOTHING, this.#stream.finish());
  }

  /** Gives the memory back without a result. */
  free() {
    this.#stream.free();
  }
}

/** Verifies an object, its payload inside or given. */
export function verify(object, expected) {
  const given = options(expected, 'cose.verify', ['payload', 'key', 'externalAad', 'lowS']);
  const whole = contents(object, 'object');
  const key = keyBytes(given.key, 'key');
  const detached = optional(contents, given.payload, 'payload');
  const aad = optional(bytes, given.externalAad, 'externalAad');
  if (detached !== undefined && inPieces(detached)) {
    const stream = new CoseVerifyStream(lowS(given.lowS), whole, aad, key, detached.length);
    return { payload: detached, ...stream.update(detached).finish() };
  }
  // Of object and detached payload, the latter is the long one.
  const beside = detached === undefined ? undefined : whole;
  const all = record.of(record.KEY, key, record.EXTERNAL_AAD, aad, record.OBJECT, beside);
  const found = record.fields(call(COSE_VERIFY, lowS(given.lowS), all, detached ?? whole));
  return { payload: detached ?? embedded(whole, found), ...verified(found) };
}

/** A detached payload that comes in pieces, to be verified; its length must be known. */
export function verifyStream(object, expected) {
  streaming('cose.verifyStream');
  const given = options(expected, 'cose.verifyStream', ['length', 'key', 'externalAad', 'lowS']);
  return verifying(object, given, given.length);
}

/** A detached payload that is read from a stream, from something to iterate over, or from a Blob, to be verified. */
export async function verifyFrom(object, source, expected) {
  streaming('cose.verifyFrom');
  const given = options(expected, 'cose.verifyFrom', ['length', 'signal', 'key', 'externalAad', 'lowS']);
  const payload = new Source(source, given.signal);
  const stream = verifying(object, given, given.length ?? payload.length);
  await payload.pour(stream);
  return stream.finish();
}

function verifying(object, given, length) {
  const aad = optional(bytes, given.externalAad, 'externalAad');
  const key = keyBytes(given.key, 'key');
  return new CoseVerifyStream(lowS(given.lowS), contents(object, 'object'), aad, key, lengthOf(length));
}

class CoseVerifyStream extends Uncloneable {
  #key;
  #stream;

  constructor(flags, object, aad, key, length) {
    super();
    this.#key = key;
    const all = record.of(record.OBJECT, object, record.EXTERNAL_AAD, aad, record.LENGTH, record.long(length));
    this.#stream = new Stream(START_COSE_VERIFY, flags | STREAMED, all);
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
  const found = record.fields(call(COSE_INSPECT, 0, undefined, contents(object, 'object')));
  return {
    kid: record.first(found, record.KEY_ID),
    x5chain: record.certificates(found),
    detached: record.first(found, record.DETACHED) !== undefined,
  };
}

/** A payload or an object, of a size that is allowed. */
function contents(value, name) {
  return sized(bytes(value, name), name);
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
