// The suite: keys, signatures by themselves, and the verdict on a digest.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO } from '../examples.mjs';
import { base64url, bytesOf, cbor, concat, isLowS, makeKey, otherS, sha256, utf8 } from '../oracle.mjs';

export function keys(splitsign) {
  const { PublicKey } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

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

  return tests;
}
