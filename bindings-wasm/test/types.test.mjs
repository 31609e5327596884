// The hand-written types say what is there, and refuse what is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as splitsign from 'splitsign';

test('test/types.ts compiles, with every error that it expects', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [tsc, '--project', 'test/tsconfig.json'], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test('the package exports what its types declare', () => {
  assert.deepEqual(Object.keys(splitsign).sort(), [
    'Digest', 'PublicKey', 'SplitsignError', 'backend', 'cose', 'createSigner', 'dsse', 'jws', 'limits', 'operations', 'sha256',
    'sha256From', 'signatureFromDer', 'signatureToDer', 'verifyDigest',
  ]);
  for (const format of ['cose', 'jws']) {
    assert.deepEqual(Object.keys(splitsign[format]), ['inspect', 'prepare', 'prepareFrom', 'prepareStream', 'verify', 'verifyFrom', 'verifyStream']);
  }
  assert.deepEqual(Object.keys(splitsign.dsse), ['inspect', 'prepare', 'verify']);
});
