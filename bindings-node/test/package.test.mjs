// The packages as they are published: what is in them, what the linters of packages say, and what a new user gets.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TARGETS, VERSION } from '../../bindings-wasm/js/backend/targets.js';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const root = path('../..');
const tarballs = readdirSync(path('../dist')).filter((name) => name.endsWith('.tgz'));
const [main] = tarballs.filter((name) => name === `splitsign-${VERSION}.tgz`);
const [native] = tarballs.filter((name) => name.startsWith('splitsign-node-'));
const { NODE_TEST_CONTEXT: _, SPLITSIGN_BACKEND: __, ...env } = process.env;

let folder;
before(() => (folder = mkdtempSync(join(tmpdir(), 'splitsign-package-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A tarball, unpacked: the folder. */
function unpacked(name) {
  const to = mkdtempSync(join(folder, 'unpacked-'));
  execFileSync('tar', ['-xzf', path(`../dist/${name}`), '-C', to]);
  return join(to, 'package');
}

function files(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

const manifest = (directory) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));

for (const name of [main, native]) {
  test(`${name}: publint has nothing to say`, () => {
    const { status, stdout } = spawnSync(process.execPath, [path('../node_modules/publint/src/cli.js'), path(`../dist/${name}`), '--strict'], { env, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /All good!/);
  });

  test(`${name}: nothing in it says where it was built, and nothing runs when it is installed`, () => {
    const directory = unpacked(name);
    const all = files(directory);
    assert.ok(all.length > 2);
    for (const file of all) {
      const text = readFileSync(file, 'latin1');
      for (const trace of [root, homedir() + '/', '/home/', '.rustup', '.cargo/']) assert.ok(!text.includes(trace), `${file} has ${trace}`);
      assert.doesNotMatch(file, /(\.test\.|\/test\/|node_modules|\.new$|\.map$)/);
    }
    const { scripts, devDependencies, dependencies, private: hidden } = manifest(directory);
    assert.deepEqual([scripts, devDependencies, dependencies, hidden], [undefined, undefined, undefined, undefined]);
  });
}

test('are the types wrong? no, for whoever imports ES modules', () => {
  // CommonJS can `require` them since Node 20.19, which attw does not know; `node10` knows no subpaths.
  const program = path('../node_modules/@arethetypeswrong/cli/dist/index.js');
  const { status, stdout } = spawnSync(process.execPath, [program, path(`../dist/${main}`), '--profile', 'esm-only', '--format', 'json'], { env, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  const { analysis } = JSON.parse(stdout);
  assert.ok(analysis.types, 'there are types');
  const { exports } = manifest(unpacked(main));
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), Object.keys(exports).sort());
});

test('types come first, every condition has a file, and nothing has side effects', () => {
  const directory = unpacked(main);
  const { exports, imports, sideEffects } = manifest(directory);
  assert.equal(sideEffects, false);
  for (const [name, conditions] of Object.entries(exports)) {
    if (typeof conditions === 'string') continue;
    assert.deepEqual(Object.keys(conditions), ['types', 'default'], name);
  }
  for (const [name, conditions] of Object.entries(imports)) {
    assert.deepEqual(Object.keys(conditions), ['workerd', 'edge-light', 'deno', 'bun', 'node', 'browser', 'default'], name);
  }
  for (const file of [...Object.values(exports), ...Object.values(imports)].flatMap((one) => (typeof one === 'string' ? one : Object.values(one)))) {
    assert.ok(existsSync(join(directory, file)), file);
  }
});

test('the addons are optional dependencies, all of them and of this very version', () => {
  const expected = Object.values(TARGETS).flat().map((target) => [`@splitsign/node-${target}`, VERSION]);
  assert.deepEqual(manifest(unpacked(main)).optionalDependencies, Object.fromEntries(expected));
  for (const [name] of expected) {
    const target = name.slice('@splitsign/node-'.length);
    const described = manifest(path(`../npm/${target}`));
    assert.deepEqual([described.name, described.version, described.files], [name, VERSION, ['splitsign.node']]);
    const [os, cpu, libc] = target.split('-');
    const fits = { gnu: ['glibc'], musl: ['musl'] }[libc];
    assert.deepEqual([described.os, described.cpu, described.libc], [[os], [cpu], fits]);
  }
  const { files: only, os } = manifest(unpacked(native));
  assert.deepEqual([only, os], [['splitsign.node'], [process.platform]]);
});

/** Appendix A.3.1: what the README's program must come to. */
const RFC_7515_TOKEN = 'eyJhbGciOiJFUzI1NiJ9' +
  '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
  '.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';

/** The program of ten lines in the README. */
function fromReadme() {
  const text = readFileSync(join(unpacked(main), 'README.md'), 'utf8');
  const [, program] = /<!-- test: a new user's first program -->\n```js\n([\s\S]*?)```/.exec(text) ?? [];
  assert.ok(program, 'the README has no such program');
  assert.ok(program.trim().split('\n').filter((line) => line.trim() !== '').length <= 10, 'that is more than ten lines');
  return program;
}

for (const [backend, packages] of [['native', [main, native]], ['wasm', [main]]]) {
  test(`installed into an empty project, the README's program runs: ${backend}`, () => {
    const project = mkdtempSync(join(folder, 'project-'));
    writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}');
    // No registry is asked for the addons of other systems, which it may not have yet.
    const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...packages.map((name) => path(`../dist/${name}`))];
    execFileSync('npm', install, { cwd: project, env, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
    writeFileSync(join(project, 'first.js'), fromReadme());
    writeFileSync(join(project, 'which.js'), `import { backend } from 'splitsign'; console.log(backend());`);
    const run = (file) => execFileSync(process.execPath, [file], { cwd: project, env, encoding: 'utf8' }).trim();
    assert.equal(run('which.js'), backend);
    const [token, payload] = run('first.js').split('\n');
    assert.equal(token, RFC_7515_TOKEN);
    assert.equal(payload.trim(), '{"iss":"joe",');
  });
}
