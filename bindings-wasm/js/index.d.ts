export * as cose from './cose.js';
export * as jws from './jws.js';
export * as dsse from './dsse.js';
export { Digest, sha256, sha256From } from './digest.js';
export { PublicKey } from './key.js';
export { signatureFromDer, signatureToDer, verifyDigest } from './signature.js';
export { createSigner } from './signer.js';
export type { Signed, Signer, SignerSettings } from './signer.js';
export { SplitsignError } from './error.js';
export type { CoreCode, LocalError, Problem, SdkCode, ServiceCode, ServiceError } from './error.js';
export { limits } from './limits.js';
export type { Bytes, ByteSource, Draft, Key, LowS, Stream } from './types.js';

/** The names of the core's operations that this package has. */
export function operations(): string[];

/**
 * How the core runs here: as a native addon, which Node has where there is a package for its system, or as WebAssembly.
 * Both do the same; the environment variable SPLITSIGN_BACKEND chooses one.
 */
export function backend(): 'native' | 'wasm';
