"""The limits of splitsign. `cargo xtask test` compares these with those of the core."""

CBOR_DEPTH = 8
COSE_LABELS = 32
JSON_DEPTH = 16
JSON_MEMBERS = 32
CRITICAL_NAMES = 8
CHAIN_CERTIFICATES = 10
KEY_ID_BYTES = 1024
CONTENT_TYPE_BYTES = 1024
DSSE_SIGNATURES = 16
