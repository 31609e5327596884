// JWS (RFC 7515, RFC 7797): prepare, attach, verify.
import { bytes, bytesOrText, choice, flag, optional, options, text } from './arguments.js';
import { inForce, sized, streaming, within } from './budget.js';
import { chain } from './chain.js';
import { DETACHED, FLATTENED, STREAMED, UNENCODED, lowS } from './flags.js';
import { call } from './instance.js';
import { keyBytes } from './key.js';
import {
  JWS_ATTACH, JWS_INSPECT, JWS_PREPARE, JWS_VERIFY, START_JWS_PREPARE, START_JWS_VERIFY,
} from './operations.js';
import * as record from './record.js';
import { Source } from './source.js';
import { Stream, inPieces } from './stream.js';
import { Uncloneable } from './uncloneable.js';

const NOTHING = new Uint8Array();
const PARAMETERS = ['kid', 'typ', 'cty', 'x5c', 'unencoded', 'serialization', 'lowS'];

/** The flags, and what is signed besides the payload. */
function parameters(given) {
  const serialization = choice(given.serialization, 'serialization', ['compact', 'flattened'], 'compact');
  const flags =
    lowS(given.lowS) |
    (serialization === 'flattened' ? FLATTENED : 0) |
    (flag(given.unencoded, 'unencoded', false) ? UNENCODED : 0);
  const fields = record.of(
    record.KEY_ID, optional(text, given.kid, 'kid'),
    record.TYPE, optional(text, given.typ, 'typ'),
    record.CONTENT_TYPE, optional(text, given.cty, 'cty'),
    record.CHAIN, optional(chain, given.x5c, 'x5c'),
  );
  return [flags, fields];
}

/** A JWS whose digest is known and whose signature is to come. */
class JwsDraft extends Uncloneable {
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

  /** SHA-256 of the signing input: the 32 bytes that the signer signs. */
  get digest() {
    return this.#digest.slice();
  }

  /** Checks the signature against the key, and writes the object as text. */
  attach(signature, publicKey) {
    // Looked at once more: its buffer may have been transferred meanwhile.
    const payload = bytes(this.#payload, 'payload');
    const all = record.append(
      this.#parameters, record.DIGEST, this.#digest,
      record.SIGNATURE, bytes(signature, 'signature'), record.KEY, keyBytes(publicKey, 'publicKey'),
    );
    return record.string(within(this.#limits, () => call(JWS_ATTACH, this.#flags, all, payload)));
  }
}

/** Computes the digest that is to be signed. */
export function prepare(jws) {
  const given = options(jws, 'jws.prepare', ['payload', 'detached', ...PARAMETERS]);
  const payload = contents(given.payload, 'payload');
  const [flags, all] = parameters(given);
  if (flag(given.detached, 'detached', false)) {
    if (inPieces(payload)) return new JwsPrepareStream(flags, all).update(payload).finish();
    const digest = call(JWS_PREPARE, flags | DETACHED, all, payload);
    // The object will not contain the payload: what was hashed is what counts, and it is not hashed again.
    return new JwsDraft(inForce, flags | STREAMED, all, NOTHING, digest);
  }
  // Hashed again when attaching, so that a payload that has changed meanwhile is refused.
  return new JwsDraft(inForce, flags, all, payload, call(JWS_PREPARE, flags, all, payload));
}

/** A detached payload that comes in pieces. */
export function prepareStream(jws) {
  streaming('jws.prepareStream');
  return new JwsPrepareStream(...parameters(options(jws, 'jws.prepareStream', PARAMETERS)));
}

/** A detached payload that is read from a stream, from something to iterate over, or from a Blob. */
export async function prepareFrom(source, jws) {
  streaming('jws.prepareFrom');
  const given = options(jws, 'jws.prepareFrom', ['signal', ...PARAMETERS]);
  const payload = new Source(source, given.signal);
  const stream = new JwsPrepareStream(...parameters(given));
  await payload.pour(stream);
  return stream.finish();
}

class JwsPrepareStream extends Uncloneable {
  #flags;
  #parameters;
  #stream;

  constructor(flags, all) {
    super();
    this.#flags = flags | STREAMED;
    this.#parameters = all;
    this.#stream = new Stream(START_JWS_PREPARE, this.#flags, all);
  }

  /** Takes the next bytes of the payload. */
  update(chunk) {
    this.#stream.update(bytes(chunk, 'chunk'));
    return this;
  }

  /** The draft over all that was taken. */
  finish() {
    return new JwsDraft(this.#stream.limits, this.#flags, this.#parameters, NOTHING, this.#stream.finish());
  }

  /** Gives the memory back without a result. */
  free() {
    this.#stream.free();
  }
}

/** Verifies a JWS, its payload inside or given. */
export function verify(token, expected) {
  const given = options(expected, 'jws.verify', ['payload', 'key', 'lowS']);
  const object = contents(token, 'token');
  const key = keyBytes(given.key, 'key');
  const detached = optional(contents, given.payload, 'payload');
  if (detached !== undefined && inPieces(detached)) {
    const stream = new JwsVerifyStream(lowS(given.lowS), object, key);
    return { payload: detached, ...stream.update(detached).finish() };
  }
  // Of object and detached payload, the latter is the long one.
  const beside = detached === undefined ? undefined : object;
  const all = record.of(record.KEY, key, record.OBJECT, beside);
  const found = record.fields(call(JWS_VERIFY, lowS(given.lowS), all, detached ?? object));
  return { payload: detached ?? record.first(found, record.PAYLOAD), ...verified(found) };
}

/** A detached payload that comes in pieces, to be verified. */
export function verifyStream(token, expected) {
  streaming('jws.verifyStream');
  const given = options(expected, 'jws.verifyStream', ['key', 'lowS']);
  return verifying(token, given);
}

/** A detached payload that is read from a stream, from something to iterate over, or from a Blob, to be verified. */
export async function verifyFrom(token, source, expected) {
  streaming('jws.verifyFrom');
  const given = options(expected, 'jws.verifyFrom', ['signal', 'key', 'lowS']);
  const payload = new Source(source, given.signal);
  const stream = verifying(token, given);
  await payload.pour(stream);
  return stream.finish();
}

function verifying(token, given) {
  return new JwsVerifyStream(lowS(given.lowS), contents(token, 'token'), keyBytes(given.key, 'key'));
}

class JwsVerifyStream extends Uncloneable {
  #key;
  #stream;

  constructor(flags, object, key) {
    super();
    this.#key = key;
    this.#stream = new Stream(START_JWS_VERIFY, flags | STREAMED, record.of(record.OBJECT, object));
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

/** What a JWS claims: hints for choosing a key, unverified. */
export function inspect(token) {
  const found = record.fields(call(JWS_INSPECT, 0, undefined, contents(token, 'token')));
  return {
    kid: record.string(record.first(found, record.KEY_ID)),
    x5c: record.certificates(found),
    detached: record.first(found, record.DETACHED) !== undefined,
  };
}

/** A payload or a token, of a size that is allowed. */
function contents(value, name) {
  return sized(bytesOrText(value, name), name);
}

function verified(found) {
  return {
    kid: record.string(record.first(found, record.KEY_ID)),
    typ: record.string(record.first(found, record.TYPE)),
    cty: record.string(record.first(found, record.CONTENT_TYPE)),
    x5c: record.certificates(found),
  };
}

for (const Class of [JwsPrepareStream, JwsVerifyStream]) {
  if (Symbol.dispose) Class.prototype[Symbol.dispose] = Class.prototype.free;
}
