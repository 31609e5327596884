// Calls everything many times, and prints by how much the heap and the process grew after a tenth of it.
import process from 'node:process';
import * as record from '../../bindings-wasm/js/record.js';
import { call } from '../../bindings-wasm/js/instance.js';
import { Digest, PublicKey, cose, dsse, jws, sha256 } from '../../bindings-wasm/js/index.js';
import { START_DIGEST, STREAM_FREE } from '../../bindings-wasm/js/operations.js';
import { makeKey, sigStructure } from '../../bindings-wasm/test/oracle.mjs';

const PASSES = 11_000;
const payload = new Uint8Array(1024).fill(7);
const large = new Uint8Array(100_000).fill(8);
const key = await makeKey();
const publicKey = PublicKey.fromSpki(key.spki);
const signature = await key.sign(sigStructure({ payload }).tbs);
const object = cose.prepare({ payload }).attach(signature, publicKey);
let calls = 0;

function refused(act) {
  try {
    act();
  } catch (error) {
    if (error.name === 'SplitsignError') return;
    throw error;
  }
  throw new Error('accepted');
}

/** Ten calls of the core, or more. */
function pass(round) {
  sha256(payload);
  cose.prepare({ payload, kid: 'k' });
  jws.prepare({ payload, kid: 'k' });
  dsse.prepare({ payload, payloadType: 'a/b' });
  cose.inspect(object);
  refused(() => cose.inspect(object.subarray(2)));
  new Digest().update(payload).finish();
  // One is left to be forgotten: three calls, and one more by the collector.
  if (round % 50 === 0) new Digest().update(payload);
  calls += 9;
  if (round % 10 === 0) {
    cose.verify(object, { key: publicKey });
    publicKey.toSpki();
    // Results beside the room, of an array of their own.
    jws.prepare({ payload: large });
    calls += 3;
  }
}

/** After the collector, and after those that it tells of what was forgotten. */
async function used() {
  for (let times = 0; times < 5; times++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

async function passes(count) {
  for (let round = 0; round < count; round++) {
    pass(round);
    // So that the collector can say what was forgotten.
    if (round % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

await passes(PASSES / 10);
const before = await used();
await passes(PASSES);
const after = await used();
// The first place that is free: as many streams as are still open.
const place = call(START_DIGEST, 0);
const streams = record.number(place);
call(STREAM_FREE, 0, record.of(record.STREAM, place));
console.log(JSON.stringify({ calls, heap: after.heapUsed - before.heapUsed, resident: after.rss - before.rss, streams }));
