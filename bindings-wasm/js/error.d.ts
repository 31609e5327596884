import type { CoreCode } from './codes.js';
import type { SdkCode } from './sdk-codes.js';

export type { CoreCode, SdkCode };

/** A code of the signing service. It has its own table, and may be newer than this package. */
export type ServiceCode = string & Record<never, never>;

/** The problem document (RFC 9457) of the service. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  code: string;
  detail?: string;
  requestId?: string;
  retryAfterMs?: number;
}

interface Failure extends Error {
  readonly name: 'SplitsignError';
  /** The number of the code; 0 for the service's. */
  readonly number: number;
  /** At which byte of the input; of what, the message says. */
  readonly at?: number;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  readonly detail?: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** What the core or this package refuses. The list of codes is closed. */
export interface LocalError extends Failure {
  /** Stable: to be compared. */
  readonly code: CoreCode | SdkCode;
  readonly problem?: never;
}

/** What the signing service refuses. */
export interface ServiceError extends Failure {
  /** Stable: to be compared. */
  readonly code: ServiceCode;
  readonly problem: Problem;
}

/** The one error that this package throws; without a `problem` it is a LocalError, with a closed list of codes. */
export type SplitsignError = LocalError | ServiceError;

/** For `instanceof`; only this package makes them. */
export declare const SplitsignError: abstract new (...made: never) => SplitsignError;
