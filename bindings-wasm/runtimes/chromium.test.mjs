// The suite in a real browser, from a bundle of esbuild and from one of vite.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { perName } from '../test/per-name.mjs';
import { byEsbuild, byVite } from './bundlers.mjs';
import { inPage, launch } from './chromium.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

perName('Chromium, bundled by esbuild', async () => inPage(browser, await byEsbuild('entry.browser.mjs', 'browser')));
perName('Chromium, bundled by vite', async () => inPage(browser, await byVite('entry.browser.mjs')));

// A page that may do nothing but run its own script; and one that may compile WebAssembly besides.
const STRICT = "default-src 'none'; script-src 'self'; img-src data:";
const WITH_WASM = STRICT.replace("'self'", "'self' 'wasm-unsafe-eval'");

for (const [bundler, bundled] of [['esbuild', (entry) => byEsbuild(entry, 'browser')], ['vite', byVite]]) {
  test(`Chromium, bundled by ${bundler}: under a policy with 'wasm-unsafe-eval' it works`, async () => {
    const outcome = await inPage(browser, await bundled('entry.policy.mjs'), { policy: WITH_WASM, name: 'outcome' });
    assert.equal(outcome.digest, '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  });

  test(`Chromium, bundled by ${bundler}: under a policy without it the error says what to add, again and again`, async () => {
    const outcome = await inPage(browser, await bundled('entry.policy.mjs'), { policy: STRICT, name: 'outcome' });
    assert.equal(outcome.errors.length, 2);
    for (const error of outcome.errors) {
      assert.deepEqual([error.name, error.code, error.number, error.cause], ['SplitsignError', 'wasm_forbidden', 3008, 'CompileError']);
      assert.match(error.message, /Content-Security-Policy/);
      assert.match(error.message, /'wasm-unsafe-eval'/);
    }
  });
}
