// Bundles as wrangler does for Workers, and as a web build does: the package is found by its own name.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text of one ES module made of `source` and all that it imports. `.wasm` stays outside, as a module of its own. */
export async function bundle(source, conditions) {
  const result = await build({
    stdin: { contents: source, resolveDir: `${root}test`, sourcefile: 'entry.mjs' },
    bundle: true, write: false, format: 'esm', target: 'es2022', conditions, external: ['*.wasm', 'node:*'], logLevel: 'silent',
    platform: conditions.includes('browser') ? 'browser' : 'neutral',
  });
  return result.outputFiles[0].text;
}

/** The two builds. */
export const baselinePath = `${root}js/wasm/splitsign.wasm`;
export const simdPath = `${root}js/wasm/splitsign.simd.wasm`;
