// Who verifies: our npm package, the modules without glue, and the peers.
import { readFileSync } from 'node:fs';
import { createPublicKey, verify as verifyInNode, webcrypto } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { PublicKey, SplitsignError, sha256, verifyDigest } from '../../bindings-wasm/js/index.js';
import { SIGNATURES, allWrong, oneWrong, traffic } from './traffic.mjs';
import { expect } from './rounds.mjs';

const ECDSA = { name: 'ECDSA', hash: 'SHA-256' };

/** The package makes a table with the twelfth verification of a key, and forgets a key when eight others came. */
const PREPARED_AFTER = 12;

/** Each contender, once it was seen to refuse what is wrong. */
export async function verifications({ core, p256: p256Module }) {
  const [oneKey, manyKeys] = [await traffic(1), await traffic(SIGNATURES)];
  const contenders = [];
  for (const [name, items, make] of [
    // Keys that come once: none is remembered by the time that it comes again.
    ['oneshot', manyKeys, packageDigests],
    ['core_oneshot', manyKeys, bare(core)],
    ['p256', manyKeys, bare(p256Module)],
    ['noble_curves', manyKeys, noble],
    ['prepared', oneKey, packageMessages],
    ['subtle', oneKey, subtle],
    ['subtle_concurrent', oneKey, subtleConcurrent],
    ['node_crypto', oneKey, nodeCrypto],
  ]) {
    for (const [tried, right] of [[allWrong(items), 0], [oneWrong(items), SIGNATURES - 1]]) {
      expect(`${name}, with wrong signatures`, await make(tried).pass(), right);
    }
    contenders.push({ name, operations: SIGNATURES, ...make(items) });
  }
  return contenders;
}

const count = (items, valid) => () => items.reduce((sum, item) => sum + (valid(item) ? 1 : 0), 0);

/** The package throws when a signature is bad; anything else that it throws is a fault here. */
function holds(parameters) {
  try {
    verifyDigest(parameters);
    return true;
  } catch (error) {
    if (error instanceof SplitsignError && error.code === 'bad_signature') return false;
    throw error;
  }
}

function packageItems(items) {
  return items.map(({ sec1, message, digest, signature }) =>
    ({ key: PublicKey.fromSec1(sec1), message, digest, signature }));
}

function packageDigests(items) {
  return { pass: count(packageItems(items), ({ key, digest, signature }) => holds({ key, digest, signature })) };
}

/** The peers take the message and hash it, so this hashes it, too. */
function packageMessages(items) {
  const given = packageItems(items);
  const valid = ({ key, message, signature }) => holds({ key, digest: sha256(message), signature });
  return { before: count(given.slice(0, PREPARED_AFTER), valid), pass: count(given, valid) };
}

/** A module with `input` and `verify`: see core/src/lib.rs. The items are in its memory before anything is measured. */
function bare(path) {
  const module = new WebAssembly.Module(readFileSync(path));
  return (items) => {
    const { memory, input, verify } = new WebAssembly.Instance(module).exports;
    const indices = items.map(({ sec1, digest, signature }, index) => {
      new Uint8Array(memory.buffer, input() + index * 161, 161).set([...sec1, ...digest, ...signature]);
      return index;
    });
    return { pass: count(indices, (index) => verify(index)) };
  };
}

function noble(items) {
  const options = { prehash: false, lowS: false };
  return { pass: count(items, ({ sec1, digest, signature }) => p256.verify(signature, digest, sec1, options)) };
}

const inSubtle = ({ publicKey, signature, message }) =>
  webcrypto.subtle.verify(ECDSA, publicKey, signature, message);

/** One after the other, as whoever needs the verdict waits for it. */
function subtle(items) {
  return {
    async pass() {
      let sum = 0;
      for (const item of items) if (await inSubtle(item)) sum += 1;
      return sum;
    },
  };
}

/** All at once, on as many threads as Node has for it. */
function subtleConcurrent(items) {
  return { pass: async () => (await Promise.all(items.map(inSubtle))).filter((valid) => valid).length };
}

function nodeCrypto(items) {
  const given = items.map(({ sec1, message, signature }) => {
    const key = createPublicKey({ format: 'der', type: 'spki', key: Buffer.from(PublicKey.fromSec1(sec1).toSpki()) });
    return { key: { key, dsaEncoding: 'ieee-p1363' }, message, signature };
  });
  return { pass: count(given, ({ key, message, signature }) => verifyInNode('sha256', message, key, signature)) };
}
