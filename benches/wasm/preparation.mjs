// Who prepares: the digest of a COSE_Sign1 through our npm package, against SHA-256 of the payload alone.
import { sha256 as noble } from '@noble/hashes/sha2.js';
import { cose } from '../../bindings-wasm/js/index.js';
import { expect } from './rounds.mjs';
import { sha256 } from './traffic.mjs';

const SIZES = [[1024, '1k', 64], [4096, '4k', 32], [16384, '16k', 16]];
export const KID = new TextEncoder().encode('bench');

export function preparations() {
  return SIZES.flatMap(([size, name, operations]) => {
    const payload = new Uint8Array(size).map((_, index) => index * 31);
    const ours = (bytes) => cose.prepare({ payload: bytes, kid: KID }).digest;
    return [
      contender(`prepare${name}`, operations, payload, ours, sha256(toBeSigned(payload))),
      contender(`noble${name}`, operations, payload, noble, sha256(payload)),
    ];
  });
}

function contender(name, operations, payload, digest, expected) {
  const right = (bytes) => equal(digest(bytes), expected);
  const changed = payload.slice();
  changed[changed.length - 1] ^= 1;
  expect(`${name}, with another payload`, Number(right(changed)), 0);
  return {
    name,
    operations,
    pass() {
      let sum = 0;
      for (let index = 0; index < operations; index++) if (right(payload)) sum += 1;
      return sum;
    },
  };
}

function equal(one, other) {
  for (let index = 0; index < 32; index++) if (one[index] !== other[index]) return false;
  return one.length === other.length;
}

/** The Sig_structure (RFC 9052, 4.4), put together by hand. */
export function toBeSigned(payload) {
  const header = Buffer.concat([Buffer.from([0xa2, 0x01, 0x26, 0x04, 0x40 + KID.length]), KID]);
  const length = Buffer.from([0x59, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([
    Buffer.from([0x84, 0x6a]), Buffer.from('Signature1'), Buffer.from([0x40 + header.length]), header,
    Buffer.from([0x40]), length, payload,
  ]);
}
