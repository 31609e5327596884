// SHA-256, at once or in pieces.
import { bytesOrText, bytes } from './arguments.js';
import { call, make } from './instance.js';
import { Stream } from './stream.js';
import { Sha256Stream, sha256 as sha256OfCore } from './wasm/splitsign_wasm.js';

/** The digest of bytes, or of a text as UTF-8. */
export function sha256(data) {
  return call(sha256OfCore, bytesOrText(data, 'data'));
}

/** A digest in progress. */
export class Digest {
  #stream = new Stream(make(Sha256Stream));

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
