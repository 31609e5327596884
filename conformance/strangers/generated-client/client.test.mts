// A client that nobody wrote: `openapi-typescript` made its types of docs/openapi.json, `openapi-fetch` has no code of
// ours. What it signs is verified by npm `jose` and by WebCrypto. test_generated_client.py generates, compiles, runs.
import assert from 'node:assert/strict';
import test from 'node:test';

import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import createClient from 'openapi-fetch';

import type { components, paths } from './api.js';

const environment = (name: string): string => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
};

const key = environment('SPLITSIGN_KEY');
const [tenant, name] = key.split('/') as [string, string];
const baseUrl = environment('SPLITSIGN_URL');
const headers = { Authorization: `Bearer ${environment('SPLITSIGN_TOKEN')}` };
const client = createClient<paths>({ baseUrl, headers });

const utf8 = (text: string) => new TextEncoder().encode(text);
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

type Problem = components['schemas']['ProblemBody'];

/** What was signed: the answer of a dry run has no signature, and the types say so. */
function signed(answer: components['schemas']['SignAnswer'] | undefined): components['schemas']['SignReply'] {
  assert.ok(answer && 'signature' in answer);
  return answer;
}

async function verifies(signature: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { data } = await client.GET('/v1/keys/{id}', { params: { path: { id: key } } });
  assert.ok(data);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const spki = new Uint8Array(Buffer.from(data.publicKey.spki, 'base64'));
  const publicKey = await crypto.subtle.importKey('spki', spki, algorithm, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, publicKey, signature, bytes);
}

test('a token is made of a digest, and jose takes it', async () => {
  const { data: descriptor } = await client.GET('/v1/keys/{id}', { params: { path: { id: key } } });
  assert.ok(descriptor);
  const input = `${base64url(utf8(JSON.stringify({ alg: 'ES256', kid: descriptor.kid })))}.${base64url(utf8('hello'))}`;
  const { data, response } = await client.POST('/v1/sign', {
    params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
    body: {
      key,
      keyVersion: descriptor.version,
      digest: base64url(await sha256(utf8(input))),
      digestAlgorithm: 'sha-256',
      profile: 'jws',
    },
  });
  assert.equal(response.status, 200);
  const { data: published } = await client.GET('/.well-known/jwks.json');
  const keys = createLocalJWKSet(published as JSONWebKeySet);
  const { payload } = await compactVerify(`${input}.${signed(data).signature}`, keys, { algorithms: ['ES256'] });
  assert.equal(new TextDecoder().decode(payload), 'hello');
  await assert.rejects(compactVerify(`${input}A.${signed(data).signature}`, keys));
});

test('what is hashed by the service verifies in WebCrypto', async () => {
  const tbs = utf8('anything');
  const body = { key, tbs: base64url(tbs), digestAlgorithm: 'sha-256', profile: 'raw' } as const;
  const { data } = await client.POST('/v1/sign', { body });
  const signature = new Uint8Array(Buffer.from(signed(data).signature, 'base64url'));
  assert.ok(await verifies(signature, tbs));
  assert.ok(!(await verifies(signature, utf8('else'))));
});

test('a dry run says what would sign', async () => {
  const body = { key, tbs: base64url(utf8('x')), digestAlgorithm: 'sha-256', profile: 'raw', dryRun: true } as const;
  const { data } = await client.POST('/v1/sign', { body });
  assert.ok(data && 'dryRun' in data);
  assert.equal(data.digest, base64url(await sha256(utf8('x'))));
});

test('a batch has a result for each', async () => {
  const request = { key, tbs: base64url(utf8('x')), digestAlgorithm: 'sha-256', profile: 'raw' } as const;
  const body = { requests: [request, { ...request, key: `${tenant}/missing` }] };
  const { data, response } = await client.POST('/v1/sign/batch', { body });
  assert.equal(response.status, 207);
  const codes = data?.results.map((result) => ('problem' in result ? result.problem.code : 'signed'));
  assert.deepEqual(codes, ['signed', 'key_not_found']);
});

test('32 bytes in, 64 bytes out', async () => {
  const digest = await sha256(utf8('x'));
  const { data, response } = await client.POST('/v1/sign/{tenant}/{name}', {
    params: { path: { tenant, name }, query: { profile: 'raw' } },
    headers: { 'Content-Type': 'application/octet-stream' },
    // Generators have no type for bytes but string.
    body: digest as unknown as string,
    bodySerializer: () => digest,
    parseAs: 'arrayBuffer',
  });
  assert.ok(data, String(response.status));
  const signature = new Uint8Array(data as ArrayBuffer);
  assert.equal(signature.length, 64);
  assert.ok(await verifies(signature, utf8('x')));
});

test('refusals have a type and a stable code', async () => {
  const body = { key: 'nobody/nothing', digest: 'A'.repeat(43), digestAlgorithm: 'sha-256', profile: 'raw' } as const;
  const { error, response } = await client.POST('/v1/sign', { body });
  const problem: Problem | undefined = error;
  assert.deepEqual([response.status, problem?.code, problem?.number], [404, 'key_not_found', 2021]);
  const anonymous = createClient<paths>({ baseUrl });
  const { error: unauthorized } = await anonymous.GET('/v1/keys');
  assert.equal(unauthorized?.code, 'unauthorized');
});

// What the types refuse: this file does not compile if one of these is allowed.
export function refusedByTheTypes() {
  // @ts-expect-error neither digest nor tbs
  client.POST('/v1/sign', { body: { key, digestAlgorithm: 'sha-256', profile: 'raw' } });
  // @ts-expect-error there is no such profile
  client.POST('/v1/sign', { body: { key, tbs: '', digestAlgorithm: 'sha-256', profile: 'jwt' } });
  // @ts-expect-error there is no such path
  client.GET('/v1/nothing');
}
