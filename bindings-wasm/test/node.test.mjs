// The suite in this Node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as splitsign from 'splitsign';
import { suite } from './suite.mjs';

for (const [name, run] of suite(splitsign)) test(`node: ${name}`, run);

test('node: what ran was WebAssembly, also where the addon is installed', (t) => {
  t.diagnostic(`Node.js/${process.versions.node}`);
  assert.equal(splitsign.backend(), 'wasm');
});
