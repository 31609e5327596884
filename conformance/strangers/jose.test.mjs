// The tokens that the demo made, in the hands of npm `jose`. The package's own tests go both ways.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { compactVerify, importSPKI, importX509 } from 'jose';

const folder = process.env.SPLITSIGN_DEMO_DIR;
const tokens = readdirSync(folder).filter((name) => name.endsWith('.jws'));
const read = (name) => readFileSync(join(folder, name));

test('the demo left tokens', () => assert.ok(tokens.length >= 2));

for (const name of tokens) {
  test(`jose accepts ${name}`, async () => {
    const key = await importSPKI(read('public-key.pem').toString(), 'ES256');
    const { payload, protectedHeader } = await compactVerify(read(name), key, { algorithms: ['ES256'] });
    assert.deepEqual(Buffer.from(payload), read(name.replace(/\.jws$/, '')));
    // The first certificate that the token carries is for the same key.
    const leaf = `-----BEGIN CERTIFICATE-----\n${protectedHeader.x5c[0]}\n-----END CERTIFICATE-----`;
    await compactVerify(read(name), await importX509(leaf, 'ES256'));
  });

  test(`jose refuses ${name} when it was touched`, async () => {
    const key = await importSPKI(read('public-key.pem').toString(), 'ES256');
    const [header, payload, signature] = read(name).toString().split('.');
    const touched = `${header}.${payload.slice(0, -4)}AAAA.${signature}`;
    await assert.rejects(compactVerify(touched, key), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });
}
