// The answer to POST /v1/sign.
import { fromBase64Url } from './base64.js';
import { badResponse } from './http.js';

/** Reads it, believing nothing; the signature itself is checked when it is attached. */
export function readSignature(answer, descriptor) {
  const need = (holds, what) => {
    if (!holds) throw badResponse(what);
  };
  const signature = fromBase64Url(answer.signature);
  need(signature?.length === 64, 'the signature is not 64 bytes in base64url');
  need(answer.algorithm === 'ES256', 'the algorithm is not ES256');
  need(answer.keyVersion === descriptor.version, 'the signature is of another version of the key than was asked for');
  need(typeof answer.keyId === 'string', 'keyId is missing');
  need(typeof answer.requestId === 'string', 'requestId is missing');
  const kmsMs = answer.timing?.kms_ms;
  return {
    signature,
    keyId: answer.keyId,
    requestId: answer.requestId,
    kmsMs: typeof kmsMs === 'number' ? kmsMs : undefined,
  };
}
