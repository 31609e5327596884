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
