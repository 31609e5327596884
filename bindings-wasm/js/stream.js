// Something in the core that takes bytes in pieces. The only thing that lives there beyond a call.
import { Allowance, inForce } from './budget.js';
import { SplitsignError } from './error.js';
import { call } from './instance.js';
import { STREAM_FINISH, STREAM_FREE, STREAM_UPDATE } from './operations.js';
import * as record from './record.js';

/** Pieces of this many bytes go into the core, so that its memory stays small. */
export const CHUNK_BYTES = 64 * 1024;

/** From this many bytes on, a detached payload is streamed even if it is at hand as a whole. */
const STREAM_FROM_BYTES = 1024 * 1024;

/** Whether a payload that is at hand goes into the core in pieces. With limits, each piece is a place to stop at. */
export function inPieces(payload) {
  if (inForce === undefined) return payload.length >= STREAM_FROM_BYTES;
  return inForce.enableStreaming && payload.length > inForce.chunkSizeBytes;
}

/** Frees what was forgotten, where the runtime says what that is. */
const forgotten = typeof FinalizationRegistry === 'undefined' ? undefined : new FinalizationRegistry(attemptFree);

/** Holds what the core made until it is finished, freed or forgotten. */
export class Stream {
  /** A record that names the stream. */
  #handle;
  #failed = false;
  #allowance = new Allowance();

  /** Starts it: `operation` is one of START_…. */
  constructor(operation, flags, parameters) {
    this.#handle = record.of(record.STREAM, call(operation, flags, parameters));
    forgotten?.register(this, this.#handle, this);
  }

  /** The limits that were in force when it was started, and are while it works. */
  get limits() {
    return this.#allowance.limits;
  }

  /** Takes the next bytes, however many. If it fails, a part of them may have been taken: the stream is over. */
  update(chunk) {
    const handle = this.#open();
    const size = this.limits?.chunkSizeBytes ?? CHUNK_BYTES;
    try {
      this.#allowance.take(chunk.length);
      for (let at = 0; at < chunk.length; at += size) {
        this.#allowance.spend(() => call(STREAM_UPDATE, 0, handle, chunk.subarray(at, at + size)));
      }
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  /** The result. The stream is over, also when this fails. */
  finish(key) {
    const handle = this.#open();
    this.#close();
    try {
      return this.#allowance.spend(() => call(STREAM_FINISH, 0, record.append(handle, record.KEY, key)));
    } catch (error) {
      // What did not begin has freed nothing.
      attemptFree(handle);
      throw error;
    }
  }

  /** Gives the memory back without a result; again and again, if one likes. */
  free() {
    const handle = this.#close();
    if (handle !== undefined) call(STREAM_FREE, 0, handle);
  }

  #fail() {
    this.#failed = true;
    attemptFree(this.#close());
  }

  #close() {
    const handle = this.#handle;
    this.#handle = undefined;
    forgotten?.unregister(this);
    return handle;
  }

  #open() {
    if (this.#failed) throw new SplitsignError('stream_failed');
    if (this.#handle === undefined) throw new SplitsignError('stream_finished');
    return this.#handle;
  }
}

function attemptFree(handle) {
  try {
    call(STREAM_FREE, 0, handle);
  } catch {
    // A module that stopped still holds the stream; the first error said so.
  }
}
