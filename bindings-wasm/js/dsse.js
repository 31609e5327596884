// DSSE envelopes: prepare, attach, verify.
import { bytes, bytesOrText, choice, optional, options, text } from './arguments.js';
import { inForce, sized, within } from './budget.js';
import { RAW_SIGNATURE, lowS } from './flags.js';
import { call } from './instance.js';
import { keyBytes } from './key.js';
import { DSSE_ATTACH, DSSE_INSPECT, DSSE_PREPARE, DSSE_VERIFY } from './operations.js';
import * as record from './record.js';
import { Uncloneable } from './uncloneable.js';

/** An envelope whose digest is known and whose signature is to come. */
class DsseDraft extends Uncloneable {
  #limits;
  #flags;
  #parameters;
  #payload;
  #digest;

  constructor(limits, flags, parameters, payload, digest) {
    super();
    this.#limits = limits;
    this.#flags = flags;
    this.#parameters = parameters;
    this.#payload = payload;
    this.#digest = digest;
  }

  /** SHA-256 of the pre-authentication encoding: the 32 bytes that the signer signs. */
  get digest() {
    return this.#digest.slice();
  }

  /** Checks the signature against the key, and writes the envelope as text. */
  attach(signature, publicKey) {
    // Looked at once more: its buffer may have been transferred meanwhile.
    const payload = bytes(this.#payload, 'payload');
    const all = record.append(
      this.#parameters, record.DIGEST, this.#digest,
      record.SIGNATURE, bytes(signature, 'signature'), record.KEY, keyBytes(publicKey, 'publicKey'),
    );
    return record.string(within(this.#limits, () => call(DSSE_ATTACH, this.#flags, all, payload)));
  }
}

/** Computes the digest that is to be signed. */
export function prepare(envelope) {
  const known = ['payloadType', 'payload', 'keyid', 'signatureEncoding', 'lowS'];
  const given = options(envelope, 'dsse.prepare', known);
  const encoding = choice(given.signatureEncoding, 'signatureEncoding', ['der', 'raw'], 'der');
  const flags = lowS(given.lowS) | (encoding === 'raw' ? RAW_SIGNATURE : 0);
  const payloadType = text(given.payloadType, 'payloadType');
  const payload = contents(given.payload, 'payload');
  const all = record.of(record.TYPE, payloadType, record.KEY_ID, optional(text, given.keyid, 'keyid'));
  return new DsseDraft(inForce, flags, all, payload, call(DSSE_PREPARE, flags, all, payload));
}

/** Verifies that one of an envelope's signatures is this key's. */
export function verify(envelope, expected) {
  const given = options(expected, 'dsse.verify', ['key', 'lowS']);
  const object = contents(envelope, 'envelope');
  const found = record.fields(call(DSSE_VERIFY, lowS(given.lowS), record.of(record.KEY, keyBytes(given.key, 'key')), object));
  return {
    payloadType: record.string(record.first(found, record.TYPE)),
    payload: record.first(found, record.PAYLOAD),
    keyid: record.string(record.first(found, record.KEY_ID)),
  };
}

/** What an envelope claims: one key id for each signature, never signed. */
export function inspect(envelope) {
  const found = record.fields(call(DSSE_INSPECT, 0, undefined, contents(envelope, 'envelope')));
  return { keyids: found.map(([tag, keyid]) => (tag === record.KEY_ID ? record.string(keyid) : undefined)) };
}

/** A payload or an envelope, of a size that is allowed. */
function contents(value, name) {
  return sized(bytesOrText(value, name), name);
}
