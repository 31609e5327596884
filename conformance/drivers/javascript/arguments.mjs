// What a case gives to an operation, decoded.
import { NotOfTheProtocol, decoded, textOf } from './encoding.mjs';

export class Arguments {
  #members;

  constructor(members) {
    if (members === null || typeof members !== 'object' || Array.isArray(members)) throw new NotOfTheProtocol('`arguments` must be an object');
    this.#members = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, read(name, value)]));
  }

  /** Bytes, if they are there. */
  optional(name) {
    const value = this.#members[name];
    return value instanceof Uint8Array ? value : undefined;
  }

  /** Bytes that must be there. */
  bytes(name) {
    const value = this.optional(name);
    if (value === undefined) throw new NotOfTheProtocol(`${name} is missing`);
    return value;
  }

  /** Text, if it is there. */
  text(name) {
    const bytes = this.optional(name);
    return bytes === undefined ? undefined : textOf(bytes, name);
  }

  /** A number, if it is there. */
  number(name) {
    const value = this.#members[name];
    return typeof value === 'number' ? value : undefined;
  }

  /** Yes or no; no, if it is not there. */
  flag(name) {
    return this.number(name) === 1;
  }

  /** A list, if it is there. */
  list(name) {
    const value = this.#members[name];
    return Array.isArray(value) ? value : undefined;
  }

  /** The policy for s, as the package names it. */
  lowS() {
    const number = this.number('low_s') ?? 0;
    const policy = ['accept', 'require', 'normalise'][number];
    if (policy === undefined) throw new NotOfTheProtocol(`low_s is ${number}, and not 0, 1 or 2`);
    return policy;
  }

  /** How many bytes each piece of the payload has; undefined, if it goes through at once. */
  get pieceBytes() {
    const bytes = this.number('piece_bytes');
    return bytes === undefined ? undefined : Math.max(1, bytes);
  }
}

function read(name, value) {
  if (typeof value === 'string') return decoded(value);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.map(decoded);
  throw new NotOfTheProtocol(`${name} must be bytes, a whole number or a list of bytes`);
}
