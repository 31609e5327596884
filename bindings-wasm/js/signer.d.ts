import type { prepare as prepareCose } from './cose.js';
import type { prepare as prepareDsse } from './dsse.js';
import type { prepare as prepareJws } from './jws.js';
import type { PublicKey } from './key.js';
import type { Bytes } from './types.js';

export interface SignerSettings {
  /** Where the signer is, for instance `https://signer.example`. */
  url: string;
  /** The bearer token. */
  token: string;
  /** The id of the key, for instance `acme/c2pa`. */
  key: string;
  /** Used instead of the global one. */
  fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /**
   * How long each request of a call may take, and its wait for the key's descriptor, in milliseconds; 10 000 unless said. Where
   * several calls wait for one request, each has its own time, and after a quarter of it, or a second, one of them asks again.
   */
  timeoutMs?: number;
  /** How long the key's descriptor is kept, in seconds; as the signer says unless said. */
  maxAgeSeconds?: number;
}

interface SignOptions {
  /** One is made up unless given. Give one to try again safely. If the key was rotated, one derived from it is sent. */
  idempotencyKey?: string;
  /** Whether the key's certificates go into the object, if it has any; true unless said. */
  includeChain?: boolean;
  signal?: AbortSignal;
}

type Rest<F extends (parameters: never) => unknown, K extends string> = Omit<Parameters<F>[0], 'payload' | K>;
export type CoseOptions = SignOptions & { format: 'cose' } & Rest<typeof prepareCose, 'kid' | 'x5chain'>;
export type JwsOptions = SignOptions & { format: 'jws' } & Rest<typeof prepareJws, 'kid' | 'x5c'>;
export type DsseOptions = SignOptions & { format: 'dsse' } & Rest<typeof prepareDsse, 'keyid'>;

export interface Signed<F, O> {
  object: O;
  format: F;
  digest: Uint8Array<ArrayBuffer>;
  /** Raw, 64 bytes. */
  signature: Uint8Array<ArrayBuffer>;
  keyId: string;
  keyVersion: number;
  kid: string;
  /** The key of the descriptor, which the signature was checked with. */
  publicKey: PublicKey;
  /** DER, leaf first. */
  certificateChain: Uint8Array<ArrayBuffer>[];
  requestId: string;
  /** Milliseconds. `attachMs` has the verification in it; `kmsMs` is what the signer says of its key service. */
  timing: { prepareMs: number; signMs: number; attachMs: number; kmsMs: number | undefined };
}

export interface Signer {
  /** Prepares, has the 32 bytes signed, checks the signature and attaches it. */
  sign(payload: Bytes, options: CoseOptions): Promise<Signed<'cose', Uint8Array<ArrayBuffer>>>;
  sign(payload: Bytes | string, options: JwsOptions): Promise<Signed<'jws', string>>;
  sign(payload: Bytes | string, options: DsseOptions): Promise<Signed<'dsse', string>>;
}

/** Makes a signer for one key. Nothing is fetched before the first signature. */
export function createSigner(settings: SignerSettings): Signer;
