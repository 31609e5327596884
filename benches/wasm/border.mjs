// What the border between JavaScript and the core costs, for the backend that this process has; and the runtime's own
// functions for the same work. Native and WebAssembly are two processes, as the package has one backend in each.
import { readFileSync } from 'node:fs';
import { createHash, createPublicKey, verify as verifyInNode, webcrypto } from 'node:crypto';
import { PublicKey, cose, sha256, sha256From, verifyDigest } from '../../bindings-wasm/js/index.js';
import { KID, toBeSigned } from './preparation.mjs';
import { expect } from './rounds.mjs';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const KIB = 1024;
/** Bytes, name, operations of a pass. */
const SIZES = [[KIB, '1k', 64], [4 * KIB, '4k', 32], [16 * KIB, '16k', 16], [64 * KIB, '64k', 8]];
/** For what a call costs, and what each KiB does. */
const CROSSED = [[64, '64b', 256], [64 * KIB, '64k', 8]];

const bytesOf = (length) => new Uint8Array(length).map((_, index) => index * 31);
const inNode = (payload) => createHash('sha256').update(payload).digest();

/** `core` is the module without glue; undefined where that is no comparison. */
export async function borders({ core }) {
  const contenders = [];
  const pair = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const sec1 = new Uint8Array(await webcrypto.subtle.exportKey('raw', pair.publicKey));
  const key = PublicKey.fromSec1(sec1);
  const bare = core === undefined ? undefined : new Bare(core);

  const [payload, attach] = [bytesOf(KIB), (signature, payload) => cose.prepare({ payload, kid: KID }).attach(signature, key)];
  const signature = new Uint8Array(await webcrypto.subtle.sign(ECDSA, pair.privateKey, toBeSigned(payload)));
  const length = attach(signature, payload).length;
  contenders.push(counting('attach1k', 64, () => attach(signature, payload).length === length));
  if (bare !== undefined) {
    bare.write(sec1, signature, payload);
    expect('core_attach1k, its key', bare.exports.border_key() ? 1 : 0, 1);
    const before = () => bare.write(sec1, signature, payload);
    contenders.push({ ...counting('core_attach1k', 64, () => bare.exports.border_prepare_and_attach() === length), before });
  }

  for (const [size, name, operations] of CROSSED) {
    const data = bytesOf(size);
    const last = inNode(data)[31];
    contenders.push(counting(`crossing${name}`, operations, () => sha256(data)[31] === last));
    if (bare !== undefined) {
      const before = () => bare.write(data);
      const digest = () => (bare.exports.border_digest(), bare.lastOfDigest() === last);
      contenders.push({ ...counting(`core_crossing${name}`, operations, digest), before });
    }
  }

  for (const [size, name, operations] of SIZES) {
    const data = bytesOf(size);
    const expected = inNode(data);
    const right = (digest) => equal(digest, expected);
    contenders.push(
      counting(`digest${name}`, operations, () => right(sha256(data))),
      counting(`node_digest${name}`, operations, () => right(inNode(data))),
      awaiting(`subtle_digest${name}`, operations, async () => right(new Uint8Array(await webcrypto.subtle.digest('SHA-256', data)))),
    );
    contenders.push(...await verifiers(`verify${name}`, operations, data, pair, key));
  }
  // Natively the core hashes as fast as node:crypto.
  return bare === undefined ? contenders : [...contenders, ...sources()];
}

/** Who hashes when the package may wait: the runtime, the core, and WebCrypto with the copy that it would need. */
function sources() {
  return [...SIZES, [256 * KIB, '256k', 2]].flatMap(([size, name, operations]) => {
    const data = bytesOf(size);
    const expected = inNode(data);
    const right = async (source) => equal(await sha256From(source), expected);
    const copied = () => webcrypto.subtle.digest('SHA-256', Buffer.concat([KID, data]));
    const last = inNode(Buffer.concat([KID, data]))[31];
    return [
      awaiting(`from${name}`, operations, () => right(data)),
      withoutNodeCrypto(awaiting(`from_core${name}`, operations, () => right(data))),
      awaiting(`from_subtle${name}`, operations, async () => new Uint8Array(await copied())[31] === last),
    ];
  });
}

/** The package looks for node:crypto in this way. */
function withoutNodeCrypto(contender) {
  return {
    ...contender,
    async pass() {
      const { getBuiltinModule } = process;
      process.getBuiltinModule = undefined;
      try {
        return await contender.pass();
      } finally {
        process.getBuiltinModule = getBuiltinModule;
      }
    },
  };
}

/** Who verifies a message of that size: everybody hashes it. */
async function verifiers(name, operations, data, { publicKey, privateKey }, key) {
  const signature = new Uint8Array(await webcrypto.subtle.sign(ECDSA, privateKey, data));
  const wrong = signature.slice();
  wrong[63] ^= 1;
  const spki = Buffer.from(key.toSpki());
  const nodeKey = { key: createPublicKey({ format: 'der', type: 'spki', key: spki }), dsaEncoding: 'ieee-p1363' };
  const ours = (one) => valid(() => verifyDigest({ key, digest: sha256(data), signature: one }));
  const nodes = (one) => verifyInNode('sha256', data, nodeKey, one);
  const subtles = (one) => webcrypto.subtle.verify(ECDSA, publicKey, one, data);
  for (const verdict of [ours(wrong), nodes(wrong), await subtles(wrong)]) expect(`${name}, a wrong signature`, Number(verdict), 0);
  return [
    counting(name, operations, () => ours(signature)),
    counting(`node_${name}`, operations, () => nodes(signature)),
    awaiting(`subtle_${name}`, operations, () => subtles(signature)),
  ];
}

function valid(act) {
  try {
    act();
    return true;
  } catch (error) {
    if (error.code === 'bad_signature') return false;
    throw error;
  }
}

function counting(name, operations, right) {
  return {
    name,
    operations,
    pass() {
      let sum = 0;
      for (let index = 0; index < operations; index++) if (right()) sum += 1;
      return sum;
    },
  };
}

/** One after the other, as whoever needs the result waits for it. */
function awaiting(name, operations, right) {
  return {
    name,
    operations,
    async pass() {
      let sum = 0;
      for (let index = 0; index < operations; index++) if (await right()) sum += 1;
      return sum;
    },
  };
}

function equal(one, other) {
  for (let index = 0; index < 32; index++) if (one[index] !== other[index]) return false;
  return one.length === other.length;
}

/** The core's module with exports of plain numbers: see core/src/border.rs. */
class Bare {
  constructor(path) {
    this.exports = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path))).exports;
  }

  /** Puts input where it is hashed; not measured. */
  write(...parts) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let at = this.exports.border_input(length);
    for (const part of parts) {
      new Uint8Array(this.exports.memory.buffer, at, part.length).set(part);
      at += part.length;
    }
    // The view of before may be of memory that has grown since.
    this.view = new Uint8Array(this.exports.memory.buffer);
  }

  lastOfDigest() {
    return this.view[this.exports.border_output() + 31];
  }
}
