// The suite in the real Workers runtime. The bundle is made as wrangler makes it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import workerd from 'workerd';
import { bundle, simdPath } from './bundle.mjs';
import { fakeSigner } from './fake-signer.mjs';
import { suite } from './suite.mjs';

/** The second date is before `cache` could be said to `fetch` (cache_option_enabled, 2024-11-11). */
const DATES = { main: '2025-06-01', old: '2024-09-23' };

const worker = (name, date) => `(name = "${name}", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "wasm/splitsign.simd.wasm", wasm = embed "splitsign.simd.wasm")],
      compatibilityDate = "${date}", globalOutbound = "loopback"))`;

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${Object.entries(DATES).map(([name, date]) => worker(name, date)).join(',\n    ')},
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [${Object.keys(DATES).map((name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`).join(', ')}]
);`;

let folder, server;
const urls = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitsign-workerd-'));
  const script = await bundle(`export { default } from './worker.mjs'`, ['workerd', 'worker', 'browser']);
  // What esbuild leaves alone keeps the path as it stands in the package.
  await writeFile(join(folder, 'worker.js'), script.replace(/(['"])[^'"]*wasm\/splitsign\.simd\.wasm\1/, '"./wasm/splitsign.simd.wasm"'));
  await copyFile(simdPath, join(folder, 'splitsign.simd.wasm'));
  await writeFile(join(folder, 'config.capnp'), CONFIG);
  server = spawn(workerd.default ?? workerd, ['serve', '--control-fd=3', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    let text = '';
    server.stdio[3].on('data', (piece) => {
      text += piece;
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines) {
        const { event, socket, port } = JSON.parse(line);
        if (event === 'listen') urls[socket] = `http://127.0.0.1:${port}/`;
      }
      if (Object.keys(DATES).every((name) => urls[name])) resolve();
    });
  });
});

after(async () => {
  server?.removeAllListeners('exit');
  server?.kill();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const names = suite(await import('splitsign')).map(([name]) => name);
let results;

for (const name of names) {
  test(`workerd: ${name}`, async () => {
    results ??= fetch(urls.main).then((response) => response.json());
    const result = (await results).find((one) => one.name === name);
    assert.ok(result, 'the worker did not run this');
    assert.equal(result.error, undefined);
  });
}

for (const [name, date] of Object.entries(DATES)) {
  test(`workerd of ${date}: signs through a signer, and no cache answers for it`, async () => {
    const signer = await fakeSigner();
    try {
      const response = await fetch(`${urls[name]}?signer=${encodeURIComponent(signer.url)}`);
      assert.deepEqual(await response.json(), { payload: 'hello' });
      const [descriptor] = signer.requests;
      assert.equal(descriptor.method, 'GET');
      assert.match(descriptor.headers['cache-control'], /^no-(cache|store)$/);
    } finally {
      await signer.close();
    }
  });
}
