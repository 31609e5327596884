// Bundles as wrangler does for Workers, and as a web build does: the package is found by its own name.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text of one ES module made of `source` and all that it imports. `.wasm` stays outside, as a module of its own. */
export async function bundle(source, conditions) {
  return (await bundled(source, conditions)).outputFiles[0].text;
}

/** The files of the package that contribute code to that text, as paths in its folder `js`. */
export async function contributors(source, conditions) {
  const { metafile } = await bundled(source, conditions);
  const [{ inputs }] = Object.values(metafile.outputs);
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return used.filter((path) => path !== 'test/entry.mjs').map((path) => path.slice(path.indexOf('js/') + 3)).sort();
}

function bundled(source, conditions) {
  return build({
    absWorkingDir: root, stdin: { contents: source, resolveDir: `${root}test`, sourcefile: 'test/entry.mjs' }, metafile: true,
    bundle: true, write: false, format: 'esm', target: 'es2022', conditions, external: ['*.wasm', '*.wasm?module', 'node:*'], logLevel: 'silent',
    platform: conditions.includes('browser') ? 'browser' : 'neutral',
  });
}

/** The two builds. */
export const baselinePath = `${root}js/wasm/splitsign.wasm`;
export const simdPath = `${root}js/wasm/splitsign.simd.wasm`;
