// What `npm test` runs is WebAssembly, also where the addon is installed; the addon's tests are in bindings-node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backend } from 'splitsign';

test('node: what ran was WebAssembly', (t) => {
  t.diagnostic(`Node.js/${process.versions.node}`);
  assert.equal(backend(), 'wasm');
});
