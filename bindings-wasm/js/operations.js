// What the core can be asked for: the numbers are places in the table of border/src/operation.rs.

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

export const START_DIGEST = 25;
export const START_COSE_PREPARE = 26;
export const START_COSE_VERIFY = 27;
export const START_JWS_PREPARE = 28;
export const START_JWS_VERIFY = 29;
export const STREAM_UPDATE = 30;
export const STREAM_FINISH = 31;
export const STREAM_FREE = 32;

export const COSE_PREFIX = 33;
