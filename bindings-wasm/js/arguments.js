// Arguments, checked: what is not what it should be is an error that names it, never a guess.
import { invalid } from './error.js';

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
/** Undefined for a DataView, of which even the length throws. */
const arrayKind = Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag).get;
const elementAt = typedArray.at;
const encoder = new TextEncoder();

/** Bytes as a view: a Uint8Array, any other view, or an ArrayBuffer; of any realm. */
export function bytes(value, name) {
  const view = ArrayBuffer.isView(value);
  const buffer = view ? value.buffer : value;
  if (!isArrayBuffer(buffer)) {
    if (view) throw invalid(`${name} is a view of shared memory, which could change while it is read; pass a copy`);
    throw invalid(`${name} must be a Uint8Array, another view or an ArrayBuffer, and is ${kind(value)}`);
  }
  try {
    // Throws for a buffer that was transferred, which would else look empty; so would a view that lies behind the end of
    // a buffer that was made smaller.
    if (!view) return new Uint8Array(buffer);
    if (value.byteLength === 0 && arrayKind.call(value) !== undefined) elementAt.call(value, 0);
    return new Uint8Array(buffer, value.byteOffset, value.byteLength);
  } catch {
    throw invalid(`${name} is a view of a buffer that was transferred or made smaller`);
  }
}

/** Bytes, or text that is meant as UTF-8. */
export function bytesOrText(value, name) {
  return typeof value === 'string' ? text(value, name) : bytes(value, name);
}

/** Text as UTF-8. Half surrogates have none, and are refused: what is signed must be what was given. */
export function text(value, name) {
  if (typeof value !== 'string') throw invalid(`${name} must be a string, and is ${kind(value)}`);
  if (/\p{Surrogate}/u.test(value)) throw invalid(`${name} contains half a surrogate pair, which UTF-8 cannot express`);
  return encoder.encode(value);
}

/** `read(value, name)`, or undefined for what is not there. */
export function optional(read, value, name) {
  return value === undefined ? undefined : read(value, name);
}

/** A yes or no. */
export function flag(value, name, otherwise) {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw invalid(`${name} must be true or false, and is ${kind(value)}`);
  return value;
}

/** One of a few words. */
export function choice(value, name, words, otherwise) {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (!words.includes(value)) {
    throw invalid(`${name} must be ${words.map((word) => `'${word}'`).join(' or ')}, and is ${kind(value)}`);
  }
  return value;
}

/** A whole number from `least` to `most`. */
export function whole(value, name, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${name} must be a whole number from ${least} to ${most}, and is ${kind(value)}`);
  }
  return value;
}

/** An object with nothing but the names that are known: a misspelt option must not be a missing one. */
export function options(value, name, known) {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalid(`${name} takes an object, and was given ${kind(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw invalid(`${name} has no option ${key}; there are ${known.join(', ')}`);
  }
  return value;
}

/** What something is, for messages; never its content, which may be secret. */
export function kind(value) {
  if (value === null) return 'null';
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'object') return `a ${value.constructor?.name ?? 'bare object'}`;
  if (value === undefined) return 'undefined';
  return `a ${typeof value}`;
}

function isArrayBuffer(value) {
  try {
    byteLength.call(value);
    return true;
  } catch {
    return false;
  }
}
