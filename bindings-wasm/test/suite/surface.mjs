// Every function of the package with arguments that are right, for tests that then give a wrong one.
import { HELLO, KID, LEAF } from '../examples.mjs';
import { makeKey, pae, sha256, sigStructure, signingInput } from '../oracle.mjs';

/** Objects of every format, and what else is needed to call everything. */
export async function specimens(splitsign) {
  const { cose, jws, dsse, PublicKey } = splitsign;
  const key = await makeKey();
  const publicKey = PublicKey.fromSpki(key.spki);
  const tbs = sigStructure({ payload: HELLO, kid: KID, x5chain: [LEAF] }).tbs;
  const signature = await key.sign(HELLO);
  const header = { alg: 'ES256', cty: 'b', kid: 'acme/1', typ: 'a' };
  const jwsSignature = await key.sign(signingInput(header, HELLO));
  const token = (serialization) =>
    jws.prepare({ payload: HELLO, kid: 'acme/1', typ: 'a', cty: 'b', serialization }).attach(jwsSignature, publicKey);
  return {
    publicKey, signature, digest: await sha256(HELLO), der: splitsign.signatureToDer(signature),
    sec1: publicKey.toSec1(), spki: publicKey.toSpki(), jwk: JSON.stringify(publicKey), coseKey: publicKey.toCoseKey(),
    object: cose.prepare({ payload: HELLO, kid: KID, x5chain: [LEAF] }).attach(await key.sign(tbs), publicKey),
    detached: cose.prepare({ payload: HELLO, kid: KID, x5chain: [LEAF], detached: true }).attach(await key.sign(tbs), publicKey),
    compact: token('compact'), flattened: token('flattened'),
    envelope: dsse.prepare({ payload: HELLO, payloadType: 'a/b', keyid: 'acme/1' }).attach(await key.sign(pae('a/b', HELLO)), publicKey),
    coseDraft: cose.prepare({ payload: HELLO }), jwsDraft: jws.prepare({ payload: HELLO }),
    dsseDraft: dsse.prepare({ payload: HELLO, payloadType: 'a/b' }),
  };
}

/**
 * Each function: [what it is called, its arguments, the call]. An argument that is a plain object is one of options; what is
 * one of several types is named in `ANY_OF`.
 */
export function surface(splitsign, all) {
  const { cose, jws, dsse, PublicKey } = splitsign;
  const stream = (make) => (...given) => make(...given).free();
  const key = all.publicKey;
  const sign1 = { kid: KID, x5chain: [LEAF], contentType: 'a/b', externalAad: HELLO, tagged: true, lowS: 'accept' };
  const token = { kid: 'k', typ: 'a', cty: 'b', x5c: [LEAF], unencoded: false, serialization: 'compact', lowS: 'accept' };
  return [
    ['sha256', [HELLO], splitsign.sha256],
    ['Digest.update', [HELLO], (chunk) => new splitsign.Digest().update(chunk).free()],
    ['PublicKey.fromSec1', [all.sec1], PublicKey.fromSec1],
    ['PublicKey.fromSpki', [all.spki], PublicKey.fromSpki],
    ['PublicKey.fromJwk', [all.jwk], PublicKey.fromJwk],
    ['PublicKey.fromCoseKey', [all.coseKey], PublicKey.fromCoseKey],
    ['signatureFromDer', [all.der], splitsign.signatureFromDer],
    ['signatureToDer', [all.signature], splitsign.signatureToDer],
    ['verifyDigest', [{ digest: all.digest, signature: all.signature, key, lowS: 'accept' }], splitsign.verifyDigest],
    ['cose.prepare', [{ payload: HELLO, detached: false, ...sign1 }], cose.prepare],
    ['cose.prepareStream', [{ length: 5, ...sign1 }], stream(cose.prepareStream)],
    ['cose.prepareStream update', [HELLO], (chunk) => cose.prepareStream({ length: 5 }).update(chunk).free()],
    ['cose draft attach', [all.signature, key], (...given) => all.coseDraft.attach(...given), 'bad_signature'],
    ['cose.verify', [all.detached, { payload: HELLO, key, externalAad: new Uint8Array(), lowS: 'accept' }], cose.verify],
    ['cose.verifyStream', [all.detached, { length: 5, key, externalAad: HELLO, lowS: 'accept' }], stream(cose.verifyStream)],
    ['cose.inspect', [all.object], cose.inspect],
    ['jws.prepare', [{ payload: HELLO, detached: false, ...token }], jws.prepare],
    ['jws.prepareStream', [token], stream(jws.prepareStream)],
    ['jws.prepareStream update', [HELLO], (chunk) => jws.prepareStream({}).update(chunk).free()],
    ['jws draft attach', [all.signature, key], (...given) => all.jwsDraft.attach(...given), 'bad_signature'],
    ['jws.verify', [all.compact, { key, lowS: 'accept' }], jws.verify],
    ['jws.verifyStream', [all.compact.replace(/\..*\./, '..'), { key, lowS: 'accept' }], stream(jws.verifyStream)],
    ['jws.inspect', [all.compact], jws.inspect],
    ['dsse.prepare', [{ payload: HELLO, payloadType: 'a/b', keyid: 'k', signatureEncoding: 'der', lowS: 'accept' }], dsse.prepare],
    ['dsse draft attach', [all.signature, key], (...given) => all.dsseDraft.attach(...given), 'bad_signature'],
    ['dsse.verify', [all.envelope, { key, lowS: 'accept' }], dsse.verify],
    ['dsse.inspect', [all.envelope], dsse.inspect],
    ['createSigner', [{ url: 'https://signer.example', token: 't', key: 'k', fetch, timeoutMs: 1, maxAgeSeconds: 1 }], splitsign.createSigner],
  ];
}
