// One worker thread: the suite, and what failed.
import { parentPort } from 'node:worker_threads';
import * as splitsign from '../../bindings-wasm/js/index.js';
import { suite } from '../../bindings-wasm/test/suite.mjs';

const failures = [];
for (const [name, run] of suite(splitsign)) {
  try {
    await run();
  } catch (error) {
    failures.push(`${name}: ${error?.stack}`);
  }
}
parentPort.postMessage({ backend: splitsign.backend(), failures });
