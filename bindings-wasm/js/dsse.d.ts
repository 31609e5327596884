import type { Bytes, Draft, Key, LowS } from './types.js';

/** Computes the digest that is to be signed. A text is taken as UTF-8. */
export function prepare(envelope: {
  /** A media type or a URI. */
  payloadType: string;
  payload: Bytes | string;
  /** A hint; DSSE does not sign it. */
  keyid?: string;
  /** `der` unless said, as in-toto and Sigstore write it. */
  signatureEncoding?: 'der' | 'raw';
  lowS?: LowS;
}): Draft<string>;

/** Throws unless one of the signatures is this key's, in either encoding. The key id is not signed. */
export function verify(
  envelope: string | Bytes,
  expected: { key: Key; lowS?: LowS },
): { payloadType: string; payload: Uint8Array<ArrayBuffer>; keyid: string | undefined };

/** What an envelope claims: one key id for each signature, never signed. */
export function inspect(envelope: string | Bytes): { keyids: (string | undefined)[] };
