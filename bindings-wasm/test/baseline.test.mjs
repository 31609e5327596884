// The suite with the build without SIMD, which a runtime without SIMD gets.
import { test } from 'node:test';
import { suite } from './suite.mjs';

WebAssembly.validate = () => false;
const splitsign = await import('splitsign');

for (const [name, run] of suite(splitsign)) test(`node without SIMD: ${name}`, run);
