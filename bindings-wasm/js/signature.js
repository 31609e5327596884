// Signatures by themselves.
import { bytes, options } from './arguments.js';
import { lowS } from './flags.js';
import { call } from './instance.js';
import { keyBytes } from './key.js';
import { signature_from_der, signature_to_der, verify_digest } from './wasm/splitsign_wasm.js';

/** A strict DER signature, as key services return it, in raw form: 64 bytes, r‖s. */
export function signatureFromDer(der) {
  return call(signature_from_der, bytes(der, 'der'));
}

/** A raw signature in DER. */
export function signatureToDer(raw) {
  return call(signature_to_der, bytes(raw, 'raw'));
}

/** Throws unless `signature` (raw) is the key's signature over `digest`. */
export function verifyDigest(parameters) {
  const given = options(parameters, 'verifyDigest', ['digest', 'signature', 'key', 'lowS']);
  const digest = bytes(given.digest, 'digest');
  const signature = bytes(given.signature, 'signature');
  call(verify_digest, lowS(given.lowS), keyBytes(given.key, 'key'), digest, signature);
}
