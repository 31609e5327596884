// Arguments, checked: what is not what it should be is an error that names it, never a guess.
import { SplitsignError, invalid } from './error.js';

const encoder = new TextEncoder();

// What the language itself says of a view: whoever was given could say something else, or throw.
const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).get;
const byteLength = getter(ArrayBuffer.prototype, 'byteLength');
const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
const kindOfTypedArray = getter(TypedArray, Symbol.toStringTag);
const PARTS = ['buffer', 'byteOffset', 'byteLength'];
const ofTypedArray = PARTS.map((name) => getter(TypedArray, name));
const ofDataView = PARTS.map((name) => getter(DataView.prototype, name));

/** Bytes as a view: a Uint8Array, any other view, or an ArrayBuffer; of any realm. */
export function bytes(value, name) {
  const view = ArrayBuffer.isView(value);
  const parts = kindOfTypedArray.call(value) === undefined ? ofDataView : ofTypedArray;
  const buffer = view ? parts[0].call(value) : value;
  if (!isArrayBuffer(buffer)) {
    if (view) throw invalid(`${name} is a view of shared memory, which could change while it is read; pass a copy`);
    throw invalid(`${name} must be a Uint8Array, another view or an ArrayBuffer, and is ${kind(value)}`);
  }
  try {
    if (!view) return new Uint8Array(buffer);
    const [at, length] = [parts[1].call(value), parts[2].call(value)];
    // Out of reach of its buffer, a typed array says that it is empty; but its methods throw.
    if (length === 0 && parts === ofTypedArray) TypedArray.at.call(value, 0);
    return new Uint8Array(buffer, at, length);
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

/**
 * What was given by name, in an object with nothing but the names that are known: a misspelt option must not be a missing
 * one. Each is read once, here, as a getter could say something else when it is asked again.
 */
export function options(value, name, known) {
  const given = {};
  try {
    // A date or a map has no options that could be misspelt, and is not meant.
    if (Object.prototype.toString.call(value) !== '[object Object]') {
      throw invalid(`${name} takes an object, and was given ${kind(value)}`);
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) throw invalid(`${name} has no option ${key}; there are ${known.join(', ')}`);
    }
    for (const key of known) given[key] = value[key];
  } catch (error) {
    throw unreadable(error, name);
  }
  return given;
}

/** At most `most` items of an array; whether there are more is for the caller to see. */
export function items(value, name, most) {
  if (!isArray(value)) throw invalid(`${name} must be an array, and is ${kind(value)}`);
  try {
    // Not by an iterator, which could be anybody's and never end.
    return Array.from({ length: Math.min(value.length, most) }, (_, index) => value[index]);
  } catch (error) {
    throw unreadable(error, name);
  }
}

/** Whatever was thrown while somebody's object was read: an error of ours that says where. */
export function unreadable(error, name) {
  return error instanceof SplitsignError ? error : invalid(`${name} cannot be read: it throws`, error);
}

/** What something is, for messages; never its content, which may be secret. */
export function kind(value) {
  if (value === null) return 'null';
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'object') return `a ${className(value)}`;
  if (value === undefined) return 'undefined';
  return `a ${typeof value}`;
}

function className(value) {
  try {
    return `${value.constructor?.name ?? 'bare object'}`;
  } catch {
    return 'object that cannot be read';
  }
}

/** As the language has it, but false for a proxy that was revoked. */
function isArray(value) {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function isArrayBuffer(value) {
  try {
    byteLength.call(value);
    return true;
  } catch {
    return false;
  }
}
