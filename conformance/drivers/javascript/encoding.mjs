// Bytes as the protocol has them: base64url without padding, and never anything else.

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decoded(text) {
  if (!/^[\w-]*$/.test(text)) throw new NotOfTheProtocol('bytes must be base64url without padding');
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}

export function encoded(bytes) {
  let text = '';
  // Piece by piece, as a function cannot take as many arguments as there may be bytes.
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function utf8(text) {
  return encoder.encode(text);
}

/** The package takes text where the protocol has UTF-8. */
export function textOf(bytes, name) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new NotOfTheProtocol(`${name} is not UTF-8`);
  }
}

/** A case asks for what the protocol does not have. */
export class NotOfTheProtocol extends Error {}
