// The subpaths of the package in bundles, where each bundle is meant to run; chromium.test.mjs has the whole suite in two.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from '../test/workerd.mjs';
import { byEsbuild, byVite } from './bundlers.mjs';
import { inPage, launch } from './chromium.mjs';

const EXPECTED = { cose: 'hello', jws: 'hello', dsse: 'hello', digest: 0x2c, signer: 'function' };

/** Away from the package, so that nothing beside the bundle can be found. */
function inNode(bundle) {
  const folder = mkdtempSync(join(tmpdir(), 'splitsign-bundle-'));
  try {
    writeFileSync(join(folder, 'bundle.mjs'), bundle);
    return JSON.parse(execFileSync(process.execPath, [join(folder, 'bundle.mjs')], { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inWorkerd(bundle) {
  const { urls, stop } = await serve(bundle, { main: '2025-06-01' });
  try {
    return await (await fetch(urls.main)).json();
  } finally {
    await stop();
  }
}

async function inChromium(bundle) {
  const browser = await launch();
  try {
    return await inPage(browser, bundle);
  } finally {
    await browser.close();
  }
}

// As wrangler has it: the module stays a module, and is not made text.
const WORKERD = { conditions: ['workerd', 'worker', 'browser'], external: ['*.wasm'] };

for (const [bundler, runtime, run, bundle] of [
  ['esbuild', 'Chromium', inChromium, () => byEsbuild('entry.formats.mjs', 'browser')],
  ['vite', 'Chromium', inChromium, () => byVite('entry.formats.mjs')],
  ['esbuild', 'Node', inNode, () => byEsbuild('entry.formats.mjs', 'node')],
  ['vite', 'Node', inNode, () => byVite('entry.formats.mjs', true)],
  ['esbuild', 'workerd', inWorkerd, () => byEsbuild('entry.worker.mjs', 'neutral', WORKERD)],
]) {
  test(`a bundle of ${bundler} does all formats in ${runtime}`, async () => {
    assert.deepEqual(await run(await bundle()), EXPECTED);
  });
}

test('a bundle of one format has nothing of the others, with either bundler', async () => {
  for (const bundle of [() => byEsbuild('entry.jws.mjs', 'browser', { minify: false }), () => byVite('entry.jws.mjs', false, { minify: false })]) {
    const text = await bundle();
    assert.match(text, /JwsDraft/);
    for (const foreign of ['CoseDraft', 'DsseDraft', 'createSigner']) assert.ok(!text.includes(foreign), foreign);
  }
});
