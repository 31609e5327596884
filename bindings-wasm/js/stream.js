// Something in the core that takes bytes in pieces. The only thing that lives there beyond a call.
import { SplitsignError } from './error.js';
import { inCore } from './instance.js';

const NOTHING = new Uint8Array();

/** Pieces of this many bytes go into the core, so that its memory stays small. */
const CHUNK_BYTES = 64 * 1024;

/** From this many bytes on, a detached payload is streamed even if it is at hand as a whole. */
export const STREAM_FROM_BYTES = 1024 * 1024;

/** Holds what the core made until it is finished or freed. What is forgotten is freed with it (FinalizationRegistry). */
export class Stream {
  #handle;
  #failed = false;

  constructor(handle) {
    this.#handle = handle;
  }

  /** Takes the next bytes, however many. If it fails, a part of them may have been taken: the stream is over. */
  update(chunk) {
    const handle = this.#open();
    try {
      for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
        const piece = chunk.subarray(at, at + CHUNK_BYTES);
        inCore(() => handle.update(piece));
      }
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  /** The result. The stream is over, also when this fails. */
  finish(key = NOTHING) {
    const handle = this.#open();
    this.#handle = undefined;
    return inCore(() => handle.finish(key));
  }

  /** Gives the memory back without a result; again and again, if one likes. */
  free() {
    this.#handle?.free();
    this.#handle = undefined;
  }

  #fail() {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#failed = true;
    try {
      handle.free();
    } catch {
      // A module that stopped inside the stream still holds it; the first error says so.
    }
  }

  #open() {
    if (this.#failed) throw new SplitsignError('stream_failed');
    if (this.#handle === undefined) throw new SplitsignError('stream_finished');
    return this.#handle;
  }
}
