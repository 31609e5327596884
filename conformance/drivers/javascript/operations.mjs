// Each operation of the protocol, done by the package. What the package names otherwise is converted, nothing is decided.
import { NotOfTheProtocol, decoded, encoded, utf8 } from './encoding.mjs';

/** The answers to cases, by the operation's name, each a function of Arguments. */
export function operationsOf({ cose, jws, dsse, sha256, Digest, PublicKey, signatureFromDer, signatureToDer, verifyDigest }) {
  const FORMS = {
    key: PublicKey.fromSec1, key_spki: PublicKey.fromSpki, key_jwk: PublicKey.fromJwk, key_cose: PublicKey.fromCoseKey,
  };

  /** The key of a case, in whichever form it is there. */
  function key(given) {
    const name = Object.keys(FORMS).find((form) => given.optional(form) !== undefined);
    if (name === undefined) throw new NotOfTheProtocol('key is missing');
    return FORMS[name](given.optional(name));
  }

  function digested(given) {
    const data = given.bytes('data');
    return given.pieceBytes === undefined ? sha256(data) : inPieces(new Digest(), data, given.pieceBytes);
  }

  function digestVerified(given) {
    const publicKey = key(given);
    const message = given.optional('message');
    const digest = message === undefined ? given.bytes('digest') : sha256(message);
    const der = given.optional('signature_der');
    const all = { key: publicKey, digest, lowS: given.lowS() };
    // The digest comes before the signature, and here only the former is looked at: a raw signature of r = s = 1 is one.
    if (der !== undefined && digest.length !== 32) verifyDigest({ ...all, signature: ONE_ONE });
    verifyDigest({ ...all, signature: der === undefined ? given.bytes('signature') : signatureFromDer(der) });
    return accepted({});
  }

  function coseDraft(given) {
    const payload = given.bytes('payload');
    const parameters = {
      kid: given.optional('kid'), contentType: given.text('content_type') ?? given.number('coap_format'),
      x5chain: given.list('x5chain'), externalAad: given.optional('external_aad'), tagged: !given.flag('untagged'), lowS: given.lowS(),
    };
    if (given.pieceBytes === undefined) return cose.prepare({ ...parameters, payload, detached: given.flag('detached') });
    return inPieces(cose.prepareStream({ ...parameters, length: payload.length }), payload, given.pieceBytes);
  }

  function coseVerified(given) {
    const [publicKey, object, payload] = [key(given), given.bytes('object'), given.optional('payload')];
    const expected = { key: publicKey, externalAad: given.optional('external_aad'), lowS: given.lowS() };
    const verified = payload !== undefined && given.pieceBytes !== undefined
      ? inPieces(cose.verifyStream(object, { ...expected, length: payload.length }), payload, given.pieceBytes)
      : cose.verify(object, { ...expected, payload });
    const { contentType } = verified;
    return accepted({
      payload: payload === undefined ? verified.payload : undefined,
      kid: verified.kid,
      content_type: typeof contentType === 'string' ? utf8(contentType) : undefined,
      coap_format: typeof contentType === 'number' ? contentType : undefined,
      x5chain: chain(verified.x5chain),
    });
  }

  function jwsDraft(given) {
    const payload = given.bytes('payload');
    const parameters = {
      kid: given.text('kid'), typ: given.text('typ'), cty: given.text('cty'), x5c: given.list('x5c'),
      unencoded: given.flag('unencoded'), serialization: given.flag('flattened') ? 'flattened' : 'compact', lowS: given.lowS(),
    };
    if (given.pieceBytes === undefined) return jws.prepare({ ...parameters, payload, detached: given.flag('detached') });
    return inPieces(jws.prepareStream(parameters), payload, given.pieceBytes);
  }

  function jwsVerified(given) {
    const [publicKey, token, payload] = [key(given), given.bytes('object'), given.optional('payload')];
    const expected = { key: publicKey, lowS: given.lowS() };
    const verified = payload !== undefined && given.pieceBytes !== undefined
      ? inPieces(jws.verifyStream(token, expected), payload, given.pieceBytes)
      : jws.verify(token, { ...expected, payload });
    return accepted({
      payload: payload === undefined ? verified.payload : undefined,
      kid: optionalUtf8(verified.kid), typ: optionalUtf8(verified.typ), cty: optionalUtf8(verified.cty), x5c: chain(verified.x5c),
    });
  }

  function dsseDraft(given) {
    return dsse.prepare({
      payloadType: given.text('payload_type') ?? '', payload: given.bytes('payload'), keyid: given.text('keyid'),
      signatureEncoding: given.flag('raw_signature') ? 'raw' : 'der', lowS: given.lowS(),
    });
  }

  function dsseVerified(given) {
    const publicKey = key(given);
    const { payload, payloadType, keyid } = dsse.verify(given.bytes('object'), { key: publicKey, lowS: given.lowS() });
    return accepted({ payload, payload_type: utf8(payloadType), keyid: optionalUtf8(keyid) });
  }

  /** The object of a draft. The key comes first of all, so that it is the first that is found wrong. */
  function attached(draft, given) {
    const publicKey = key(given);
    return draft(given).attach(given.bytes('signature'), publicKey);
  }

  return {
    sha256: (given) => produced(digested(given)),
    key_from_sec1: (given) => produced(PublicKey.fromSec1(given.bytes('data')).toSec1()),
    key_from_spki: (given) => produced(PublicKey.fromSpki(given.bytes('data')).toSec1()),
    key_from_jwk: (given) => produced(PublicKey.fromJwk(given.bytes('data')).toSec1()),
    key_from_cose_key: (given) => produced(PublicKey.fromCoseKey(given.bytes('data')).toSec1()),
    key_to_spki: (given) => produced(key(given).toSpki()),
    key_to_jwk: (given) => produced(utf8(JSON.stringify(key(given)))),
    key_to_cose_key: (given) => produced(key(given).toCoseKey()),
    key_thumbprint: (given) => produced(decoded(key(given).thumbprint())),
    signature_from_der: (given) => produced(signatureFromDer(given.bytes('data'))),
    signature_to_der: (given) => produced(signatureToDer(given.bytes('data'))),
    verify_digest: digestVerified,
    cose_sign1_prepare: (given) => produced(coseDraft(given).digest),
    cose_sign1_attach: (given) => produced(attached(coseDraft, given)),
    cose_sign1_verify: coseVerified,
    cose_sign1_inspect(given) {
      const { kid, x5chain, detached } = cose.inspect(given.bytes('object'));
      return accepted({ detached: Number(detached), kid, x5chain: chain(x5chain) });
    },
    jws_prepare: (given) => produced(jwsDraft(given).digest),
    jws_attach: (given) => produced(utf8(attached(jwsDraft, given))),
    jws_verify: jwsVerified,
    jws_inspect(given) {
      const { kid, x5c, detached } = jws.inspect(given.bytes('object'));
      return accepted({ detached: Number(detached), kid: optionalUtf8(kid), x5c: chain(x5c) });
    },
    dsse_prepare: (given) => produced(dsseDraft(given).digest),
    dsse_attach: (given) => produced(utf8(attached(dsseDraft, given))),
    dsse_verify: dsseVerified,
    dsse_inspect(given) {
      const { keyids } = dsse.inspect(given.bytes('object'));
      return accepted({ keyids: keyids.map((keyid) => optionalUtf8(keyid) ?? null) });
    },
  };
}

const ONE_ONE = new Uint8Array(64).map((_, at) => (at === 31 || at === 63 ? 1 : 0));

/** What comes of a stream once `data` went through it. */
function inPieces(stream, data, bytes) {
  for (let at = 0; at < data.length; at += bytes) stream.update(data.subarray(at, at + bytes));
  return stream.finish();
}

/** The answer of an operation that produces bytes. */
function produced(bytes) {
  return { bytes: encoded(bytes) };
}

/** The answer of one that accepts: what is known is bytes, a number or a list; what is undefined is not there. */
function accepted(known) {
  const value = (one) => (one instanceof Uint8Array ? encoded(one) : Array.isArray(one) ? one.map(value) : one);
  const fields = Object.entries(known).filter(([, one]) => one !== undefined);
  return { verdict: 1, fields: Object.fromEntries(fields.map(([name, one]) => [name, value(one)])) };
}

function optionalUtf8(text) {
  return text === undefined ? undefined : utf8(text);
}

/** A chain, if there is one. */
function chain(certificates) {
  return certificates.length === 0 ? undefined : certificates;
}
