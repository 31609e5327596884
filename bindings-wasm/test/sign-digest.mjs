// ECDSA on P-256 over a digest that is already there, which neither WebCrypto nor node:crypto can sign. For tests only:
// slow, and not constant in time.
import { createHmac } from 'node:crypto';

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const G = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];

/** The raw signature, r‖s. */
export function p256Sign(privateJwk, digest) {
  const key = number(Buffer.from(privateJwk.d, 'base64url'));
  const message = number(digest);
  // A nonce of the key and the digest, as RFC 6979 has it in spirit: never twice for two digests.
  const seed = createHmac('sha512', Buffer.from(privateJwk.d, 'base64url')).update(digest).digest();
  const nonce = (number(seed) % (N - 1n)) + 1n;
  const r = times(nonce, G)[0] % N;
  const s = (inverse(nonce, N) * (message + r * key)) % N;
  return Buffer.from(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'), 'hex');
}

function number(bytes) {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function modulo(value, m) {
  return ((value % m) + m) % m;
}

function inverse(value, m) {
  let [a, b, x, y] = [modulo(value, m), m, 1n, 0n];
  while (a !== 0n) [b, a, y, x] = [a, b % a, x, y - (b / a) * x];
  return modulo(y, m);
}

function add(one, two) {
  if (one === undefined) return two;
  const [[x1, y1], [x2, y2]] = [one, two];
  if (x1 === x2 && modulo(y1 + y2, P) === 0n) return undefined;
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * inverse(2n * y1, P) : (y2 - y1) * inverse(x2 - x1, P);
  const x = modulo(slope * slope - x1 - x2, P);
  return [x, modulo(slope * (x1 - x) - y1, P)];
}

function times(scalar, point) {
  let [sum, power] = [undefined, point];
  for (let bits = scalar; bits > 0n; bits >>= 1n) {
    if (bits & 1n) sum = add(sum, power);
    power = add(power, power);
  }
  return sum;
}
