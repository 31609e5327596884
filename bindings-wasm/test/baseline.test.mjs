// The suite with the build without SIMD, which a runtime without SIMD gets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { baselinePath } from './bundle.mjs';
import { suite } from './suite.mjs';

WebAssembly.validate = () => false;
const Module = WebAssembly.Module;
const compiled = [];
WebAssembly.Module = new Proxy(Module, { construct: (target, all) => (compiled.push(all[0]), new target(...all)) });
const splitsign = await import('splitsign');

for (const [name, run] of suite(splitsign)) test(`node without SIMD: ${name}`, run);

test('node without SIMD: what ran was the baseline', () => {
  assert.equal(compiled.length, 1);
  assert.deepEqual(compiled[0], readFileSync(baselinePath));
});
