// What the core can be asked for: the numbers are places in the table of src/call.rs.

export const OPERATIONS = 0;
export const SHA256 = 1;
export const KEY_FROM_SEC1 = 2;
export const KEY_FROM_SPKI = 3;
export const KEY_FROM_JWK = 4;
export const KEY_FROM_COSE_KEY = 5;
export const KEY_TO_SPKI = 6;
export const KEY_TO_JWK = 7;
export const KEY_TO_COSE_KEY = 8;
export const KEY_THUMBPRINT = 9;
export const SIGNATURE_FROM_DER = 10;
export const SIGNATURE_TO_DER = 11;
export const VERIFY_DIGEST = 12;
export const COSE_PREPARE = 13;
export const COSE_ATTACH = 14;
export const COSE_VERIFY = 15;
export const COSE_INSPECT = 16;
export const JWS_PREPARE = 17;
export const JWS_ATTACH = 18;
export const JWS_VERIFY = 19;
export const JWS_INSPECT = 20;
export const DSSE_PREPARE = 21;
export const DSSE_ATTACH = 22;
export const DSSE_VERIFY = 23;
export const DSSE_INSPECT = 24;

// What takes bytes in pieces: the numbers of src/stream.rs.
export const DIGEST_STREAM = 0;
export const COSE_PREPARE_STREAM = 1;
export const COSE_VERIFY_STREAM = 2;
export const JWS_PREPARE_STREAM = 3;
export const JWS_VERIFY_STREAM = 4;
