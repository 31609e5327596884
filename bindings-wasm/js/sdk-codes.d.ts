/** Codes of this package, besides the core's. */
export type SdkCode =
  'bad_response' | 'unavailable' | 'timeout' | 'aborted' | 'stream_finished' | 'wasm_stopped' | 'stream_failed' |
  'wasm_unsupported' | 'wasm_forbidden' | 'native_unavailable' | 'native_stopped' | 'max_file_size_exceeded' |
  'max_memory_exceeded' | 'max_execution_exceeded' | 'streaming_disabled';

/** Number, what is wrong, what to do. */
export declare const SDK_CODES: Readonly<Record<SdkCode, readonly [number, string, string]>>;
