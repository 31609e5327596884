// What is verified: different signatures, under keys made for this run.
import { createHash, webcrypto } from 'node:crypto';

export const SIGNATURES = 64;

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Signatures under one or many keys, in turn. */
export async function traffic(keys) {
  const pairs = [];
  for (let index = 0; index < keys; index++) {
    const pair = await webcrypto.subtle.generateKey(ECDSA, false, ['sign', 'verify']);
    const sec1 = new Uint8Array(await webcrypto.subtle.exportKey('raw', pair.publicKey));
    pairs.push({ ...pair, sec1 });
  }
  const items = [];
  for (let index = 0; index < SIGNATURES; index++) {
    const { sec1, publicKey, privateKey } = pairs[index % keys];
    const message = sha256(Uint8Array.of(index));
    const signature = new Uint8Array(await webcrypto.subtle.sign(ECDSA, privateKey, message));
    items.push({ sec1, publicKey, message, digest: sha256(message), signature });
  }
  return items;
}

/** By another implementation than those that are measured. */
export function sha256(bytes) {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** Every signature under a message that is not its own. */
export function allWrong(items) {
  return items.map((item, index) => ({ ...item, signature: items[(index + 1) % items.length].signature }));
}

/** One bit of one signature is another. */
export function oneWrong(items) {
  return items.map((item, index) => {
    if (index !== 21) return item;
    const signature = item.signature.slice();
    signature[63] ^= 1;
    return { ...item, signature };
  });
}
