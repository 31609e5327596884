// The suite in every Node that we have: the one that runs this, and those from npm; each with both backends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { suite } from '../../bindings-wasm/test/suite.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const { optionalDependencies } = JSON.parse(readFileSync(path('../package.json'), 'utf8'));
const system = `${process.platform}-${process.arch}`;
const fitting = Object.keys(optionalDependencies).filter((name) => name.endsWith(`-${system}`));
const programs = [process.execPath, ...fitting.map((name) => path(`../node_modules/${name}/bin/node`))];
const expected = suite(await import('../../bindings-wasm/js/index.js')).length;

test('there are other versions of Node than the one that runs this', (t) => {
  t.diagnostic(`${fitting.length} for ${system}: ${fitting.join(', ') || 'none; only this one is tested'}`);
  assert.ok(system !== 'linux-x64' || fitting.length >= 2);
  for (const program of programs) assert.ok(existsSync(program), `${program} is missing: npm ci`);
});

for (const program of programs) {
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  for (const backend of ['native', 'wasm']) {
    test(`${version}, ${backend}: the suite`, () => {
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { status, stdout } = spawnSync(program, ['--test', '--test-reporter=tap', path('../../bindings-wasm/test/node.test.mjs')], {
        env: { ...env, SPLITSIGN_BACKEND: backend }, encoding: 'utf8',
      });
      assert.equal(status, 0, stdout);
      assert.equal(Number(/^# pass (\d+)$/m.exec(stdout)?.[1]), expected, stdout);
      const say = `import('splitsign').then(({ backend }) => console.log(process.version, backend()))`;
      const said = spawnSync(program, ['-e', say], { cwd: path('../../bindings-wasm'), env: { ...env, SPLITSIGN_BACKEND: backend }, encoding: 'utf8' });
      assert.equal(said.stdout.trim(), `${version} ${backend}`);
    });
  }
}
