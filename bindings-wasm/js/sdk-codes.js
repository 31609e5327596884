// Codes that the core does not have: those of this package, from 3000 on. A number is never used twice.
// Here by hand; codes.js has the core's and is generated.

export const SDK_CODES = Object.freeze({
  bad_response: [3000, 'The signer answered with something that is not what its protocol says.', 'check the url, and what stands between here and the signer'],
  unavailable: [3001, 'The signer could not be reached.', 'try again later, and check the url and the network'],
  timeout: [3002, 'The signer did not answer in time.', 'try again with the same idempotencyKey, or allow more time with timeoutMs'],
  aborted: [3003, 'The caller aborted the request.', 'nothing, if that was meant'],
  stream_finished: [3004, 'The stream is finished or freed.', 'start another one'],
  wasm_stopped: [3005, 'The WebAssembly module stopped; as a rule memory ran out.', 'stream large payloads instead of passing them whole'],
  stream_failed: [3006, 'The stream failed at an earlier update.', 'start another one, from the first byte'],
  wasm_unsupported: [3007, 'This runtime has no WebAssembly SIMD.', 'use a browser of 2023 or later'],
  wasm_forbidden: [3008, 'This runtime does not let WebAssembly be compiled.', "in a page, add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy"],
  native_unavailable: [3010, 'There is no native addon for this system, or it could not be loaded; `cause` says why.', 'leave SPLITSIGN_BACKEND unset to have WebAssembly then, or install the package that is named'],
  native_stopped: [3011, 'The native addon stopped; `cause` says why.', 'report it, please; with SPLITSIGN_BACKEND=wasm there is another way'],
  max_file_size_exceeded: [3020, 'A payload or an object has more bytes than the resource limits allow.', 'split it, or allow more with maxFileSizeBytes'],
  max_memory_exceeded: [3021, 'A call needs more memory than the resource limits allow.', 'pass a detached payload as a stream, or allow more with maxMemoryBytes'],
  max_execution_exceeded: [3022, 'An operation took longer than the resource limits allow.', 'sign less at a time, or allow more with maxExecutionMs'],
  streaming_disabled: [3023, 'The resource limits do not allow payloads in pieces.', 'pass the payload as a whole, or set enableStreaming'],
});
