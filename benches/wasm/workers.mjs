// Which SHA-256 is fastest in Workers, by size: `node workers.mjs`. A Worker's clock stands still while it computes, so it hashes
// many times for each request, and the requests are timed from here. The package must be built (`cargo xtask wasm`).
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../bindings-wasm/', import.meta.url));
const WAYS = ['nothing', 'core', 'digestStream4k', 'digestStream64k', 'subtleCopied'];
const SIZES_KIB = [1, 4, 16, 64, 256, 1024];
const REQUESTS = 5;
/** Bytes that a request hashes, more or less; and hashes at most. */
const [REQUEST_BYTES, REQUEST_HASHES] = [30e6, 2000];

/** `Digest` is the core, whoever else there is. */
const WORKER = `
import { Digest } from 'splitsign';
const streamed = (size) => async (data) => {
  const stream = new crypto.DigestStream('SHA-256');
  const writer = stream.getWriter();
  for (let at = 0; at < data.length; at += size) await writer.write(data.subarray(at, at + size));
  await writer.close();
  return stream.digest;
};
const copied = (data) => {
  const all = new Uint8Array(60 + data.length);
  all.set(data, 60);
  return crypto.subtle.digest('SHA-256', all);
};
const ways = {
  nothing: () => {}, core: (data) => new Digest().update(data).finish(), digestStream4k: streamed(4096), digestStream64k: streamed(65536),
  subtleCopied: copied,
};
export default {
  async fetch(request) {
    const asked = new URL(request.url).searchParams;
    const [way, data] = [ways[asked.get('way')], new Uint8Array(Number(asked.get('bytes')))];
    for (let left = Number(asked.get('times')); left > 0; left--) await way(data);
    return new Response('done');
  },
};`;

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "wasm/splitsign.simd.wasm", wasm = embed "splitsign.simd.wasm")],
    compatibilityDate = "2025-06-01"))],
  sockets = [(name = "main", address = "127.0.0.1:0", http = (), service = "main")]
);`;

async function start(folder) {
  const require = createRequire(`${PACKAGE}test/`);
  const { bundle } = await import(`${PACKAGE}test/bundle.mjs`);
  const script = await bundle(WORKER, ['workerd', 'worker', 'browser']);
  await writeFile(join(folder, 'worker.js'), script.replace(/(['"])[^'"]*wasm\/splitsign\.simd\.wasm\1/, '"./wasm/splitsign.simd.wasm"'));
  await copyFile(`${PACKAGE}js/wasm/splitsign.simd.wasm`, join(folder, 'splitsign.simd.wasm'));
  await writeFile(join(folder, 'config.capnp'), CONFIG);
  const workerd = require('workerd');
  const server = spawn(workerd.default ?? workerd, ['serve', '--control-fd=3', join(folder, 'config.capnp')], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const port = await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    server.stdio[3].once('data', (line) => resolve(JSON.parse(`${line}`.split('\n')[0]).port));
  });
  server.removeAllListeners('exit');
  return { server, url: `http://127.0.0.1:${port}/` };
}

async function microseconds(url, way, kib) {
  const bytes = kib * 1024;
  const times = Math.max(3, Math.min(REQUEST_HASHES, Math.round(REQUEST_BYTES / bytes)));
  const samples = [];
  for (let request = 0; request < REQUESTS; request++) {
    const started = performance.now();
    const response = await fetch(`${url}?way=${way}&bytes=${bytes}&times=${times}`);
    if ((await response.text()) !== 'done') throw new Error(`${way}: HTTP ${response.status}`);
    samples.push((performance.now() - started) * 1000 / times);
  }
  return samples.sort((one, other) => one - other)[REQUESTS >> 1];
}

const folder = await mkdtemp(join(tmpdir(), 'splitsign-workers-'));
let server;
try {
  let url;
  ({ server, url } = await start(folder));
  console.log(['KiB'.padStart(6), ...WAYS.map((way) => way.padStart(16))].join(''));
  for (const kib of SIZES_KIB) {
    const cells = [];
    for (const way of WAYS) cells.push((await microseconds(url, way, kib)).toFixed(1).padStart(16));
    console.log([`${kib}`.padStart(6), ...cells].join(''));
  }
} finally {
  server?.kill();
  await rm(folder, { recursive: true, force: true });
}
