// JWS of ours read by jose, and of jose read by us.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as jose from 'jose';
import { jws } from 'splitsign';
import { p256Sign } from './sign-digest.mjs';

const PAYLOAD = new TextEncoder().encode('{"sub":"alice"}');
const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
const key = { jwk: await jose.exportJWK(publicKey) };
const privateJwk = await jose.exportJWK(privateKey);

function sign(parameters) {
  const draft = jws.prepare({ payload: PAYLOAD, kid: 'acme/1', ...parameters });
  return draft.attach(p256Sign(privateJwk, draft.digest), key);
}

test('compact of ours, read by jose', async () => {
  const { payload, protectedHeader } = await jose.compactVerify(sign({ typ: 'JWT' }), publicKey);
  assert.deepEqual([payload, protectedHeader], [PAYLOAD, { alg: 'ES256', kid: 'acme/1', typ: 'JWT' }]);
  assert.equal((await jose.jwtVerify(sign({ typ: 'JWT' }), publicKey)).payload.sub, 'alice');
});

test('flattened of ours, read by jose', async () => {
  const { payload } = await jose.flattenedVerify(JSON.parse(sign({ serialization: 'flattened' })), publicKey);
  assert.deepEqual(payload, PAYLOAD);
});

test('detached and unencoded of ours, read by jose', async () => {
  const object = JSON.parse(sign({ serialization: 'flattened', detached: true, unencoded: true }));
  assert.equal(object.payload, undefined);
  const { payload } = await jose.flattenedVerify({ ...object, payload: PAYLOAD }, publicKey);
  assert.deepEqual(payload, PAYLOAD);
});

test('compact, flattened and unencoded of jose, read by us', async () => {
  const compact = await new jose.CompactSign(PAYLOAD).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
  assert.deepEqual(jws.verify(compact, { key }), { payload: PAYLOAD, kid: 'k', typ: undefined, cty: undefined, x5c: [] });
  const flattened = await new jose.FlattenedSign(PAYLOAD)
    .setProtectedHeader({ alg: 'ES256' })
    .setUnprotectedHeader({ kid: 'k' })
    .sign(privateKey);
  const text = JSON.stringify(flattened);
  assert.deepEqual(jws.verify(text, { key }).payload, PAYLOAD);
  assert.equal(jws.verify(text, { key }).kid, undefined, 'what is not signed is not a result');
  assert.equal(jws.inspect(text).kid, 'k');
  const unencoded = await new jose.FlattenedSign(PAYLOAD)
    .setProtectedHeader({ alg: 'ES256', b64: false, crit: ['b64'] })
    .sign(privateKey);
  const detached = JSON.stringify({ protected: unencoded.protected, signature: unencoded.signature });
  assert.deepEqual(jws.verify(detached, { key, payload: PAYLOAD }).payload, PAYLOAD);
});
