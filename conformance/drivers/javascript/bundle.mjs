// The driver and the package as one module, for runtimes that read no files.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../bindings-wasm/test/bundle.mjs';

const { version } = JSON.parse(readFileSync(new URL('../../../bindings-wasm/package.json', import.meta.url), 'utf8'));

/**
 * @param {string} name of the driver
 * @param {string} runtime what it runs in, with its version
 * @param {string[]} conditions by which the package is resolved
 * @param {string} rest of the module, where `answer` is the driver's
 */
export function bundled(name, runtime, conditions, rest) {
  const path = fileURLToPath(new URL('driver.mjs', import.meta.url));
  return bundle(`import * as splitsign from 'splitsign';
    import { driver } from ${JSON.stringify(path)};
    const answer = driver(splitsign, ${JSON.stringify(name)}, ${JSON.stringify(`${version} in ${runtime}`)});
    ${rest}`, conditions);
}
