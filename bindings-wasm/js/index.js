// splitsign: prepare, attach and verify signatures; sign with a remote signer. The modules can be imported one by one.
import { call } from './instance.js';
import { OPERATIONS } from './operations.js';
import { string } from './record.js';

export * as cose from './cose.js';
export * as jws from './jws.js';
export * as dsse from './dsse.js';
export { Digest, sha256, sha256From } from './digest.js';
export { PublicKey } from './key.js';
export { signatureFromDer, signatureToDer, verifyDigest } from './signature.js';
export { createSigner } from './signer.js';
export { SplitsignError } from './error.js';
export { backend } from './instance.js';
export { limits } from './limits.js';

/** The names of the core's operations that this package has. */
export function operations() {
  return string(call(OPERATIONS, 0)).split('\n');
}
