// The driver in a page of a real Chromium, which is asked through the browser's own debugging interface.
import { launch, openPage } from '../../../bindings-wasm/runtimes/chromium.mjs';
import { bundled } from './bundle.mjs';
import { answerLines } from './lines.mjs';

const browser = await launch();
try {
  const script = await bundled('wasm-browser', `Chromium ${browser.version()}`, ['browser', 'import'], 'globalThis.answer = answer;');
  const { page, close } = await openPage(browser, script);
  try {
    await answerLines((line) => page.evaluate((text) => JSON.stringify(globalThis.answer(JSON.parse(text))), line));
  } finally {
    await close();
  }
} finally {
  await browser.close();
}
