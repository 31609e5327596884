// Runtimes that npm installs as programs.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const entry = fileURLToPath(new URL('entry.mjs', import.meta.url));

/** What results.mjs says in it. Where there is a choice, it is WebAssembly that is tested here. */
export async function inProgram(name, options) {
  const env = { ...process.env, SPLITSIGN_BACKEND: 'wasm' };
  const program = fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));
  const { stdout } = await promisify(execFile)(program, [...options, entry], { env, maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}
