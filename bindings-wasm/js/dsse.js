// DSSE envelopes: prepare, attach, verify.
import { bytes, bytesOrText, choice, optional, options, text } from './arguments.js';
import { RAW_SIGNATURE, lowS } from './flags.js';
import { call } from './instance.js';
import { keyBytes } from './key.js';
import * as record from './record.js';
import { dsse_attach, dsse_inspect, dsse_prepare, dsse_verify } from './wasm/splitsign_wasm.js';

const NOTHING = new Uint8Array();

/** An envelope whose digest is known and whose signature is to come. */
class DsseDraft {
  #flags;
  #payloadType;
  #payload;
  #keyid;
  #digest;

  constructor([flags, payloadType, payload, keyid], digest) {
    this.#flags = flags;
    this.#payloadType = payloadType;
    this.#payload = payload;
    this.#keyid = keyid;
    this.#digest = digest;
  }

  /** SHA-256 of the pre-authentication encoding: the 32 bytes that the signer signs. */
  get digest() {
    return this.#digest.slice();
  }

  /** Checks the signature against the key, and writes the envelope as text. */
  attach(signature, publicKey) {
    // Looked at once more: its buffer may have been transferred meanwhile.
    return record.string(
      call(
        dsse_attach, this.#flags, this.#payloadType, bytes(this.#payload, 'payload'), this.#keyid, this.#digest,
        bytes(signature, 'signature'), keyBytes(publicKey, 'publicKey'),
      ),
    );
  }
}

/** Computes the digest that is to be signed. */
export function prepare(envelope) {
  const known = ['payloadType', 'payload', 'keyid', 'signatureEncoding', 'lowS'];
  const given = options(envelope, 'dsse.prepare', known);
  const encoding = choice(given.signatureEncoding, 'signatureEncoding', ['der', 'raw'], 'der');
  const parameters = [
    lowS(given.lowS) | (encoding === 'raw' ? RAW_SIGNATURE : 0),
    text(given.payloadType, 'payloadType'),
    bytesOrText(given.payload, 'payload'),
    optional(text, given.keyid, 'keyid') ?? NOTHING,
  ];
  return new DsseDraft(parameters, call(dsse_prepare, ...parameters));
}

/** Verifies that one of an envelope's signatures is this key's. */
export function verify(envelope, expected) {
  const given = options(expected, 'dsse.verify', ['key', 'lowS']);
  const object = bytesOrText(envelope, 'envelope');
  const found = record.fields(call(dsse_verify, lowS(given.lowS), object, keyBytes(given.key, 'key')));
  return {
    payloadType: record.string(record.first(found, record.TYPE)),
    payload: record.first(found, record.PAYLOAD),
    keyid: record.string(record.first(found, record.KEY_ID)),
  };
}

/** What an envelope claims: one key id for each signature, never signed. */
export function inspect(envelope) {
  const found = record.fields(call(dsse_inspect, bytesOrText(envelope, 'envelope')));
  return { keyids: found.map(([tag, keyid]) => (tag === record.KEY_ID ? record.string(keyid) : undefined)) };
}
