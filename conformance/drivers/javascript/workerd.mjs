// The driver in the real Workers runtime: lines go there over HTTP on loopback.
import { serve, version } from '../../../bindings-wasm/test/workerd.mjs';
import { bundled } from './bundle.mjs';
import { answerLines } from './lines.mjs';

const script = await bundled('wasm-workerd', `workerd ${version}`, ['workerd', 'worker', 'browser'], `
  export default { fetch: async (request) => Response.json(answer(await request.json())) };`);
const { urls, stop } = await serve(script, { main: '2025-06-01' });
try {
  await answerLines(async (line) => (await fetch(urls.main, { method: 'POST', body: line })).text());
} finally {
  await stop();
}
