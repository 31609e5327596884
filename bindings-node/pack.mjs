// The npm packages as they are published: `splitsign`, and the one with the addon for the system that is named.
//
// In the checkout, package.json does not name the addons' packages, as `npm ci` would then ask a registry for versions
// that are not there yet. Here they become optional dependencies.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TARGETS, VERSION } from '../bindings-wasm/js/backend/targets.js';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const [, , target] = process.argv;
const staged = path('dist/splitsign');

rmSync(path('dist'), { recursive: true, force: true });
mkdirSync(staged, { recursive: true });
const { private: _, scripts: __, devDependencies: ___, ...manifest } = JSON.parse(readFileSync(path('../bindings-wasm/package.json'), 'utf8'));
manifest.files.push('LICENSE-*');
manifest.optionalDependencies = Object.fromEntries(Object.values(TARGETS).flat().map((name) => [`@splitsign/node-${name}`, VERSION]));
writeFileSync(`${staged}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
for (const name of ['js', 'README.md']) cpSync(path(`../bindings-wasm/${name}`), `${staged}/${name}`, { recursive: true });
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) cpSync(path(`../${name}`), `${staged}/${name}`);

for (const folder of [staged, path(`npm/${target}`)]) {
  const options = ['pack', '--silent', '--ignore-scripts', '--pack-destination', path('dist')];
  execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', options, { cwd: folder, shell: process.platform === 'win32' });
}
