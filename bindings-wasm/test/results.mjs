// The suite, wherever this is: what came out, in a form that goes through a pipe, over HTTP or out of a page.

/** `tests` is what `suite` gives. Tests behind one that fails still run. */
export async function results(tests) {
  const all = [];
  for (const [name, run] of tests) {
    try {
      await run();
      all.push({ name });
    } catch (error) {
      all.push({ name, error: `${error?.stack ?? error}` });
    }
  }
  return { runtime: globalThis.navigator?.userAgent ?? 'a runtime without a name', results: all };
}
