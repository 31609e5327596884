// The addon: the suite that every runtime runs, worker threads, memory, and arguments that JavaScript must never send.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { suite } from '../../bindings-wasm/test/suite.mjs';

process.env.SPLITSIGN_BACKEND = 'native';
const splitsign = await import('../../bindings-wasm/js/index.js');
const { TARGETS, VERSION } = await import('../../bindings-wasm/js/backend/targets.js');
const require = createRequire(new URL('../../bindings-wasm/js/index.js', import.meta.url));
const names = TARGETS[`${process.platform}-${process.arch}`].map((target) => `@splitsign/node-${target}`);
const addon = require(names.find((name) => installed(name)));

function installed(name) {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

for (const [name, run] of suite(splitsign)) test(`native: ${name}`, run);

test('what ran was the addon', () => {
  assert.equal(splitsign.backend(), 'native');
  assert.equal(addon.version(), VERSION);
});

/** `invalid_argument` at 0, as the addon says it. */
const INVALID = -5 * 2 ** 32;
const SHA256 = 1;

test('whatever is not the memory of a Uint8Array is refused by the addon itself', () => {
  const room = new Uint8Array(64);
  const moved = new Uint8Array(8);
  structuredClone(moved.buffer, { transfer: [moved.buffer] });
  const cut = new ArrayBuffer(8, { maxByteLength: 8 });
  const view = new Uint8Array(cut, 4, 4);
  cut.resize(0);
  for (const wrong of [
    undefined, null, 5, 5n, 'text', true, Symbol('s'), {}, [], () => 0, new ArrayBuffer(8), new DataView(new ArrayBuffer(8)),
    new Uint16Array(8), new Int8Array(8), new Uint8ClampedArray(8), new Uint8Array(new SharedArrayBuffer(8)), moved,
  ]) {
    assert.equal(addon.call(SHA256, 0, room, 0, wrong), INVALID);
    assert.equal(addon.call(SHA256, 0, wrong, 0, room), INVALID);
  }
  // Nothing to read there: the same as no bytes. js/arguments.js tells both apart.
  assert.equal(addon.call(SHA256, 0, room, 0, view), 32);
  assert.equal(addon.call(SHA256, 0, room, 65, room), INVALID);
  assert.equal(addon.call(1000, 0, room, 0, room), INVALID);
  assert.equal(addon.call(2 ** 32 - 1, 2 ** 32 - 1, room, 64, room), INVALID);
  for (const wrong of [[], [1], ['1', 0, room, 0, room], [SHA256, null, room, 0, room], [SHA256, 0, room, {}, room]]) {
    assert.throws(() => addon.call(...wrong), { code: 'NumberExpected' });
  }
  assert.equal(addon.call(SHA256, 0, room, 0, room), 32);
});

test('the room may be the payload, and is not written to before it was read', () => {
  const { sha256 } = splitsign;
  const bytes = new Uint8Array(1000).fill(7);
  const expected = sha256(bytes);
  assert.equal(addon.call(SHA256, 0, bytes, 0, bytes), 32);
  assert.deepEqual(bytes.slice(0, 32), expected);
});

test('a result that is longer than the room comes in an array of its own', () => {
  const { cose, PublicKey } = splitsign;
  const payload = new Uint8Array(3_000_000).fill(5);
  const draft = cose.prepare({ payload, kid: new Uint8Array(1024) });
  assert.equal(draft.digest.length, 32);
  assert.throws(() => draft.attach(new Uint8Array(64).fill(1), { sec1: new Uint8Array(65) }), { code: 'key_invalid_point' });
  assert.ok(PublicKey);
});

test('ten worker threads at once, each with streams and keys of its own, and each ends', async () => {
  const workers = Array.from({ length: 10 }, () => new Worker(new URL('worker.mjs', import.meta.url)));
  const results = await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
    let result;
    worker.once('message', (message) => (result = message));
    worker.once('error', reject);
    worker.once('exit', (code) => resolve({ ...result, code }));
  })));
  for (const result of results) assert.deepEqual(result, { backend: 'native', failures: [], code: 0 });
  // A stream of this thread, begun before, is where it was.
  assert.deepEqual(splitsign.sha256('hello'), new splitsign.Digest().update(new TextEncoder().encode('hello')).finish());
});

test('a worker that is ended in the middle of streams takes nothing else with it', async () => {
  const source = `const { workerData, parentPort } = require('node:worker_threads');
    import(workerData).then(({ Digest }) => {
      const open = Array.from({ length: 100 }, () => new Digest().update(new Uint8Array(1000)));
      parentPort.postMessage(open.length);
      for (;;) open[0].update(new Uint8Array(1000));
    });`;
  const worker = new Worker(source, { eval: true, workerData: new URL('../../bindings-wasm/js/index.js', import.meta.url).href });
  assert.equal(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)), 100);
  assert.equal(await worker.terminate(), 1);
  assert.equal(splitsign.sha256('hello')[0], 0x2c);
});
