// The real Workers runtime, started with a script that was bundled as wrangler bundles it.
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import workerd from 'workerd';
import { simdPath } from './bundle.mjs';

/** What runs, for whoever writes it down. */
export const version = createRequire(import.meta.url)('workerd/package.json').version;

// Runs $@ until it ends, or until nobody holds the other end of standard input: nothing is left when we are killed.
const WATCHED = 'exec 4<&0; { cat <&4 >/dev/null; kill $$; } & exec 4<&-; exec "$@"';

const worker = ([name, { date, flags = [] }]) => `(name = "${name}", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "wasm/splitsign.simd.wasm", wasm = embed "splitsign.simd.wasm")],
      compatibilityDate = "${date}", compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(', ')}], globalOutbound = "loopback"))`;
const socket = ([name]) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`;

const config = (workers) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${workers.map(worker).join(',\n    ')},
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [${workers.map(socket).join(', ')}]
);`;

/**
 * Starts it, with one worker for each compatibility date, or date and flags; they may fetch from this machine.
 * @param {string} script an ES module with all that it imports but the WASM module
 * @param {Record<string, string | { date: string, flags?: string[] }>} dates by name
 * @returns {Promise<{ urls: Record<string, string>, stop: () => Promise<void> }>}
 */
export async function serve(script, dates) {
  const folder = await mkdtemp(join(tmpdir(), 'splitsign-workerd-'));
  const workers = Object.entries(dates).map(([name, given]) => [name, typeof given === 'string' ? { date: given } : given]);
  // What esbuild leaves alone keeps the path as it stands in the package.
  await writeFile(join(folder, 'worker.js'), script.replace(/(['"])[^'"]*wasm\/splitsign\.simd\.wasm\1/, '"./wasm/splitsign.simd.wasm"'));
  await copyFile(simdPath, join(folder, 'splitsign.simd.wasm'));
  await writeFile(join(folder, 'config.capnp'), config(workers));
  const command = [workerd.default ?? workerd, 'serve', '--control-fd=3', join(folder, 'config.capnp')];
  const server = spawn('sh', ['-c', WATCHED, 'sh', ...command], { stdio: ['pipe', 2, 2, 'pipe'] });
  const ended = new Promise((resolve) => server.once('close', resolve));
  const stop = async () => {
    server.kill();
    server.stdin.destroy();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { urls: await listening(server, workers.length), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The addresses, once there are so many. */
function listening(server, count) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    const urls = {};
    let text = '';
    server.stdio[3].on('data', (piece) => {
      const lines = (text + piece).split('\n');
      text = lines.pop();
      for (const { event, socket: name, port } of lines.map((line) => JSON.parse(line))) {
        if (event === 'listen') urls[name] = `http://127.0.0.1:${port}/`;
      }
      if (Object.keys(urls).length === count) resolve(urls);
    });
  });
}
