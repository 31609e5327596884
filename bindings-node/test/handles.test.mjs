// What the addon keeps for a thread stays in that thread; and its functions, called in any way that JavaScript has.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import { owners } from '../../bindings-wasm/test/suite/handles.mjs';

process.env.SPLITSIGN_BACKEND = 'native';
const index = new URL('../../bindings-wasm/js/index.js', import.meta.url);
const splitsign = await import(index.href);
const { TARGETS } = await import('../../bindings-wasm/js/backend/targets.js');
const require = createRequire(index);
const addon = TARGETS[`${process.platform}-${process.arch}`].map(loaded).find((one) => one !== undefined);

function loaded(target) {
  try {
    return require(`@splitsign/node-${target}`);
  } catch {
    return undefined;
  }
}

/** `invalid_argument` at 0, as the addon says it. */
const INVALID = -5 * 2 ** 32;
const [SHA256, START_DIGEST, STREAM_UPDATE, STREAM_FINISH] = await operations('SHA256', 'START_DIGEST', 'STREAM_UPDATE', 'STREAM_FINISH');

async function operations(...names) {
  const all = await import('../../bindings-wasm/js/operations.js');
  return names.map((name) => all[name]);
}

/** A worker that says whether it can still verify, whenever it is asked, and what it was sent. */
const LISTENER = `const { workerData, parentPort } = require('node:worker_threads');
  import(workerData).then((splitsign) => {
    parentPort.on('message', (message) => parentPort.postMessage({
      backend: splitsign.backend(),
      digest: splitsign.sha256('hello'),
      key: message.spki && splitsign.PublicKey.fromSpki(message.spki).thumbprint(),
    }));
    parentPort.postMessage('ready');
  });`;

test('a worker is sent nothing that is of another thread, by whatever way, and goes on', async () => {
  const worker = new Worker(LISTENER, { eval: true, workerData: index.href });
  const next = () => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  try {
    assert.equal(await next(), 'ready');
    const all = await owners(splitsign);
    for (const [what, owner] of Object.entries(all)) {
      for (const message of [owner, { owner }, [owner]]) {
        assert.throws(() => worker.postMessage(message), { name: 'DataCloneError' }, what);
        assert.throws(() => worker.postMessage(message, []), { name: 'DataCloneError' }, what);
        assert.throws(() => worker.postMessage(message, [owner]), TypeError, what);
        assert.throws(() => v8.serialize(message), /could not be cloned/, what);
      }
      assert.throws(() => new Worker('', { eval: true, workerData: owner }), { name: 'DataCloneError' }, what);
    }
    const key = all['a PublicKey'];
    const answer = next();
    worker.postMessage({ spki: key.toSpki() });
    assert.deepEqual(await answer, { backend: 'native', digest: splitsign.sha256('hello'), key: key.thumbprint() });
  } finally {
    assert.equal(await worker.terminate(), 1);
  }
});

test('the number of a stream means nothing in another thread', async () => {
  const room = new Uint8Array(64);
  const begun = new splitsign.Digest().update(new TextEncoder().encode('hel'));
  const source = `const { workerData, parentPort } = require('node:worker_threads');
    const addon = require(workerData.addon);
    const room = new Uint8Array(64);
    room.set(workerData.record);
    const results = [];
    for (const operation of workerData.operations) {
      for (let place = 0; place < 4; place++) {
        room[workerData.record.length - 4] = place;
        results.push(addon.call(operation, 0, room, workerData.record.length, new Uint8Array(8)));
        room.set(workerData.record);
      }
    }
    parentPort.postMessage(results);`;
  const { STREAM, of } = await import('../../bindings-wasm/js/record.js');
  const worker = new Worker(source, {
    eval: true,
    workerData: { addon: addonPath(), record: of(STREAM, new Uint8Array(4)), operations: [STREAM_UPDATE, STREAM_FINISH] },
  });
  const results = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.deepEqual(results, new Array(8).fill(INVALID));
  assert.deepEqual(begun.update(new TextEncoder().encode('lo')).finish(), splitsign.sha256('hello'));
  assert.equal(addon.call(START_DIGEST, 0, room, 0, new Uint8Array(0)), 4);
});

function addonPath() {
  return Object.keys(require.cache).find((path) => path.endsWith('.node'));
}

test('the functions of the addon, without their object, on another one, or with new', () => {
  const room = new Uint8Array(64);
  const { call, version } = addon;
  for (const self of [undefined, null, 5, {}, Object.create(addon), new Proxy(addon, {}), call, globalThis]) {
    assert.equal(call.call(self, SHA256, 0, room, 0, room), 32);
    assert.equal(call.call(self, SHA256, 0, room, 65, room), INVALID);
    assert.equal(version.call(self), addon.version());
  }
  for (const construct of [() => new call(SHA256, 0, room, 0, room), () => Reflect.construct(version, [], Map), () => new version()]) {
    try {
      construct();
    } catch (error) {
      assert.ok(error instanceof TypeError, error.stack);
    }
  }
  assert.throws(() => new call(), { code: 'NumberExpected' });
  assert.equal(Reflect.apply(call, undefined, [SHA256, 0, room, 0, room]), 32);
});

test('threads that work at once, each with streams in the same places, have nothing in common', async () => {
  const source = `const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.index).then(({ Digest, cose, jws, sha256, backend }) => {
      const own = new Uint8Array(workerData.bytes).fill(workerData.fill);
      const expected = Buffer.from(sha256(own));
      let wrong = 0;
      for (let round = 0; round < 300; round++) {
        const streams = Array.from({ length: 5 }, () => new Digest());
        const failed = cose.prepareStream({ length: 1 });
        try { failed.update(own); wrong++; } catch (error) { if (error.code !== 'length_mismatch') wrong++; }
        for (let at = 0; at < own.length; at += 997) for (const stream of streams) stream.update(own.subarray(at, at + 997));
        for (const stream of streams) if (!expected.equals(stream.finish())) wrong++;
      }
      parentPort.postMessage({ wrong, backend: backend() });
    });`;
  const workers = [1, 2, 3, 4].map((fill) => new Worker(source, { eval: true, workerData: { index: index.href, fill, bytes: 5000 } }));
  const results = await Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))));
  for (const result of results) assert.deepEqual(result, { wrong: 0, backend: 'native' });
});
