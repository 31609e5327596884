// SHA-256, at once or in pieces.
import { bytesOrText, bytes } from './arguments.js';
import { call } from './instance.js';
import { SHA256, START_DIGEST } from './operations.js';
import { Stream } from './stream.js';

/** The digest of bytes, or of a text as UTF-8. */
export function sha256(data) {
  return call(SHA256, 0, undefined, bytesOrText(data, 'data'));
}

/** A digest in progress. */
export class Digest {
  #stream = new Stream(START_DIGEST, 0);

  /** Takes the next bytes. */
  update(chunk) {
    this.#stream.update(bytes(chunk, 'chunk'));
    return this;
  }

  /** The digest of all that was taken. */
  finish() {
    return this.#stream.finish();
  }

  /** Gives the memory back without a result. */
  free() {
    this.#stream.free();
  }
}

if (Symbol.dispose) Digest.prototype[Symbol.dispose] = Digest.prototype.free;
