// 100 000 calls leave nothing behind, neither in the heap of JavaScript nor beside it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MEBI = 2 ** 20;

for (const backend of ['native', 'wasm']) {
  test(`${backend}: 100 000 calls leave less than 8 MiB`, (t) => {
    const program = fileURLToPath(new URL('growth.mjs', import.meta.url));
    const env = { ...process.env, SPLITSIGN_BACKEND: backend };
    const { calls, heap, resident, streams } = JSON.parse(execFileSync(process.execPath, ['--expose-gc', program], { env, encoding: 'utf8' }));
    t.diagnostic(`${calls} calls: heap ${(heap / MEBI).toFixed(2)} MiB, resident ${(resident / MEBI).toFixed(2)} MiB, ${streams} streams`);
    assert.ok(calls >= 100_000, `${calls} calls`);
    assert.ok(heap < 2 * MEBI, `the heap grew by ${heap} bytes`);
    assert.ok(resident < 8 * MEBI, `the process grew by ${resident} bytes`);
    assert.equal(streams, 0);
  });
}
