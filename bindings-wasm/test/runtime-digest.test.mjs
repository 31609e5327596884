// Whoever hashes, the bytes are the same: node:crypto, the DigestStream of Workers (here one that is made of node:crypto; the real
// one is in workerd.test.mjs), and the core. And it is the one that is meant.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as splitsign from 'splitsign';
import { streams } from './suite/streams.mjs';

const KIB = 1024;
const original = process.getBuiltinModule;

/** How often the runtime was asked for a digest. */
let asked = 0;

class DigestStream extends WritableStream {
  constructor() {
    const hash = createHash('sha256');
    let settle;
    const digest = new Promise((resolve, reject) => (settle = { resolve, reject }));
    super({
      // Later than the writer could have gone on without waiting.
      write: async (chunk) => (await null, void hash.update(chunk)),
      close: () => settle.resolve(new Uint8Array(hash.digest()).buffer),
      abort: (reason) => settle.reject(reason),
    });
    this.digest = digest;
    asked++;
  }
}

/** Ways to hash: what is put in place, and from how many bytes it is used, and whether for a length that is not known. */
const WAYS = {
  'node:crypto': { getBuiltinModule: (name) => (asked++, original(name)), from: 0, unknown: true },
  'a DigestStream': { DigestStream, from: 16 * KIB, unknown: true },
  'the core': { from: Infinity, unknown: false },
};

/** Does something with the runtime as one of WAYS has it. */
async function having({ getBuiltinModule, DigestStream: Stream }, act) {
  const real = globalThis.crypto;
  const value = { DigestStream: Stream, subtle: real.subtle };
  process.getBuiltinModule = getBuiltinModule;
  Object.defineProperty(globalThis, 'crypto', { configurable: true, writable: true, value });
  try {
    return await act();
  } finally {
    process.getBuiltinModule = original;
    Object.defineProperty(globalThis, 'crypto', { configurable: true, writable: true, value: real });
  }
}

const by = async (act) => {
  asked = 0;
  const digest = await act();
  return { digest: Buffer.from(digest.digest ?? digest).toString('hex'), asked };
};

for (const [name, way] of Object.entries(WAYS)) {
  test(`digests by ${name} are the core's, and it is used where it is faster`, async () => {
    for (const length of [0, 1, 1000, 16 * KIB - 1, 16 * KIB, 128 * KIB - 1, 128 * KIB, 300_001]) {
      const payload = new Uint8Array(length).map((_, at) => at * 31);
      const expected = Buffer.from(splitsign.cose.prepare({ payload, kid: 'k' }).digest).toString('hex');
      const chunks = () => (function* () { for (let at = 0; at < length; at += 7001) yield payload.subarray(at, at + 7001); })();
      await having(way, async () => {
        assert.deepEqual(await by(() => splitsign.cose.prepareFrom(payload, { kid: 'k' })), { digest: expected, asked: Number(length >= way.from) }, `at hand, ${length}`);
        assert.deepEqual(await by(() => splitsign.cose.prepareFrom(chunks(), { kid: 'k', length })), { digest: expected, asked: Number(length >= way.from) }, `known, ${length}`);
        const plain = createHash('sha256').update(payload).digest('hex');
        assert.deepEqual(await by(() => splitsign.sha256From(chunks())), { digest: plain, asked: Number(way.unknown) }, `unknown, ${length}`);
      });
    }
  });
}

for (const name of ['a DigestStream', 'the core']) {
  for (const [what, run] of streams(splitsign)) test(`${name}: ${what}`, () => having(WAYS[name], run));
}
