// What the suite signs, and with what in its headers.
import { equal } from './assert.mjs';
import { concat, sha256, utf8 } from './oracle.mjs';

export const HELLO = utf8('hello');
export const KID = utf8('acme/1');
// Not certificates, but one DER SEQUENCE each, which is all that a header asks for.
export const LEAF = Uint8Array.of(0x30, 3, 2, 1, 1);
export const ROOT = concat(Uint8Array.of(0x30, 0x82, 1, 0), new Uint8Array(256).fill(7));

/** Signs a draft by signing the oracle's bytes; their digest must be the draft's. */
export async function signed(draft, tbs, key) {
  equal(draft.digest, await sha256(tbs), 'the digest');
  return key.sign(tbs);
}
