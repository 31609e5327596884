// SHA-256, at once or in pieces.
import { bytes, bytesOrText, options } from './arguments.js';
import { sized, streaming } from './budget.js';
import { call } from './instance.js';
import { SHA256, START_DIGEST } from './operations.js';
import { runtimeDigest } from './runtime-digest.js';
import { Source } from './source.js';
import { Stream, inPieces } from './stream.js';
import { Uncloneable } from './uncloneable.js';

const NOTHING = new Uint8Array();

/** The digest of bytes, or of a text as UTF-8. */
export function sha256(data) {
  const all = sized(bytesOrText(data, 'data'), 'data');
  if (inPieces(all)) return new Digest().update(all).finish();
  return call(SHA256, 0, undefined, all);
}

/** The digest of what is read from a stream, from something to iterate over, or from a Blob. */
export async function sha256From(source, settings = {}) {
  streaming('sha256From');
  const all = new Source(source, options(settings, 'sha256From', ['signal']).signal);
  const digest = runtimeDigest(all.length)?.begin(NOTHING) ?? new Digest();
  await all.pour(digest);
  return digest.finish();
}

/** A digest in progress. */
export class Digest extends Uncloneable {
  #stream;

  constructor() {
    super();
    streaming('Digest');
    this.#stream = new Stream(START_DIGEST, 0);
  }

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
