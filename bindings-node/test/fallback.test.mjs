// Native where it is there, WebAssembly where it is not, and silence about it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TARGETS, VERSION } from '../../bindings-wasm/js/backend/targets.js';

const checkout = fileURLToPath(new URL('../../bindings-wasm', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'splitsign-fallback-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// The package without a package of an addon beside it.
const alone = join(folder, 'node_modules/splitsign');
for (const name of ['js', 'package.json']) cpSync(join(checkout, name), join(alone, name), { recursive: true });

const SAY = `import { backend, sha256 } from 'splitsign';
  try { console.log(backend(), sha256('hello')[0]); } catch (error) { console.log(error.code, error.cause?.errors?.length, error.message); }`;

/** What a program prints that is in the package's folder, or beside it. */
function said({ cwd = checkout, options = [], backend, source = SAY }) {
  const { SPLITSIGN_BACKEND: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  if (backend !== undefined) env.SPLITSIGN_BACKEND = backend;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, '--input-type=module', '-e', source], { cwd, env, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return { stdout: stdout.trim(), stderr };
}

test('the addon where it is installed', () => {
  for (const backend of [undefined, '', 'native']) assert.deepEqual(said({ backend }), { stdout: 'native 44', stderr: '' });
});

test('WebAssembly where SPLITSIGN_BACKEND says so', () => {
  assert.deepEqual(said({ backend: 'wasm' }), { stdout: 'wasm 44', stderr: '' });
});

test('WebAssembly, without a word, where no addon is installed', () => {
  assert.deepEqual(said({ cwd: folder }), { stdout: 'wasm 44', stderr: '' });
});

test('WebAssembly, without a word, where Node loads no addons', () => {
  assert.deepEqual(said({ options: ['--no-addons'] }), { stdout: 'wasm 44', stderr: '' });
  const [major] = process.versions.node.split('.').map(Number);
  const permission = major >= 23 ? '--permission' : '--experimental-permission';
  const options = [permission, '--allow-fs-read=*', '--no-warnings'];
  assert.deepEqual(said({ options }), { stdout: 'wasm 44', stderr: '' });
});

test('an error that says why, where the addon is demanded and is not there', () => {
  const { stdout } = said({ cwd: folder, backend: 'native' });
  assert.match(stdout, /^native_unavailable \d native_unavailable \(3010\): There is no native addon/);
  assert.match(said({ options: ['--no-addons'], backend: 'native' }).stdout, /^native_unavailable/);
});

test('a misspelt backend is refused, and names the variable', () => {
  assert.match(said({ backend: 'navite' }).stdout, /^invalid_argument undefined invalid_argument \(5\): .*SPLITSIGN_BACKEND.*'navite'/);
});

test('an addon of another version, one that is no addon, and one that cannot be loaded are not used', () => {
  const [target] = TARGETS[`${process.platform}-${process.arch}`];
  const place = join(folder, `node_modules/@splitsign/node-${target}`);
  const cases = {
    'another version': `module.exports = { version: () => '${VERSION}-other', call() { throw new Error('called'); } };`,
    'no addon': 'module.exports = {};',
    'one that throws': 'throw new Error("wrong C library");',
  };
  for (const [name, text] of Object.entries(cases)) {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'index.js'), text);
    assert.deepEqual(said({ cwd: folder }), { stdout: 'wasm 44', stderr: '' }, name);
    assert.match(said({ cwd: folder, backend: 'native' }).stdout, /^native_unavailable/, name);
  }
  writeFileSync(join(place, 'index.js'), '');
  writeFileSync(join(place, 'package.json'), '{"main":"splitsign.node"}');
  writeFileSync(join(place, 'splitsign.node'), 'not a library');
  assert.deepEqual(said({ cwd: folder }), { stdout: 'wasm 44', stderr: '' });
  rmSync(place, { recursive: true });
});

test('an addon that stops is an error with its cause, and not the end of the process', () => {
  const [target] = TARGETS[`${process.platform}-${process.arch}`];
  const place = join(folder, `node_modules/@splitsign/node-${target}`);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'index.js'), `module.exports = { version: () => '${VERSION}', call() { throw new Error('stopped'); } };`);
  const source = `import { sha256 } from 'splitsign'; try { sha256('hello'); } catch (error) { console.log(error.code, error.cause.message); }`;
  assert.equal(said({ cwd: folder, source }).stdout, 'native_stopped stopped');
  rmSync(place, { recursive: true });
});

test('to import loads nothing: neither the addon nor the module', () => {
  const source = `import process from 'node:process'; let loaded = 0; const { dlopen } = process;
    process.dlopen = (...all) => (loaded++, dlopen.apply(process, all));
    WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: () => { throw new Error('compiled'); } });
    const { sha256 } = await import('splitsign'); const before = loaded; sha256('hello'); console.log(before, loaded);`;
  assert.equal(said({ source }).stdout, '0 1');
});
