// What the package promises about itself: size, no waiting at import, nothing unwanted in the files, browsers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { baselinePath, bundle, contributors, simdPath } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(`${root}js`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !`${entry.parentPath ?? entry.path}`.includes('.new'))
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`);

/** Bytes, raw and with gzip, that each build must not grow beyond. */
const RAW_MAX = 90_000;
const GZIP_MAX = 41_000;

test('each build has at most 90 000 bytes, with all operations', (t) => {
  for (const path of [baselinePath, simdPath]) {
    const wasm = readFileSync(path);
    const compressed = gzipSync(wasm, { level: 9 });
    t.diagnostic(`${basename(path)}: ${wasm.length} bytes raw, ${compressed.length} bytes with gzip`);
    assert.ok(wasm.length <= RAW_MAX, `${path} has ${wasm.length} bytes raw`);
    assert.ok(compressed.length <= GZIP_MAX, `${path} has ${compressed.length} bytes with gzip`);
  }
});

/** Whether a module is valid only with SIMD. */
function usesVectors(wasm) {
  const module = binaryen.readBinary(wasm, binaryen.Features.All);
  module.setFeatures(binaryen.Features.All & ~binaryen.Features.SIMD128);
  return module.validate() === 0;
}

test('Node reads the build with SIMD, and the other one where validation refuses SIMD', () => {
  const script = `import { readFileSync } from 'node:fs'; import { operations } from 'splitsign';
    const Module = WebAssembly.Module; let given;
    WebAssembly.Module = new Proxy(Module, { construct: (target, all) => ((given = all[0]), new target(...all)) });
    operations();
    process.stdout.write(given);`;
  const loaded = (before) => execFileSync(process.execPath, ['--input-type=module', '-e', before + script], { cwd: root });
  assert.deepEqual(loaded(''), readFileSync(simdPath));
  assert.deepEqual(loaded('WebAssembly.validate = () => false;'), readFileSync(baselinePath));
  const module = (path) => new WebAssembly.Module(readFileSync(path));
  assert.deepEqual(WebAssembly.Module.exports(module(simdPath)), WebAssembly.Module.exports(module(baselinePath)));
  assert.ok(!usesVectors(readFileSync(baselinePath)), 'the baseline has vectors');
  assert.ok(usesVectors(readFileSync(simdPath)), 'the build with SIMD has no vectors');
});

test('importing makes no instance and waits for nothing', () => {
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const outside = readFileSync(file, 'utf8').split('\n').filter((line) => /^(await|export default await|const .*= await|for await)/.test(line));
    assert.deepEqual(outside, [], `${file} waits at its top level`);
  }
  // require() of an ES module refuses top-level await, wherever it is.
  const [major] = process.versions.node.split('.').map(Number);
  const flags = major >= 22 ? [] : ['--experimental-require-module', '--no-warnings'];
  const script = `const compiled = []; const Module = WebAssembly.Module;
    WebAssembly.Module = new Proxy(Module, { construct: (target, all) => (compiled.push(1), new target(...all)) });
    const { operations } = require('splitsign'); const before = compiled.length; operations();
    console.log(before, compiled.length);`;
  const printed = execFileSync(process.execPath, [...flags, '-e', script], { cwd: root, encoding: 'utf8' });
  assert.equal(printed.trim(), '0 1');
});

test('a payload without room is refused, and all works afterwards', async () => {
  const { cose, sha256 } = await import('splitsign');
  const before = sha256('hello');
  // Never written to, so that it costs nothing.
  for (const bytes of [2 ** 32 - 2 ** 16, 2 ** 32]) {
    const payload = new Uint8Array(bytes);
    // Without a cause: it did not stop, and nothing was written to a wrong place.
    assert.throws(() => cose.prepare({ payload }), (error) => error.code === 'wasm_stopped' && error.cause === undefined);
    assert.deepEqual(sha256('hello'), before);
  }
});

test('what was freed is room for what is larger', () => {
  const script = `import { cose } from 'splitsign';
    let memory; const Instance = WebAssembly.Instance;
    WebAssembly.Instance = new Proxy(Instance, { construct: (target, all) => {
      const made = new target(...all); memory = made.exports.memory; return made; } });
    for (let megabytes = 1; megabytes <= 16; megabytes++) cose.prepare({ payload: new Uint8Array(megabytes * 1e6) });
    console.log(memory.buffer.byteLength);`;
  const bytes = Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root }));
  assert.ok(bytes > 16e6 && bytes < 3 * 16e6, `${bytes} bytes of memory after a payload of 16 MB`);
});

test('no file says where it was built', () => {
  for (const file of files) {
    const text = readFileSync(file, 'latin1');
    // `/rustc/…` may be there: it is what the compiler calls its own library, on every machine.
    for (const trace of [root, '/root/', '/home/', '.rustup', '.cargo']) {
      assert.ok(!text.includes(trace), `${file} has ${trace}`);
    }
  }
  const lock = readFileSync(`${root}package-lock.json`, 'utf8');
  assert.ok(!lock.includes('"resolved"'), 'package-lock.json names a registry');
});

test('a bundle for browsers has all in it and works', async () => {
  const source = `import { sha256, PublicKey } from 'splitsign'; globalThis.result = sha256('hello')[0];`;
  const text = await bundle(source, ['browser', 'import']);
  assert.ok(!/from ['"]node:/.test(text), 'a browser has no node:');
  const context = vm.createContext({ atob, btoa, TextEncoder, TextDecoder, WebAssembly, Uint8Array, DataView, console, performance });
  vm.runInContext(`{${text}}`, context);
  assert.equal(context.result, 0x2c);
});

test('a bundle for browsers has the build with SIMD, and says so where there is none', async () => {
  const text = await bundle(`import { sha256 } from 'splitsign'; globalThis.digest = () => sha256('hello');`, ['browser', 'import']);
  assert.ok(text.includes(readFileSync(simdPath).toString('base64')), 'not the build with SIMD');
  assert.ok(!text.includes(readFileSync(baselinePath).toString('base64')), 'both builds');
  const context = vm.createContext({ atob, btoa, TextEncoder, TextDecoder, Uint8Array, DataView, console, performance });
  vm.runInContext(`WebAssembly.validate = () => false; {${text}}`, context);
  assert.throws(context.digest, { name: 'SplitsignError', code: 'wasm_unsupported' });
});

test('a bundle for workerd imports the build with SIMD', async () => {
  const text = await bundle(`export { sha256 } from 'splitsign';`, ['workerd', 'worker', 'browser']);
  assert.deepEqual(text.match(/[\w.]+\.wasm(?=["'])/g), ['splitsign.simd.wasm']);
});

/** Files that only one way to import needs. */
const OWN = {
  cose: ['cose.js'], jws: ['jws.js'], dsse: ['dsse.js'], digest: ['digest.js'], key: ['public-key.js'],
  signer: ['signer.js', 'http.js', 'descriptor-cache.js', 'descriptor.js', 'signed.js'],
};

test('importing one format brings nothing of the others, and only the signer brings all', async () => {
  for (const name of ['cose', 'jws', 'dsse', 'digest', 'key', 'signer']) {
    const used = await contributors(`import * as all from 'splitsign/${name}'; globalThis.all = all;`, ['workerd']);
    if (name !== 'key') assert.ok(used.includes(OWN[name][0]), `${name} has nothing of its own: ${used}`);
    const others = Object.entries(OWN).filter(([other]) => other !== name && name !== 'signer').flatMap(([, files]) => files);
    assert.deepEqual(used.filter((file) => others.includes(file)), [], name);
  }
  const text = await bundle(`export { prepare } from 'splitsign/jws';`, ['workerd']);
  assert.ok(text.includes('JWS_PREPARE'), 'the names are gone');
  for (const foreign of ['COSE_PREPARE', 'DSSE_PREPARE', 'createSigner', 'limitPresets']) assert.ok(!text.includes(foreign), foreign);
});

test('what is imported and not used is not there', async () => {
  assert.deepEqual(await contributors(`import 'splitsign';`, ['browser']), []);
  const used = await contributors(`import { sha256 } from 'splitsign'; globalThis.sha256 = sha256;`, ['browser']);
  for (const file of Object.entries(OWN).filter(([name]) => name !== 'digest').flatMap(([, files]) => files)) assert.ok(!used.includes(file), file);
});

/** Which files of the folders `backend` and `load` each runtime gets, and why: see docs/adr/0011 and 0010. */
const CHOSEN = [
  [['workerd', 'worker', 'browser'], ['backend/wasm.js'], 'splitsign.simd.wasm'],
  [['edge-light', 'browser'], ['backend/wasm.js'], 'splitsign.simd.wasm?module'],
  [['deno', 'node'], ['backend/wasm.js', 'load/inline.js', 'load/simd.js'], undefined],
  [['bun', 'node'], ['backend/native.js', 'backend/node.js', 'backend/targets.js', 'backend/wasm.js', 'load/node.js', 'load/simd.js'], undefined],
  [['node'], ['backend/native.js', 'backend/node.js', 'backend/targets.js', 'backend/wasm.js', 'load/node.js', 'load/simd.js'], undefined],
  [['browser'], ['backend/wasm.js', 'load/inline.js', 'load/simd.js'], undefined],
  [[], ['backend/wasm.js', 'load/inline.js', 'load/simd.js'], undefined],
];

for (const [conditions, expected, module] of CHOSEN) {
  test(`with the conditions ${conditions.join(', ') || 'none'}: ${expected.join(', ')}`, async () => {
    const source = `import { sha256 } from 'splitsign'; globalThis.sha256 = sha256;`;
    const used = (await contributors(source, conditions)).filter((file) => /^(backend|load)\//.test(file));
    assert.deepEqual(used.filter((file) => !/^load\/(workerd|edge-light)\.js$/.test(file)), expected);
    const [imported] = (await bundle(source, conditions)).match(/[\w.]+\.wasm(\?module)?(?=["'];)/) ?? [];
    assert.equal(imported, module);
  });
}
