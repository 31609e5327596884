// The descriptor of a key (GET /v1/keys/{id}, and in the refusal of a superseded version): what a client must know before it prepares.
import { fromBase64 } from './base64.js';
import { badResponse } from './http.js';
import { PublicKey } from './key.js';

/** Reads it, believing nothing. */
export function readDescriptor(answer, key) {
  if (answer === null || typeof answer !== 'object') throw badResponse("the key's descriptor is not an object");
  const { version, algorithm, kid, publicKey, certificateChain, maxAgeSeconds } = answer;
  const need = (holds, what) => {
    if (!holds) throw badResponse(`the key's ${what}`);
  };
  need(answer.key === key, 'id is not the one asked for');
  need(Number.isSafeInteger(version) && version >= 0, 'version is not a whole number');
  need(algorithm === 'ES256', 'algorithm is not ES256');
  need(typeof kid === 'string' && kid !== '', 'kid is missing');
  need(Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0, 'maxAgeSeconds is not a whole number');
  need(Array.isArray(certificateChain), 'certificateChain is not an array');
  const chain = certificateChain.map(fromBase64);
  need(!chain.includes(undefined), 'certificateChain is not base64');
  const spki = fromBase64(publicKey?.spki);
  need(spki !== undefined, 'publicKey.spki is not base64');
  return { version, kid, chain, maxAgeSeconds, publicKey: publicKeyOf(spki) };
}

function publicKeyOf(spki) {
  try {
    return PublicKey.fromSpki(spki);
  } catch (error) {
    throw badResponse("the key's publicKey.spki is no key for ES256", undefined, error);
  }
}
