// The hand-written types say what is there, and refuse what is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as splitsign from 'splitsign';
import { CORE_CODES } from '../js/codes.js';
import { SDK_CODES } from '../js/sdk-codes.js';

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

/** The members of the union of strings in a file of types. */
function union(file) {
  const [, text] = /export type \w+ =([\s\S]*?);\n/.exec(readFileSync(new URL(`../js/${file}`, import.meta.url), 'utf8').replaceAll(/\/\*\*.*\*\//g, ''));
  return [...text.matchAll(/'(\w+)'/g)].map(([, name]) => name);
}

test('the codes that types declare are those of the tables, and no number is there twice', () => {
  // That the table is the core's is what `cargo xtask check` says: it is generated from there.
  assert.deepEqual(union('codes.d.ts'), Object.keys(CORE_CODES));
  assert.deepEqual(union('sdk-codes.d.ts').sort(), Object.keys(SDK_CODES).sort());
  const numbers = [...Object.values(CORE_CODES), ...Object.values(SDK_CODES)].map(([number]) => number);
  assert.equal(new Set(numbers).size, numbers.length);
});
