// Our npm package against its peers, in this process: `cargo xtask bench` runs this, and makes a table of what it
// prints. Arguments: rounds, passes, milliseconds to warm up, the modules of core/ and p256/.
import { arch, cpus, platform } from 'node:os';
import * as splitsign from '../../bindings-wasm/js/index.js';
import { borders } from './border.mjs';
import { preparations } from './preparation.mjs';
import { measure } from './rounds.mjs';
import { verifications } from './verification.mjs';

const [rounds, passes, warmMs] = process.argv.slice(2, 5).map(Number);
const [core, p256] = process.argv.slice(5);

// By default Node takes the native addon where there is one: bench-native.mjs is for that.
if ((splitsign.backend?.() ?? 'wasm') !== 'wasm') throw new Error('this must run with SPLITSIGN_BACKEND=wasm');

const samples = {};
for (const group of [await verifications({ core, p256 }), preparations(), await borders({ core })]) {
  Object.assign(samples, await measure(group, { rounds, passes, warmMs }));
}
const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, os: platform(), arch: arch() };
console.log(JSON.stringify({ samples, facts: { date: new Date().toISOString().slice(0, 10), node: process.version, machine } }));
