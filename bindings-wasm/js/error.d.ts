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

/** The one error that this package throws. */
export class SplitsignError extends Error {
  private constructor();
  readonly name: 'SplitsignError';
  /** Stable: to be compared. The core's and this package's are a closed list; `problem` is there for the service's. */
  readonly code: CoreCode | SdkCode | ServiceCode;
  /** The number of the code; 0 for the service's. */
  readonly number: number;
  /** At which byte of the input; of what, the message says. */
  readonly at?: number;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  readonly problem?: Problem;
  readonly detail?: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}
