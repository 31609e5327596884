// The suite, wherever this is: what came out, in a form that goes through a pipe, over HTTP or out of a page.
import { suite } from './suite.mjs';

/** Runs everything; tests behind one that fails still run. */
export async function results(splitsign) {
  const all = [];
  for (const [name, run] of suite(splitsign)) {
    try {
      await run();
      all.push({ name });
    } catch (error) {
      all.push({ name, error: `${error?.stack ?? error}` });
    }
  }
  return { runtime: globalThis.navigator?.userAgent ?? 'a runtime without a name', backend: splitsign.backend(), results: all };
}
