// Generated from core-nostd by `cargo xtask gen`. Do not edit.

/** Every limit of the core. */
export const limits = Object.freeze({
  OBJECT_BYTES: 2147483647,
  CBOR_DEPTH: 8,
  COSE_LABELS: 32,
  JSON_DEPTH: 16,
  JSON_MEMBERS: 32,
  CRITICAL_NAMES: 8,
  CHAIN_CERTIFICATES: 10,
  KEY_ID_BYTES: 1024,
  CONTENT_TYPE_BYTES: 1024,
  DSSE_SIGNATURES: 16,
});
