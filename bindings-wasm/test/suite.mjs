// What every runtime must do. `suite(splitsign)` is a list of [name, function]; the runners run it.
import { equal, ok, refused } from './assert.mjs';
import {
  base64url, bytesOf, cbor, concat, generator, isLowS, makeKey, otherS, pae, sha256, sigStructure, sign1, signingInput, utf8,
} from './oracle.mjs';
import { limits } from './suite/limits.mjs';
import { streams } from './suite/streams.mjs';

const HELLO = utf8('hello');
const KID = utf8('acme/1');
// Not certificates, but one DER SEQUENCE each, which is all that a header asks for.
const LEAF = Uint8Array.of(0x30, 3, 2, 1, 1);
const ROOT = concat(Uint8Array.of(0x30, 0x82, 1, 0), new Uint8Array(256).fill(7));
const OPERATIONS = [
  'sha256', 'key_from_sec1', 'key_from_spki', 'key_from_jwk', 'key_from_cose_key', 'key_to_spki', 'key_to_jwk',
  'key_to_cose_key', 'key_thumbprint', 'signature_from_der', 'signature_to_der', 'verify_digest', 'cose_sign1_prepare',
  'cose_sign1_attach', 'cose_sign1_verify', 'cose_sign1_inspect', 'jws_prepare', 'jws_attach', 'jws_verify', 'jws_inspect',
  'dsse_prepare', 'dsse_attach', 'dsse_verify', 'dsse_inspect',
];

export function suite(splitsign) {
  const { cose, jws, dsse, sha256: digestOf, Digest, PublicKey, SplitsignError } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  /** Signs a draft by signing the oracle's bytes; their digest must be the draft's. */
  async function signed(draft, tbs, key) {
    equal(draft.digest, await sha256(tbs), 'the digest');
    return key.sign(tbs);
  }
  async function coseObject(key, parameters) {
    const { tbs } = sigStructure(parameters);
    const draft = cose.prepare(parameters);
    return draft.attach(await signed(draft, tbs, key), PublicKey.fromSpki(key.spki));
  }

  test('operations are those of the core', () => equal(splitsign.operations(), OPERATIONS));

  // --- digest -----------------------------------------------------------------------------------------------------

  test('sha256 agrees with WebCrypto, at once and in pieces', async () => {
    for (const length of [0, 1, 63, 64, 65, 65_536, 200_001]) {
      const data = new Uint8Array(length).map((_, at) => at * 7);
      const expected = await sha256(data);
      equal(digestOf(data), expected);
      const digest = new Digest();
      for (let at = 0; at < length; at += 997) digest.update(data.subarray(at, at + 997));
      equal(digest.finish(), expected);
    }
    equal(digestOf('ü'), await sha256(utf8('ü')));
  });

  test('a digest that is finished or freed is over', () => {
    const digest = new Digest().update(HELLO);
    digest.finish();
    refused('stream_finished', () => digest.update(HELLO));
    refused('stream_finished', () => digest.finish());
    const freed = new Digest();
    freed.free();
    freed.free();
    refused('stream_finished', () => freed.finish());
  });

  test('a stream that failed in the middle of an update is over, and says so', async () => {
    const { sec1 } = await makeKey();
    const large = new Uint8Array(200_000);
    const object = sign1(sigStructure({ payload: HELLO }).protectedHeader, null, new Uint8Array(64).fill(1));
    // 70 000 are announced: the first 64 KiB are taken, the rest of the update is not.
    for (const make of [
      () => cose.prepareStream({ length: 70_000 }),
      () => cose.verifyStream(object, { length: 70_000, key: { sec1 } }),
    ]) {
      const stream = make();
      refused('length_mismatch', () => stream.update(large));
      refused('stream_failed', () => stream.update(large.subarray(0, 70_000 - 65_536)));
      refused('stream_failed', () => stream.finish());
      stream.free();
      refused('stream_failed', () => stream.finish());
    }
    // What is refused before it reaches the stream does it no harm.
    const stream = cose.prepareStream({ length: 5 });
    refused('invalid_argument', () => stream.update('hello'));
    equal(stream.update(HELLO).finish().digest, cose.prepare({ payload: HELLO, detached: true }).digest);
  });

  // --- keys and signatures ----------------------------------------------------------------------------------------

  test('a key is the same from all forms, and comes back in all forms', async () => {
    const { spki, sec1, jwk } = await makeKey();
    const { kty, crv, x, y } = jwk;
    const coseKey = cbor.map(
      [cbor.int(1), cbor.int(2)], [cbor.int(3), cbor.int(-7)], [cbor.int(-1), cbor.int(1)],
      [cbor.int(-2), cbor.bytes(bytesOf(x))], [cbor.int(-3), cbor.bytes(bytesOf(y))],
    );
    const compressed = concat(Uint8Array.of(2 + (sec1[64] & 1)), sec1.subarray(1, 33));
    const keys = [
      PublicKey.fromSpki(spki), PublicKey.fromSec1(sec1), PublicKey.fromSec1(compressed), PublicKey.fromJwk({ kty, crv, x, y }),
      PublicKey.fromJwk(JSON.stringify({ kty, crv, x, y })), PublicKey.fromCoseKey(coseKey),
    ];
    const thumbprint = base64url(await sha256(utf8(JSON.stringify({ crv, kty, x, y }))));
    for (const key of keys) {
      equal(key.toSec1(), sec1);
      equal(key.toSpki(), spki);
      equal(key.toJwk(), { crv, kty, x, y });
      equal(key.toCoseKey(), coseKey);
      equal(key.thumbprint(), thumbprint);
      ok(PublicKey.isPublicKey(key) && !PublicKey.isPublicKey({ ...key }) && !PublicKey.isPublicKey(null));
    }
    refused('invalid_argument', () => new PublicKey({}, sec1));
  });

  test('bad keys are refused, each for its reason', async () => {
    const { spki, sec1, jwk, privateJwk } = await makeKey();
    const { kty, crv, x, y } = jwk;
    refused('key_wrong_length', () => PublicKey.fromSec1(sec1.subarray(0, 64)));
    refused('key_wrong_length', () => PublicKey.fromSec1(new Uint8Array()));
    refused('key_invalid_point', () => PublicKey.fromSec1(sec1.map((byte, at) => (at === 64 ? byte ^ 1 : byte))));
    refused('der_truncated', () => PublicKey.fromSpki(spki.subarray(0, 90)));
    refused('der_trailing_bytes', () => PublicKey.fromSpki(concat(spki, Uint8Array.of(0))));
    refused('key_wrong_algorithm', () => PublicKey.fromSpki(spki.map((byte, at) => (at === 22 ? byte ^ 1 : byte))));
    refused('key_is_private', () => PublicKey.fromJwk({ kty, crv, x, y, d: privateJwk.d }));
    refused('key_missing_field', () => PublicKey.fromJwk({ kty, crv, x }));
    refused('key_wrong_algorithm', () => PublicKey.fromJwk({ kty, crv: 'P-384', x, y }));
    refused('key_wrong_use', () => PublicKey.fromJwk({ kty, crv, x, y, use: 'enc' }));
    refused('json_duplicate_member', () => PublicKey.fromJwk(`{"kty":"EC","kty":"EC"}`));
    refused('cbor_truncated', () => PublicKey.fromCoseKey(Uint8Array.of(0xa1)));
    const cyclic = {};
    cyclic.self = cyclic;
    for (const wrong of [undefined, null, 5, cyclic]) refused('invalid_argument', () => PublicKey.fromJwk(wrong));
  });

  test('signatures convert between DER and raw', async () => {
    const key = await makeKey();
    for (let round = 0; round < 20; round++) {
      const raw = await key.sign(HELLO);
      const der = splitsign.signatureToDer(raw);
      equal(der[0], 0x30);
      equal(splitsign.signatureFromDer(der), raw);
      refused('der_trailing_bytes', () => splitsign.signatureFromDer(concat(der, Uint8Array.of(0))));
      refused('der_truncated', () => splitsign.signatureFromDer(der.subarray(0, -1)));
    }
    refused('signature_wrong_length', () => splitsign.signatureToDer(new Uint8Array(63)));
    refused('signature_out_of_range', () => splitsign.signatureToDer(new Uint8Array(64)));
  });

  test('verifyDigest says yes, or throws', async () => {
    const key = await makeKey();
    const [signature, digest] = [await key.sign(HELLO), await sha256(HELLO)];
    splitsign.verifyDigest({ digest, signature, key: { spki: key.spki } });
    refused('bad_signature', () => splitsign.verifyDigest({ digest: digest.map((b) => b ^ 1), signature, key: { sec1: key.sec1 } }));
    refused('digest_wrong_length', () => splitsign.verifyDigest({ digest: digest.subarray(1), signature, key: { spki: key.spki } }));
    const high = isLowS(signature) ? otherS(signature) : signature;
    splitsign.verifyDigest({ digest, signature: high, key: { jwk: key.jwk } });
    refused('signature_high_s', () => splitsign.verifyDigest({ digest, signature: high, key: { spki: key.spki }, lowS: 'require' }));
  });

  // --- COSE -------------------------------------------------------------------------------------------------------

  test('COSE: embedded and detached, with everything, agree with an object put together here', async () => {
    const key = await makeKey();
    const publicKey = PublicKey.fromSpki(key.spki);
    const full = { kid: KID, contentType: 'text/plain', x5chain: [LEAF, ROOT], externalAad: utf8('aad') };
    for (const more of [{}, { kid: KID }, { contentType: 50 }, { x5chain: [LEAF] }, full]) {
      for (const [detached, tagged] of [[false, true], [true, true], [false, false]]) {
        const parameters = { payload: HELLO, ...more };
        const { tbs, protectedHeader } = sigStructure(parameters);
        const draft = cose.prepare({ ...parameters, detached, tagged });
        const signature = await signed(draft, tbs, key);
        const object = draft.attach(signature, publicKey);
        equal(object, sign1(protectedHeader, detached ? null : HELLO, signature, { tagged }));
        const expected = { key: publicKey, externalAad: more.externalAad, payload: detached ? HELLO : undefined };
        const { payload, kid, contentType, x5chain } = cose.verify(object, expected);
        equal([payload, kid, contentType, x5chain], [HELLO, more.kid, more.contentType, more.x5chain ?? []]);
        equal(cose.inspect(object), { kid: more.kid, x5chain: more.x5chain ?? [], detached });
        refused('bad_signature', () => cose.verify(object, { ...expected, externalAad: utf8('other') }));
      }
    }
  });

  test('COSE: a payload in pieces gives the same digest and the same verdict', async () => {
    const key = await makeKey();
    const payload = new Uint8Array(300_000).map((_, at) => at * 31);
    const { tbs } = sigStructure({ payload, kid: KID });
    const stream = cose.prepareStream({ length: payload.length, kid: KID });
    for (let at = 0; at < payload.length; at += 70_001) stream.update(payload.subarray(at, at + 70_001));
    const draft = stream.finish();
    equal(draft.digest, cose.prepare({ payload, kid: KID, detached: true }).digest);
    const object = draft.attach(await signed(draft, tbs, key), { spki: key.spki });
    equal(cose.verify(object, { payload, key: { spki: key.spki } }).kid, KID);
    const verifier = cose.verifyStream(object, { length: payload.length, key: { spki: key.spki } });
    equal(verifier.update(payload).finish(), { kid: KID, contentType: undefined, x5chain: [] });
    const wrong = cose.verifyStream(object, { length: payload.length, key: { spki: key.spki } });
    refused('bad_signature', () => wrong.update(new Uint8Array(payload.length)).finish());
  });

  test('COSE: more or fewer bytes than announced are refused', () => {
    const stream = cose.prepareStream({ length: 5 });
    refused('length_mismatch', () => stream.update(utf8('hello!')));
    refused('length_mismatch', () => cose.prepareStream({ length: 5 }).update(utf8('hell')).finish());
    for (const length of [-1, 1.5, NaN, 2 ** 53, '5', undefined]) {
      refused('invalid_argument', () => cose.prepareStream({ length }));
    }
    ok(cose.prepareStream({ length: 2 ** 40 }));
  });

  test('COSE: a large detached payload goes through in chunks', async () => {
    const key = await makeKey();
    const payload = new Uint8Array(3_000_000).fill(5);
    const draft = cose.prepare({ payload, detached: true });
    const object = draft.attach(await signed(draft, sigStructure({ payload }).tbs, key), { spki: key.spki });
    equal(cose.verify(object, { payload, key: { spki: key.spki } }).payload.length, payload.length);
    payload[2_999_999] ^= 1;
    refused('bad_signature', () => cose.verify(object, { payload, key: { spki: key.spki } }));
  });

  test('COSE: a draft refuses foreign signatures, other keys, and a payload that has changed', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const payload = HELLO.slice();
    const { tbs } = sigStructure({ payload });
    const draft = cose.prepare({ payload });
    const signature = await signed(draft, tbs, key);
    refused('bad_signature', () => draft.attach(signature, { spki: other.spki }));
    refused('bad_signature', () => draft.attach(signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)), { spki: key.spki }));
    refused('signature_wrong_length', () => draft.attach(splitsign.signatureToDer(signature), { spki: key.spki }));
    refused('signature_wrong_length', () => draft.attach(new Uint8Array(), { spki: key.spki }));
    draft.digest.fill(0);
    const object = draft.attach(signature, { spki: key.spki });
    payload[0] ^= 1;
    refused('digest_mismatch', () => draft.attach(signature, { spki: key.spki }));
    equal(cose.verify(object, { key: { spki: key.spki } }).payload, HELLO);
  });

  test('COSE: what a draft was made of may change afterwards, but for the payload', async () => {
    const key = await makeKey();
    const [kid, externalAad, leaf] = [KID.slice(), utf8('aad'), LEAF.slice()];
    const { tbs } = sigStructure({ payload: HELLO, kid: KID, externalAad: utf8('aad'), x5chain: [LEAF] });
    const draft = cose.prepare({ payload: HELLO, kid, externalAad, x5chain: [leaf] });
    for (const bytes of [kid, externalAad, leaf]) bytes.fill(0);
    const object = draft.attach(await signed(draft, tbs, key), { spki: key.spki });
    equal(cose.verify(object, { key: { spki: key.spki }, externalAad: utf8('aad') }).kid, KID);
  });

  test('COSE: low s by policy', async () => {
    const key = await makeKey();
    const { tbs } = sigStructure({ payload: HELLO });
    const signature = await key.sign(tbs);
    const [low, high] = isLowS(signature) ? [signature, otherS(signature)] : [otherS(signature), signature];
    const attach = (lowS, given) => cose.prepare({ payload: HELLO, lowS }).attach(given, { spki: key.spki });
    refused('signature_high_s', () => attach('require', high));
    equal(attach('normalise', high), attach('accept', low));
    const object = attach('accept', high);
    ok(cose.verify(object, { key: { spki: key.spki } }));
    refused('signature_high_s', () => cose.verify(object, { key: { spki: key.spki }, lowS: 'require' }));
    refused('invalid_argument', () => attach('normalize', high));
  });

  test('COSE: malformed objects, each refused for its reason', async () => {
    const key = await makeKey();
    const { protectedHeader, tbs } = sigStructure({ payload: HELLO });
    const signature = await key.sign(tbs);
    const good = sign1(protectedHeader, HELLO, signature);
    const check = (code, object, more) => refused(code, () => cose.verify(object, { key: { spki: key.spki }, ...more }));
    ok(cose.verify(good, { key: { spki: key.spki } }));
    for (let length = 0; length < good.length; length++) check('cbor_truncated', good.subarray(0, length));
    check('cbor_trailing_bytes', concat(good, Uint8Array.of(0)));
    check('cose_not_sign1', Uint8Array.of(0xd1, ...good.subarray(1)));
    check('cose_payload_embedded', good, { payload: HELLO });
    check('cose_payload_missing', sign1(protectedHeader, null, signature));
    check('signature_wrong_length', sign1(protectedHeader, HELLO, signature.subarray(1)));
    check('cose_missing_algorithm', sign1(cbor.map(), HELLO, signature));
    check('cose_unsupported_algorithm', sign1(cbor.map([cbor.int(1), cbor.int(-8)]), HELLO, signature));
    const kid = [cbor.int(4), cbor.bytes(KID)];
    const alg = [cbor.int(1), cbor.int(-7)];
    check('cose_duplicate_label', sign1(cbor.map(alg, kid, kid), HELLO, signature));
    check('cose_duplicate_label', sign1(cbor.map(alg, kid), HELLO, signature, { unprotected: cbor.map(kid) }));
    check('cose_unknown_critical', sign1(cbor.map(alg, [cbor.int(2), cbor.array(cbor.int(99))], [cbor.int(99), cbor.int(1)]), HELLO, signature));
    check('cbor_indefinite_length', concat(Uint8Array.of(0xd2, 0x9f), good.subarray(2), Uint8Array.of(0xff)));
    const error = refused('cbor_non_minimal', () => cose.verify(concat(Uint8Array.of(0xd8, 18), good.subarray(1)), { key: { spki: key.spki } }));
    equal([error.number, error.at], [101, 0]);
  });

  test('COSE: an unprotected kid is a hint and no result', async () => {
    const key = await makeKey();
    const { protectedHeader, tbs } = sigStructure({ payload: HELLO });
    const unprotected = cbor.map([cbor.int(4), cbor.bytes(KID)]);
    const object = sign1(protectedHeader, HELLO, await key.sign(tbs), { unprotected });
    equal(cose.inspect(object).kid, KID);
    equal(cose.verify(object, { key: { spki: key.spki } }).kid, undefined);
  });

  test('COSE: bad content types and chains are refused', () => {
    for (const contentType of ['nonsense', '']) refused('cose_invalid_header', () => cose.prepare({ payload: HELLO, contentType }));
    for (const contentType of [-1, 65_536, 1.5, true, null]) {
      refused('invalid_argument', () => cose.prepare({ payload: HELLO, contentType }));
    }
    const x5chain = (...certificates) => () => cose.prepare({ payload: HELLO, x5chain: certificates });
    refused('chain_empty', x5chain());
    refused('chain_too_long', x5chain(...new Array(11).fill(LEAF)));
    refused('chain_invalid_certificate', x5chain(utf8('-----BEGIN CERTIFICATE-----')));
    refused('chain_invalid_certificate', x5chain(concat(LEAF, LEAF)));
    refused('chain_invalid_certificate', x5chain(LEAF.subarray(0, 2), LEAF.subarray(2)));
    refused('invalid_argument', x5chain('MIIB'));
    refused('invalid_argument', () => cose.prepare({ payload: HELLO, x5chain: LEAF }));
    refused('limit_exceeded', () => cose.prepare({ payload: HELLO, kid: new Uint8Array(1025) }));
  });

  // --- JWS --------------------------------------------------------------------------------------------------------

  test('JWS: all forms agree with tokens put together here', async () => {
    const key = await makeKey();
    const chain = [LEAF, ROOT];
    for (const [more, header] of [
      [{}, { alg: 'ES256' }],
      [{ kid: 'acme/1', typ: 'JWT', cty: 'a"b' }, { alg: 'ES256', cty: 'a"b', kid: 'acme/1', typ: 'JWT' }],
      [{ x5c: chain }, { alg: 'ES256', x5c: chain.map((der) => btoa(String.fromCharCode(...der))) }],
      [{ unencoded: true }, { alg: 'ES256', b64: false, crit: ['b64'] }],
    ]) {
      for (const [detached, serialization] of [[false, 'compact'], [true, 'compact'], [false, 'flattened'], [true, 'flattened']]) {
        const tbs = signingInput(header, HELLO);
        const draft = jws.prepare({ payload: 'hello', ...more, detached, serialization });
        const signature = await signed(draft, tbs, key);
        const token = draft.attach(signature, { spki: key.spki });
        const [encoded, text] = [base64url(utf8(JSON.stringify(header))), more.unencoded ? 'hello' : base64url(HELLO)];
        if (serialization === 'compact') equal(token, `${encoded}.${detached ? '' : text}.${base64url(signature)}`);
        else equal(JSON.parse(token), { ...(detached ? {} : { payload: text }), protected: encoded, signature: base64url(signature) });
        const result = jws.verify(token, { key: { spki: key.spki }, payload: detached ? HELLO : undefined });
        equal(result, { payload: HELLO, kid: more.kid, typ: more.typ, cty: more.cty, x5c: more.x5c ?? [] });
        equal(jws.inspect(token), { kid: more.kid, x5c: more.x5c ?? [], detached });
        equal(jws.verify(utf8(token), { key: { spki: key.spki }, payload: detached ? 'hello' : undefined }).payload, HELLO);
      }
    }
  });

  test('JWS: payloads in pieces, and large ones', async () => {
    const key = await makeKey();
    const payload = new Uint8Array(1_500_001).fill(97);
    for (const unencoded of [false, true]) {
      const tbs = signingInput(unencoded ? { alg: 'ES256', b64: false, crit: ['b64'], kid: 'k' } : { alg: 'ES256', kid: 'k' }, payload);
      const stream = jws.prepareStream({ kid: 'k', unencoded });
      for (let at = 0; at < payload.length; at += 333_333) stream.update(payload.subarray(at, at + 333_333));
      const draft = stream.finish();
      equal(draft.digest, jws.prepare({ payload, kid: 'k', unencoded, detached: true }).digest);
      const token = draft.attach(await signed(draft, tbs, key), { spki: key.spki });
      ok(jws.verify(token, { key: { spki: key.spki }, payload }).payload.buffer === payload.buffer);
      equal(jws.verifyStream(token, { key: { spki: key.spki } }).update(payload).finish().kid, 'k');
      refused('bad_signature', () => jws.verifyStream(token, { key: { spki: key.spki } }).update(HELLO).finish());
    }
  });

  test('JWS: drafts refuse foreign signatures and a payload that has changed', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const payload = HELLO.slice();
    const draft = jws.prepare({ payload });
    const signature = await key.sign(signingInput({ alg: 'ES256' }, HELLO));
    refused('bad_signature', () => draft.attach(signature, { spki: other.spki }));
    payload[0] ^= 1;
    refused('digest_mismatch', () => draft.attach(signature, { spki: key.spki }));
  });

  test('JWS: malformed tokens, each refused for its reason', async () => {
    const key = await makeKey();
    const token = async (header, payload = HELLO) => {
      const tbs = signingInput(header, payload);
      const text = new TextDecoder().decode(tbs);
      return `${text}.${base64url(await key.sign(tbs))}`;
    };
    const check = (code, object, more) => refused(code, () => jws.verify(object, { key: { spki: key.spki }, ...more }));
    const good = await token({ alg: 'ES256' });
    const [header, payload, signature] = good.split('.');
    check('jws_invalid_compact', '');
    check('jws_invalid_compact', `${header}.${payload}`);
    check('jws_invalid_compact', `${good}.`);
    check('jws_unsupported_algorithm', await token({ alg: 'none' }));
    check('jws_unsupported_algorithm', await token({ alg: 'HS256' }));
    check('jws_missing_algorithm', await token({}));
    check('jws_unknown_critical', await token({ alg: 'ES256', crit: ['exp'], exp: 1 }));
    check('jws_invalid_critical', await token({ alg: 'ES256', crit: [] }));
    check('jws_invalid_critical', await token({ alg: 'ES256', b64: false }));
    check('base64_invalid_length', `${header}=.${payload}.${signature}`);
    check('base64_invalid_character', `${header.slice(0, -1)}=.${payload}.${signature}`);
    check('base64_invalid_character', `${good.slice(0, -1)}\n`);
    check('signature_wrong_length', `${header}.${payload}.${base64url(splitsign.signatureToDer(bytesOf(signature)))}`);
    check('jws_payload_attached', good, { payload: HELLO });
    check('jws_payload_missing', `${header}..${signature}`);
    check('bad_signature', `${header}.${base64url(utf8('hellO'))}.${signature}`);
    check('json_duplicate_member', `${base64url(utf8('{"alg":"ES256","alg":"ES256"}'))}.${payload}.${signature}`);
    check('jws_general_serialization', JSON.stringify({ payload, signatures: [] }));
    check('jws_duplicate_parameter', JSON.stringify({
      payload, protected: base64url(utf8('{"alg":"ES256","kid":"a"}')), header: { kid: 'b' }, signature,
    }));
    refused('jws_unencoded_payload', () => jws.prepare({ payload: 'a.b', unencoded: true }));
    refused('invalid_argument', () => jws.prepare({ payload: HELLO, kid: '\ud800' }));
    refused('invalid_argument', () => jws.prepare({ payload: HELLO, kid: KID }));
    refused('invalid_argument', () => jws.prepare({ payload: HELLO, serialization: 'general' }));
  });

  // --- DSSE -------------------------------------------------------------------------------------------------------

  test('DSSE: envelopes agree with those put together here', async () => {
    const key = await makeKey();
    const payloadType = 'application/vnd.in-toto+json';
    for (const [signatureEncoding, keyid] of [[undefined, undefined], ['der', 'acme/1'], ['raw', 'acme/ü']]) {
      const draft = dsse.prepare({ payloadType, payload: '{}', keyid, signatureEncoding });
      const raw = await signed(draft, pae(payloadType, utf8('{}')), key);
      const envelope = draft.attach(raw, { spki: key.spki });
      const sig = btoa(String.fromCharCode(...(signatureEncoding === 'raw' ? raw : splitsign.signatureToDer(raw))));
      equal(JSON.parse(envelope), { payload: btoa('{}'), payloadType, signatures: [{ keyid: keyid ?? '', sig }] });
      equal(dsse.verify(envelope, { key: { spki: key.spki } }), { payloadType, payload: utf8('{}'), keyid: keyid ?? '' });
      equal(dsse.inspect(utf8(envelope)), { keyids: [keyid ?? ''] });
    }
  });

  test('DSSE: malformed envelopes, each refused for its reason', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const check = (code, envelope, more) => refused(code, () => dsse.verify(envelope, { key: { spki: key.spki }, ...more }));
    const payload = HELLO.slice();
    const draft = dsse.prepare({ payloadType: 'text/plain', payload });
    const raw = await key.sign(pae('text/plain', HELLO));
    const good = JSON.parse(draft.attach(raw, { spki: key.spki }));
    check('bad_signature', JSON.stringify(good), { key: { spki: other.spki } });
    check('bad_signature', JSON.stringify({ ...good, payload: btoa('hellO') }));
    check('bad_signature', JSON.stringify({ ...good, payloadType: 'text/html' }));
    check('dsse_no_signature', JSON.stringify({ ...good, signatures: [] }));
    check('dsse_too_many_signatures', JSON.stringify({ ...good, signatures: new Array(17).fill(good.signatures[0]) }));
    check('json_missing_member', JSON.stringify({ ...good, payload: undefined }));
    check('dsse_invalid_payload_type', JSON.stringify({ ...good, payloadType: '' }));
    check('json_unexpected_type', '[]');
    check('json_truncated', '{');
    refused('dsse_invalid_payload_type', () => dsse.prepare({ payloadType: '', payload }));
    refused('invalid_argument', () => dsse.prepare({ payload }));
    refused('bad_signature', () => draft.attach(raw, { spki: other.spki }));
    payload[0] ^= 1;
    refused('digest_mismatch', () => draft.attach(raw, { spki: key.spki }));
  });

  // --- arguments --------------------------------------------------------------------------------------------------

  test('verdicts stay the same when keys get tables, and when more keys come than are remembered', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => makeKey()));
    const signed = await Promise.all(keys.map(async (key) => ({
      key: PublicKey.fromSpki(key.spki),
      digest: await sha256(HELLO),
      signature: await key.sign(HELLO),
    })));
    const check = ({ key, digest, signature }, other) => {
      splitsign.verifyDigest({ digest, signature, key });
      refused('bad_signature', () => splitsign.verifyDigest({ digest, signature: other.signature, key }));
      refused('bad_signature', () => splitsign.verifyDigest({ digest: new Uint8Array(32), signature, key }));
    };
    // One key after the other, each often enough for a table; then all in turn, so that each is forgotten before it
    // comes again; then few, so that tables are used.
    for (const one of signed) for (let i = 0; i < 8; i += 1) check(one, signed[(signed.indexOf(one) + 1) % 10]);
    for (let i = 0; i < 4; i += 1) signed.forEach((one, at) => check(one, signed[(at + 1) % 10]));
    for (let i = 0; i < 10; i += 1) for (const at of [0, 1, 2]) check(signed[at], signed[(at + 1) % 3]);
  });

  test('bytes come as any view of any type, and never as something else', async () => {
    const expected = cose.prepare({ payload: HELLO }).digest;
    const odd = concat(Uint8Array.of(0), HELLO, Uint8Array.of(0)).subarray(1, 6);
    for (const payload of [HELLO.buffer.slice(0), new DataView(odd.buffer, 1, 5), odd, new Int8Array(HELLO), new Uint8ClampedArray(HELLO)]) {
      equal(cose.prepare({ payload }).digest, expected);
    }
    const wide = Uint16Array.of(0x6568, 0x6c6c);
    equal(digestOf(wide), digestOf('hell'));
    for (const payload of [undefined, null, 5, 'hello', [104], { length: 5 }, true, () => 0, Symbol('s'), 5n]) {
      const error = refused('invalid_argument', () => cose.prepare({ payload }));
      ok(error.message.includes('payload'), error.message);
    }
    const shared = new Uint8Array(new SharedArrayBuffer(5));
    ok(refused('invalid_argument', () => cose.prepare({ payload: shared })).message.includes('shared memory'));
    refused('invalid_argument', () => cose.prepare({ payload: shared.buffer }));
    const moved = HELLO.slice();
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    ok(refused('invalid_argument', () => cose.prepare({ payload: moved })).message.includes('transferred'));
    refused('invalid_argument', () => cose.prepare({ payload: moved.buffer }));
  });

  test('a payload whose buffer was transferred after preparing is refused', async () => {
    const key = await makeKey();
    const raw = await key.sign(HELLO);
    for (const prepare of [
      (payload) => cose.prepare({ payload }),
      (payload) => jws.prepare({ payload }),
      (payload) => dsse.prepare({ payload, payloadType: 'text/plain' }),
    ]) {
      for (const view of [(buffer) => buffer, (buffer) => new Uint8Array(buffer, 1, 3), (buffer) => new DataView(buffer)]) {
        const { buffer } = HELLO.slice();
        const draft = prepare(view(buffer));
        structuredClone(buffer, { transfer: [buffer] });
        const error = refused('invalid_argument', () => draft.attach(raw, { spki: key.spki }));
        ok(error.message.includes('payload') && error.message.includes('transferred'), error.message);
      }
    }
    // A detached payload was hashed, and is not needed again.
    const { buffer } = HELLO.slice();
    const draft = cose.prepare({ payload: buffer, detached: true });
    structuredClone(buffer, { transfer: [buffer] });
    const signature = await signed(draft, sigStructure({ payload: HELLO }).tbs, key);
    ok(cose.verify(draft.attach(signature, { spki: key.spki }), { payload: HELLO, key: { spki: key.spki } }));
  });

  test('options that nobody knows are refused', () => {
    const calls = [
      (more) => cose.prepare({ payload: HELLO, ...more }),
      (more) => cose.prepareStream({ length: 1, ...more }),
      (more) => cose.verify(HELLO, { key: {}, ...more }),
      (more) => jws.prepare({ payload: HELLO, ...more }),
      (more) => jws.verify('', { key: {}, ...more }),
      (more) => dsse.prepare({ payload: HELLO, payloadType: 'a/b', ...more }),
      (more) => dsse.verify('', { key: {}, ...more }),
    ];
    for (const call of calls) {
      ok(refused('invalid_argument', () => call({ detatched: true })).message.includes('detatched'));
    }
    for (const nothing of [undefined, null, 5, 'x', [], HELLO]) {
      refused('invalid_argument', () => cose.prepare(nothing));
      refused('invalid_argument', () => cose.verify(HELLO, nothing));
    }
    for (const yes of ['true', 1, null]) refused('invalid_argument', () => cose.prepare({ payload: HELLO, detached: yes }));
    for (const key of [undefined, null, {}, 'key', HELLO, { spki: HELLO, sec1: HELLO }, { toString: HELLO }]) {
      ok(refused('invalid_argument', () => cose.verify(HELLO, { key })).message.includes('key'));
    }
  });

  test('errors are errors, say what, where and what to do, and are written as JSON', () => {
    const error = refused('cbor_truncated', () => cose.inspect(new Uint8Array()));
    ok(error instanceof SplitsignError && error instanceof Error);
    equal([error.number, error.at, String(error)], [
      100, 0, 'SplitsignError: cbor_truncated (100) at byte 0: The CBOR ends in the middle of an item. Send the whole object.',
    ]);
    equal(JSON.parse(JSON.stringify(error)), { code: 'cbor_truncated', number: 100, at: 0 });
  });

  // --- anything ---------------------------------------------------------------------------------------------------

  test('10 000 mutated and random objects: every one a verdict, none a trap, and all works afterwards', async () => {
    const key = await makeKey();
    const publicKey = PublicKey.fromSpki(key.spki);
    const object = await coseObject(key, { payload: HELLO, kid: KID, contentType: 'text/plain', x5chain: [LEAF, ROOT] });
    const token = jws.prepare({ payload: HELLO, kid: 'k', x5c: [LEAF], serialization: 'flattened' });
    const header = { alg: 'ES256', kid: 'k', x5c: [btoa(String.fromCharCode(...LEAF))] };
    const flattened = utf8(token.attach(await key.sign(signingInput(header, HELLO)), publicKey));
    const compact = utf8(`${base64url(utf8(JSON.stringify(header)))}.${base64url(HELLO)}.${base64url(new Uint8Array(64).fill(1))}`);
    const draft = dsse.prepare({ payload: HELLO, payloadType: 'a/b' });
    const envelope = utf8(draft.attach(await key.sign(pae('a/b', HELLO)), publicKey));
    const coseKey = publicKey.toCoseKey();
    const der = splitsign.signatureToDer(await key.sign(HELLO));
    const targets = [
      [object, (bytes) => cose.inspect(bytes)],
      [object, (bytes) => cose.verify(bytes, { key: publicKey })],
      [flattened, (bytes) => jws.inspect(bytes)],
      [compact, (bytes) => jws.inspect(bytes)],
      [flattened, (bytes) => jws.verify(bytes, { key: publicKey })],
      [envelope, (bytes) => dsse.inspect(bytes)],
      [envelope, (bytes) => dsse.verify(bytes, { key: publicKey })],
      [key.spki, (bytes) => PublicKey.fromSpki(bytes)],
      [utf8(JSON.stringify(publicKey)), (bytes) => PublicKey.fromJwk(bytes)],
      [coseKey, (bytes) => PublicKey.fromCoseKey(bytes)],
      [der, (bytes) => splitsign.signatureFromDer(bytes)],
    ];
    const random = generator(20_260);
    let refusals = 0;
    for (let round = 0; round < 10_000; round++) {
      const [good, run] = targets[round % targets.length];
      const bytes = mutated(good, random);
      try {
        run(bytes);
      } catch (error) {
        if (error?.name !== 'SplitsignError' || error.code === 'wasm_stopped') throw error;
        refusals++;
      }
    }
    ok(refusals > 8000, `only ${refusals} refused`);
    equal(cose.verify(object, { key: publicKey }).payload, HELLO);
    equal(jws.verify(flattened, { key: publicKey }).payload, HELLO);
  });

  test('streams that are freed or fail leave nothing behind that hinders', async () => {
    const { sec1 } = await makeKey();
    for (let round = 0; round < 2000; round++) {
      const stream = cose.prepareStream({ length: 100, kid: new Uint8Array(1000) });
      stream.update(HELLO);
      stream.free();
    }
    for (let round = 0; round < 2000; round++) {
      refused('cbor_truncated', () => cose.verifyStream(new Uint8Array(), { length: 1, key: { sec1 } }));
    }
    equal(cose.prepare({ payload: new Uint8Array(900_000) }).digest.length, 32);
  });

  return [...tests, ...streams(splitsign), ...limits(splitsign)];
}

/** The bytes with a few of them changed, cut, doubled or replaced by noise. */
function mutated(good, random) {
  if (random(20) === 0) return Uint8Array.from({ length: random(200) }, () => random(256));
  const bytes = good.slice();
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(bytes.length);
    bytes[at] = random(3) === 0 ? random(256) : bytes[at] ^ (1 << random(8));
  }
  if (random(5) === 0) return bytes.subarray(0, random(bytes.length));
  if (random(10) === 0) return concat(bytes, bytes.subarray(random(bytes.length)));
  return bytes;
}
