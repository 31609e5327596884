// The suite in the real Workers runtime. The bundle is made as wrangler makes it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import workerd from 'workerd';
import { bundle, wasmPath } from './bundle.mjs';
import { fakeSigner } from './fake-signer.mjs';
import { suite } from './suite.mjs';

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "wasm/splitsign.wasm", wasm = embed "splitsign.wasm")],
      compatibilityDate = "2025-06-01", globalOutbound = "loopback")),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);`;

let folder, server, url;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitsign-workerd-'));
  const worker = await bundle(`export { default } from './worker.mjs'`, ['workerd', 'worker', 'browser']);
  // What esbuild leaves alone keeps the path as it stands in the package.
  await writeFile(join(folder, 'worker.js'), worker.replace(/(['"])[^'"]*wasm\/splitsign\.wasm\1/, '"./wasm/splitsign.wasm"'));
  await copyFile(wasmPath, join(folder, 'splitsign.wasm'));
  await writeFile(join(folder, 'config.capnp'), CONFIG);
  server = spawn(workerd.default ?? workerd, ['serve', '--control-fd=3', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  url = await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    server.stdio[3].on('data', (line) => {
      const { event, port } = JSON.parse(`${line}`.split('\n')[0]);
      if (event === 'listen') resolve(`http://127.0.0.1:${port}/`);
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
    results ??= fetch(url).then((response) => response.json());
    const result = (await results).find((one) => one.name === name);
    assert.ok(result, 'the worker did not run this');
    assert.equal(result.error, undefined);
  });
}

test('workerd: signs through a signer', async () => {
  const signer = await fakeSigner();
  try {
    const response = await fetch(`${url}?signer=${encodeURIComponent(signer.url)}`);
    assert.deepEqual(await response.json(), { payload: 'hello' });
  } finally {
    await signer.close();
  }
});
