// The suite in the real Workers runtime.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundle } from './bundle.mjs';
import { fakeSigner } from './fake-signer.mjs';
import { perName } from './per-name.mjs';
import { serve, version } from './workerd.mjs';

/** The second date is before `cache` could be said to `fetch` (cache_option_enabled, 2024-11-11). */
const DATES = { main: '2025-06-01', old: '2024-09-23' };

let server;
before(async () => {
  server = await serve(await bundle(`export { default } from './worker.mjs'`, ['workerd', 'worker', 'browser']), DATES);
});
after(() => server?.stop());

perName('workerd', async () => {
  const answer = await (await fetch(server.urls.main)).json();
  return { ...answer, runtime: `${answer.runtime} (workerd ${version})` };
});

for (const [name, date] of Object.entries(DATES)) {
  test(`workerd of ${date}: signs through a signer, and no cache answers for it`, async () => {
    const signer = await fakeSigner();
    try {
      const response = await fetch(`${server.urls[name]}?signer=${encodeURIComponent(signer.url)}`);
      assert.deepEqual(await response.json(), { payload: 'hello' });
      const [descriptor] = signer.requests;
      assert.equal(descriptor.method, 'GET');
      assert.match(descriptor.headers['cache-control'], /^no-(cache|store)$/);
    } finally {
      await signer.close();
    }
  });
}
