// The driver in Node, Deno and Bun. The argument is its name: `wasm-…`, or another one for the native addon.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { driver } from './driver.mjs';
import { answerLines } from './lines.mjs';

const [name] = process.argv.slice(2);
// Before the package is imported, which would else take what it likes best.
const backend = name.startsWith('wasm-') ? 'wasm' : 'native';
process.env.SPLITSIGN_BACKEND = backend;
const splitsign = await import('splitsign');
if (splitsign.backend() !== backend) throw new Error(`${name} runs ${splitsign.backend()}`);
const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('splitsign/package.json')), 'utf8'));
const runtime = globalThis.navigator?.userAgent ?? `Node.js/${process.versions.node}`;

const answer = driver(splitsign, name, `${version} in ${runtime}`);
await answerLines((line) => JSON.stringify(answer(JSON.parse(line))));
