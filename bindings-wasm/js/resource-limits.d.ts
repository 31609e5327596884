/** What a call may use. All six have to be said; spread a preset to change some. */
export interface ResourceLimits {
  /**
   * What the core's memory may grow to for a call: 4 MiB, and three bytes for each byte of the arguments. Checked before the
   * call, so before it grows. 8 MiB to 4 GiB.
   */
  readonly maxMemoryBytes: number;
  /**
   * How long an operation may take, in milliseconds. Looked at between the chunks of a payload, and while a stream is waited
   * for; a single call into the core is not interrupted. 1 to 2³¹ − 1.
   */
  readonly maxExecutionMs: number;
  /** How many bytes a payload or an object may have. 1 to 2⁵³ − 1. */
  readonly maxFileSizeBytes: number;
  /**
   * How deeply CBOR and JSON may be nested. The core refuses more than its own `limits.CBOR_DEPTH` and `limits.JSON_DEPTH`
   * (8 and 16) whatever is said here, so this must be 16 to 1024: less would not be true, and more changes nothing.
   */
  readonly maxStackDepth: number;
  /** Whether payloads may come in pieces, and large ones that are at hand are hashed in pieces. */
  readonly enableStreaming: boolean;
  /** How many bytes go into the core at once. 1 KiB to 16 MiB, and not more than the others have room for. */
  readonly chunkSizeBytes: number;
}

export type LimitPreset = 'development' | 'production' | 'enterprise';

/** Limits to begin with. */
export declare const limitPresets: Readonly<Record<LimitPreset, ResourceLimits>>;

/** The limits, checked and frozen. Throws `invalid_argument` with the field, its value and what is allowed. */
export function resourceLimits(limits: ResourceLimits): ResourceLimits;

/**
 * The same functions, bound by limits: of a module (`cose`), or of an object of functions and modules
 * (`{ cose, sha256, createSigner }`). Drafts, streams and signers that they return are bound, too. Nothing else is.
 */
export function withLimits<A extends object>(api: A, limits: LimitPreset | ResourceLimits): Readonly<A>;
