// The suite: COSE_Sign1, against objects that are put together here.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO, KID, LEAF, ROOT, signed } from '../examples.mjs';
import { cbor, concat, isLowS, makeKey, otherS, sigStructure, sign1, utf8 } from '../oracle.mjs';

export function coseFormat(splitsign) {
  const { cose, PublicKey } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

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

  return tests;
}
