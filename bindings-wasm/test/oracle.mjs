// What is signed, built a second time and independently of the core; and a signer: the runtime's own WebCrypto.

const encoder = new TextEncoder();
export const utf8 = (text) => encoder.encode(text);

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

export function base64(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export const base64url = (bytes) => base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

export function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
}

/** A key of WebCrypto that signs what it is given; it hashes that itself. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const export_ = async (form) => new Uint8Array(await crypto.subtle.exportKey(form, pair.publicKey));
  return {
    spki: await export_('spki'),
    sec1: await export_('raw'),
    jwk: await crypto.subtle.exportKey('jwk', pair.publicKey),
    privateJwk: await crypto.subtle.exportKey('jwk', pair.privateKey),
    sign: async (tbs) => new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, tbs)),
  };
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

// CBOR, as much of it as a COSE_Sign1 needs. Integers, text, bytes, arrays and maps given as arrays of pairs.
function head(major, value) {
  if (value < 24) return Uint8Array.of((major << 5) | value);
  if (value < 0x100) return Uint8Array.of((major << 5) | 24, value);
  if (value < 0x10000) return Uint8Array.of((major << 5) | 25, value >> 8, value & 255);
  return Uint8Array.of((major << 5) | 26, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}
export const cbor = {
  int: (value) => (value < 0 ? head(1, -1 - value) : head(0, value)),
  bytes: (value) => concat(head(2, value.length), value),
  text: (value) => concat(head(3, utf8(value).length), utf8(value)),
  array: (...items) => concat(head(4, items.length), ...items),
  map: (...pairs) => concat(head(5, pairs.length), ...pairs.flat()),
  tag18: (item) => concat(head(6, 18), item),
  nil: Uint8Array.of(0xf6),
};

/** The protected header and the Sig_structure of RFC 9052, 4.4. */
export function sigStructure({ payload, kid, contentType, x5chain, externalAad = new Uint8Array() }) {
  const pairs = [[cbor.int(1), cbor.int(-7)]];
  if (contentType !== undefined) {
    pairs.push([cbor.int(3), typeof contentType === 'number' ? cbor.int(contentType) : cbor.text(contentType)]);
  }
  if (kid !== undefined) pairs.push([cbor.int(4), cbor.bytes(kid)]);
  if (x5chain !== undefined) {
    const [one, ...more] = x5chain.map(cbor.bytes);
    pairs.push([cbor.int(33), more.length === 0 ? one : cbor.array(one, ...more)]);
  }
  const protectedHeader = cbor.map(...pairs);
  const tbs = cbor.array(cbor.text('Signature1'), cbor.bytes(protectedHeader), cbor.bytes(externalAad), cbor.bytes(payload));
  return { protectedHeader, tbs };
}

/** A COSE_Sign1, put together here. */
export function sign1(protectedHeader, payload, signature, { unprotected = cbor.map(), tagged = true } = {}) {
  const body = cbor.array(
    cbor.bytes(protectedHeader), unprotected, payload === null ? cbor.nil : cbor.bytes(payload), cbor.bytes(signature),
  );
  return tagged ? cbor.tag18(body) : body;
}

/** The signing input of RFC 7515, 5.1, and RFC 7797, 3. */
export function signingInput(header, payload) {
  const encoded = utf8(base64url(utf8(JSON.stringify(header))) + '.');
  return concat(encoded, header.b64 === false ? payload : utf8(base64url(payload)));
}

/** The pre-authentication encoding of DSSE. */
export function pae(type, payload) {
  return concat(utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `), payload);
}

/** n − s for s: the other signature that verifies. */
export function otherS(raw) {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const number = BigInt('0x' + Array.from(raw.slice(32), (byte) => byte.toString(16).padStart(2, '0')).join(''));
  const digits = (order - number).toString(16).padStart(64, '0');
  return concat(raw.slice(0, 32), Uint8Array.from(digits.match(/../g), (two) => parseInt(two, 16)));
}

export function isLowS(raw) {
  const half = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
  return BigInt('0x' + Array.from(raw.slice(32), (byte) => byte.toString(16).padStart(2, '0')).join('')) <= half;
}

/** Numbers that only look random: the same in every run. */
export function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
