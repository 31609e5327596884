// What `npm test` says of failures: it ends with node's summary, fails when a test does, and no `todo` hides one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [program, ...options] = scripts.test.split(' ').slice(0, -1);

const CASES = {
  'all is well': [0, `test('one', () => {});`],
  'a failure': [1, `test('one', () => {}); test('two', () => { throw new Error('two'); });`],
  'a todo that fails': [0, `test('one', { todo: 'later' }, () => { throw new Error('one'); });`],
  'a failure beside a todo': [1, `test('one', { todo: 'later' }, () => { throw new Error('one'); }); test('two', () => { throw new Error('two'); });`],
  'a failure inside a todo': [1, `test('one', { todo: 'later' }, (t) => t.test('two', () => { throw new Error('two'); }));`],
  'a file that cannot be loaded': [1, `import 'no-such-package';`],
};

for (const [name, [expected, source]] of Object.entries(CASES)) {
  test(`npm test: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'splitsign-runner-'));
    try {
      const file = join(folder, 'one.test.mjs');
      writeFileSync(file, `import { test } from 'node:test';\n${source}\n`);
      // Else node takes it for a part of this run.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      assert.equal(program, 'node');
      const { status, stdout } = spawnSync(process.execPath, [...options, file], { env, encoding: 'utf8' });
      assert.equal(status, expected, stdout);
      assert.match(stdout, /\n# fail \d+\n# cancelled \d+\n# skipped \d+\n# todo \d+\n# duration_ms [\d.]+\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test('nothing is a todo, and nothing is skipped', () => {
  const folder = new URL('./', import.meta.url);
  const found = readdirSync(folder).filter((file) => file.endsWith('.test.mjs') && file !== 'runner.test.mjs')
    .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').split('\n'))
    .filter((line) => /\b(todo|skip|only)\b\s*[:(]/.test(line));
  assert.deepEqual(found, []);
});
