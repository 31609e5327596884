// Memory, counted by a process of its own: what a long stream takes, and what the limits promise.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const MIB = 1024 * 1024;

/** With it, payloads are hashed by the core as in a runtime that has nothing better. */
const WITHOUT_NODE_CRYPTO = 'process.getBuiltinModule = undefined;';

/** What a module prints as JSON that has the package, and `wasmBytes`: what the core's memory has grown to. */
function inProcess(source) {
  const script = `
    const Instance = WebAssembly.Instance;
    let memory;
    WebAssembly.Instance = new Proxy(Instance, { construct(target, all) { const one = new target(...all); memory = one.exports.memory; return one; } });
    const wasmBytes = () => memory?.buffer.byteLength ?? 0;
    const MIB = ${MIB};
    const { cose, dsse, jws, sha256From } = await import('splitsign');
    const { limitPresets, withLimits } = await import('splitsign/limits');
    const print = (value) => console.log(JSON.stringify(value));
    ${source}`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8', maxBuffer: MIB }));
}

/** The whole stream is made of new chunks, so that what holds on to them is seen. */
const STREAM = `
  const length = 256 * MIB;
  const streamOf = (bytes) => {
    let left = bytes;
    return new ReadableStream({ pull(controller) {
      if (left === 0) return controller.close();
      left -= 64 * 1024;
      controller.enqueue(new Uint8Array(64 * 1024).fill(left / 65536));
    } });
  };
  const grown = async (act) => {
    const before = process.memoryUsage.rss();
    await act();
    // The peak, not what is left.
    return process.resourceUsage().maxRSS * 1024 - before;
  };`;

for (const [name, act, hidden] of [
  ['sha256From in WebAssembly', 'sha256From(streamOf(length))', WITHOUT_NODE_CRYPTO],
  ['sha256From by node:crypto', 'sha256From(streamOf(length))', ''],
  ['cose.prepareFrom in WebAssembly', 'cose.prepareFrom(streamOf(length), { length })', WITHOUT_NODE_CRYPTO],
  ['cose.prepareFrom by node:crypto', 'cose.prepareFrom(streamOf(length), { length })', ''],
  ['jws.prepareFrom in WebAssembly', 'jws.prepareFrom(streamOf(length), {})', ''],
]) {
  test(`${name}: 256 MiB from a stream take less than 64 MiB`, (t) => {
    const { rss, wasm } = inProcess(`${hidden} ${STREAM}
      await sha256From(streamOf(MIB));
      print({ rss: await grown(() => ${act}), wasm: wasmBytes() });`);
    t.diagnostic(`${name}: resident memory grew by ${(rss / MIB).toFixed(1)} MiB at most; the core's has ${(wasm / MIB).toFixed(2)} MiB`);
    assert.ok(rss < 64 * MIB, `it grew by ${rss} bytes`);
    assert.ok(wasm < 4 * MIB, `the core has ${wasm} bytes`);
  });
}

test("what is read as a whole is seen to grow: the measure measures", () => {
  const { rss } = inProcess(`${STREAM}
    await sha256From(streamOf(MIB));
    print({ rss: await grown(async () => { const all = []; for await (const chunk of streamOf(128 * MIB)) all.push(chunk); globalThis.all = all; }) });`);
  assert.ok(rss > 100 * MIB, `it grew by ${rss} bytes only`);
});

test('no call grows the core beyond maxMemoryBytes, whatever came before', (t) => {
  // Each limit, with payloads that grow up to what it lets through, through everything that has a long argument.
  const { peaks } = inProcess(`
    const { generateKeyPairSync } = await import('node:crypto');
    const { p256Sign } = await import('${root}test/sign-digest.mjs');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = { spki: publicKey.export({ type: 'spki', format: 'der' }) };
    const jwk = privateKey.export({ format: 'jwk' });
    const peaks = [];
    for (const mib of [8, 16, 48]) {
      const all = withLimits({ cose, dsse, jws }, { ...limitPresets.production, maxMemoryBytes: mib * MIB });
      const attempt = (act) => { try { return act(); } catch (error) { if (error.code !== 'max_memory_exceeded') throw error; return undefined; } };
      for (let bytes = MIB / 2; bytes < mib * MIB; bytes = Math.ceil(bytes * 1.6)) {
        const payload = new Uint8Array(bytes).fill(7);
        for (const [format, more] of [[all.cose, {}], [all.jws, {}], [all.jws, { serialization: 'flattened' }], [all.dsse, { payloadType: 'a/b' }]]) {
          const draft = attempt(() => format.prepare({ payload, ...more }));
          const object = draft && attempt(() => draft.attach(p256Sign(jwk, draft.digest), key));
          if (object) { attempt(() => format.verify(object, { key })); attempt(() => format.inspect(object)); }
        }
      }
      peaks.push([mib * MIB, wasmBytes()]);
    }
    print({ peaks });`);
  for (const [allowed, peak] of peaks) {
    t.diagnostic(`maxMemoryBytes ${allowed}: the core has ${peak} bytes`);
    assert.ok(peak <= allowed, `${peak} bytes, and ${allowed} are allowed`);
    // Else the limit would refuse what it need not.
    assert.ok(peak > allowed / 3, `only ${peak} bytes of ${allowed}: nothing was tried`);
  }
});

test('hashing is given up between two chunks when the time is over', () => {
  // Here and not in the suite, as a Worker's clock stands still while it computes.
  const { code, message } = inProcess(`
    const brief = withLimits({ cose }, { ...limitPresets.production, maxExecutionMs: 1, chunkSizeBytes: 1024 });
    let error = {};
    try { brief.cose.prepare({ payload: new Uint8Array(200 * MIB), detached: true }); } catch (one) { error = one; }
    cose.prepare({ payload: new Uint8Array(MIB), detached: true });
    print({ code: error.code, message: error.message });`);
  assert.equal(code, 'max_execution_exceeded', message);
  assert.match(message, /maxExecutionMs, 1\b/);
});
