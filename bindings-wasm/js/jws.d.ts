import type { ByteSource, Bytes, Draft, Key, LowS, Stream } from './types.js';

/** What is signed besides the payload: all of it goes into the protected header. */
export interface JwsParameters {
  kid?: string;
  /** What the whole object is, for instance `JWT`. */
  typ?: string;
  /** What the payload is. */
  cty?: string;
  /** The certificates in DER, leaf first. */
  x5c?: readonly Bytes[];
  /** Signs the payload as it is, not its base64url form (RFC 7797). */
  unencoded?: boolean;
  /** `compact` unless said. */
  serialization?: 'compact' | 'flattened';
  lowS?: LowS;
}

/** Computes the digest that is to be signed. A text is taken as UTF-8. */
export function prepare(
  jws: JwsParameters & {
    payload: Bytes | string;
    /** Whether the payload stays outside the object; false unless said. */
    detached?: boolean;
  },
): Draft<string>;

/** The same for a detached payload that comes in pieces. */
export function prepareStream(jws: JwsParameters): Stream<Draft<string>>;

/** The same for a detached payload that is read. An error of the source is thrown as it is. */
export function prepareFrom(source: ByteSource, jws: JwsParameters & { signal?: AbortSignal }): Promise<Draft<string>>;

/** What the signature covers. The certificates are signed, and not validated. */
export interface VerifiedJws {
  kid: string | undefined;
  typ: string | undefined;
  cty: string | undefined;
  x5c: Uint8Array<ArrayBuffer>[];
}

/** Throws unless the signature is right. A detached payload must be given. Claims of a JWT are not looked at. */
export function verify(
  token: string | Bytes,
  expected: { key: Key; payload?: Bytes | string; lowS?: LowS },
): VerifiedJws & { payload: Uint8Array };

/** The same for a detached payload that comes in pieces. */
export function verifyStream(token: string | Bytes, expected: { key: Key; lowS?: LowS }): Stream<VerifiedJws>;

/** The same for a detached payload that is read. What was read counts only once this has resolved. */
export function verifyFrom(
  token: string | Bytes,
  source: ByteSource,
  expected: { key: Key; lowS?: LowS; signal?: AbortSignal },
): Promise<VerifiedJws>;

/** What an object claims, before anything is verified: to choose a key by, never to trust. */
export function inspect(token: string | Bytes): {
  kid: string | undefined;
  x5c: Uint8Array<ArrayBuffer>[];
  detached: boolean;
};
