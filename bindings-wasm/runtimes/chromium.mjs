// A real Chromium without a window, and what is served to it on loopback.
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

// Without the last ones it asks hosts of its maker for news, at every start.
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Starts it; it ends when this process does. */
export async function launch() {
  return chromium.launch({ executablePath: installed(), args: FLAGS });
}

function installed() {
  const folders = (process.env.PATH ?? '').split(':');
  const found = folders.map((folder) => `${folder}/chromium`).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('there is no program `chromium`: install it, on Debian by `apt-get install chromium`');
  return found;
}

/**
 * Serves a page that runs one script, an ES module.
 * @param {string} script
 * @param {string} [policy] its Content-Security-Policy
 */
async function servePage(script, policy) {
  const headers = {
    // Else there is no memory that threads share, and the suite wants to see it refused.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    ...(policy === undefined ? {} : { 'Content-Security-Policy': policy }),
  };
  const files = {
    '/': ['text/html', '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>'],
    '/script.js': ['text/javascript', script],
  };
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? ['text/plain', undefined];
    response.writeHead(body === undefined ? 404 : 200, { ...headers, 'Content-Type': `${type}; charset=utf-8` }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Opens a page that ran that script.
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<{ page: import('playwright-core').Page, close: () => Promise<void> }>}
 */
export async function openPage(browser, script, policy) {
  const { url, stop } = await servePage(script, policy);
  const page = await browser.newPage();
  const close = async () => {
    await page.close();
    stop();
  };
  const failed = new Promise((_, reject) => page.once('pageerror', reject));
  try {
    // The page is loaded when its module was run.
    await Promise.race([failed, page.goto(url)]);
  } catch (error) {
    await close();
    throw error;
  }
  failed.catch((error) => console.error(`the page failed: ${error}`));
  return { page, close };
}

/** What the global `name` of a page comes to, a promise perhaps. */
export async function inPage(browser, script, { policy, name = 'results' } = {}) {
  const { page, close } = await openPage(browser, script, policy);
  try {
    return await page.evaluate((global) => globalThis[global], name);
  } finally {
    await close();
  }
}
