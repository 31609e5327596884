// Signatures by themselves.
import { bytes, options } from './arguments.js';
import { lowS } from './flags.js';
import { call } from './instance.js';
import { keyBytes } from './key.js';
import { SIGNATURE_FROM_DER, SIGNATURE_TO_DER, VERIFY_DIGEST } from './operations.js';
import * as record from './record.js';

/** A strict DER signature, as key services return it, in raw form: 64 bytes, r‖s. */
export function signatureFromDer(der) {
  return call(SIGNATURE_FROM_DER, 0, undefined, bytes(der, 'der'));
}

/** A raw signature in DER. */
export function signatureToDer(raw) {
  return call(SIGNATURE_TO_DER, 0, record.of(record.SIGNATURE, bytes(raw, 'raw')));
}

/** Throws unless `signature` (raw) is the key's signature over `digest`. */
export function verifyDigest(parameters) {
  const given = options(parameters, 'verifyDigest', ['digest', 'signature', 'key', 'lowS']);
  const digest = bytes(given.digest, 'digest');
  const signature = bytes(given.signature, 'signature');
  const key = keyBytes(given.key, 'key');
  call(VERIFY_DIGEST, lowS(given.lowS), record.of(record.KEY, key, record.DIGEST, digest, record.SIGNATURE, signature));
}
