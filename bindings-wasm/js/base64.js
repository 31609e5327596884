// Base64 of the few short things that travel in the signer's JSON. Objects are encoded by the core.

/** Base64url without padding. */
export function toBase64Url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Bytes of base64url without padding; undefined if it is not that. */
export function fromBase64Url(text) {
  if (typeof text !== 'string' || !/^[\w-]*$/.test(text)) return undefined;
  return decoded(text.replaceAll('-', '+').replaceAll('_', '/'));
}

/** Bytes of base64 with padding; undefined if it is not that. */
export function fromBase64(text) {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !/^[\w+/]*={0,2}$/.test(text)) return undefined;
  return decoded(text);
}

function decoded(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
