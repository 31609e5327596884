// What bundlers make of an entry beside this file, as text; they find the package by its name, as they would for anybody.
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import * as vite from 'vite';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** By esbuild, for 'browser', 'node' or 'neutral'. */
export async function byEsbuild(entry, platform, more) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [folder + entry], bundle: true, write: false, format: 'esm', platform, logLevel: 'silent', outdir: folder, ...more,
  });
  return outputFiles[0].text;
}

/** By vite, with what it does when nobody says otherwise but one file of output; `ssr` is for Node. */
export async function byVite(entry, ssr = false, more = {}) {
  const built = await vite.build({
    root: folder, configFile: false, logLevel: 'silent',
    // Else what a server needs would be imported from node_modules.
    ssr: { noExternal: true },
    build: { write: false, ssr, modulePreload: false, rollupOptions: { input: folder + entry, output: { format: 'es' } }, ...more },
  });
  const { output } = Array.isArray(built) ? built[0] : built;
  const chunks = output.filter(({ type }) => type === 'chunk');
  if (output.length !== 1) throw new Error(`vite made ${output.map(({ fileName }) => fileName)}`);
  return chunks[0].code;
}
