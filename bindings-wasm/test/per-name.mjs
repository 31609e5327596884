// One test of Node's runner for each test of the suite that another runtime ran.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suite } from './suite.mjs';

const names = suite(await import('splitsign')).map(([name]) => name);

/** `run` is asked once, and promises what results.mjs says in the runtime. */
export function perName(runtime, run) {
  let answer;
  for (const name of names) {
    test(`${runtime}: ${name}`, async () => {
      answer ??= run();
      const result = (await answer).results.find((one) => one.name === name);
      assert.ok(result, `${runtime} did not run this`);
      assert.equal(result.error, undefined);
    });
  }
  test(`${runtime}: ran these tests and no others, in WebAssembly`, async (t) => {
    const { runtime: itself, backend, results } = await (answer ??= run());
    t.diagnostic(itself);
    assert.equal(backend, 'wasm');
    assert.deepEqual(results.map(({ name }) => name), names);
  });
}
