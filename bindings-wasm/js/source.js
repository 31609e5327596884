// Where a payload comes from that is not at hand as a whole: a stream, something to iterate over, a Blob, or bytes.
import { bytes, kind } from './arguments.js';
import { inForce, tooLong } from './budget.js';
import { SplitsignError, invalid } from './error.js';

/** After so many bytes others get their turn, as a stream that always has more would else keep timers waiting. */
const TURN_BYTES = 16 * 1024 * 1024;

/** Behind the last chunk. Not undefined, which a stream may have as a chunk, and which is refused as one. */
const END = Symbol('end');

/** A payload to be read once. Nothing is touched before `pour`, so that other arguments can be refused first. */
export class Source {
  #open;
  #signal;
  #limits = inForce;
  /** In bytes; undefined where only the end will tell. */
  length;

  constructor(value, signal) {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw invalid(`signal must be an AbortSignal, and is ${kind(signal)}`);
    }
    this.#signal = signal;
    if (typeof value?.getReader === 'function') {
      this.#open = () => new StreamReader(value);
    } else if (typeof Blob !== 'undefined' && value instanceof Blob) {
      this.#open = () => new StreamReader(value.stream());
      this.length = value.size;
    } else if (typeof value === 'object' && typeof (value?.[Symbol.asyncIterator] ?? listOf(value)) === 'function') {
      this.#open = () => new IteratorReader(value);
    } else {
      const all = bytes(value, 'source');
      this.#open = () => new IteratorReader([all]);
      this.length = all.length;
    }
  }

  /**
   * Gives all bytes to `sink.update`, waiting for each piece until the one before was taken. Whatever ends it early, an
   * error of the source or of the sink, the caller, or the time, is what it throws; the source is cancelled and let go,
   * and the sink freed.
   */
  async pour(sink) {
    const interruption = new Interruption(this.#signal, this.#limits);
    let reader;
    try {
      interruption.check();
      reader = this.#open();
      let turn = 0;
      for (;;) {
        const chunk = await interruption.until(reader.read());
        if (chunk === END) break;
        const taken = sink.update(chunk);
        // A sink of the core is done by now; a turn of the event loop for nothing would be most of its time.
        if (taken instanceof Promise) await interruption.until(taken);
        turn += chunk.byteLength;
        if (turn >= TURN_BYTES) turn = await interruption.until(othersTurn());
      }
      reader.release();
    } catch (error) {
      sink.free();
      reader?.cancel(error);
      throw error;
    } finally {
      interruption.end();
    }
  }
}

/** A list of chunks is something to iterate over; bytes are, too, and are not meant. */
function listOf(value) {
  return ArrayBuffer.isView(value) ? undefined : value?.[Symbol.iterator];
}

/** Resolves to 0 once timers and events had their turn. */
function othersTurn() {
  return new Promise((resolve) => setTimeout(resolve, 0, 0));
}

/** What may end a wait: the caller's signal, or the limit of time. */
class Interruption {
  #error;
  #reject;
  #signal;
  #abort = () => this.#raise(new SplitsignError('aborted', { cause: this.#signal.reason }));
  #timer;

  constructor(signal, limits) {
    this.#signal = signal;
    if (signal?.aborted) this.#abort();
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (limits !== undefined) this.#timer = setTimeout(() => this.#raise(tooLong(limits)), limits.maxExecutionMs);
  }

  #raise(error) {
    this.#error ??= error;
    this.#reject?.(this.#error);
  }

  check() {
    if (this.#error !== undefined) throw this.#error;
  }

  /** The promise, unless something ends the wait. Not Promise.race, which would remember every promise of a long stream. */
  until(promise) {
    this.check();
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
    });
  }

  end() {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}

/**
 * Reads a ReadableStream. Not into a buffer of ours (`mode: 'byob'`), though a stream of bytes could fill one: at the end of one
 * whose source does not know of such buffers, the last read would stay pending for ever (Streams Standard, 4.7.3, close).
 */
class StreamReader {
  #reader;
  /** Whether it is over, well or not: then there is nothing to cancel. */
  #over = false;

  constructor(stream) {
    if (stream.locked) throw invalid('source is a stream that is locked: somebody reads it already');
    this.#reader = stream.getReader();
  }

  /** The next chunk, or END. */
  async read() {
    try {
      const { value, done } = await this.#reader.read();
      this.#over = done;
      return done ? END : value;
    } catch (error) {
      this.#over = true;
      throw error;
    }
  }

  release() {
    this.#reader.releaseLock();
  }

  /** Not waited for: a stream that does not go on may not end now either. */
  cancel(reason) {
    if (!this.#over) this.#reader.cancel(reason).catch(() => {});
    this.release();
  }
}

/** Reads what can be iterated over, asynchronously or not. */
class IteratorReader {
  #iterator;
  #over = false;

  constructor(iterable) {
    this.#iterator = (iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator]).call(iterable);
  }

  /** The next chunk, or END. */
  async read() {
    try {
      const { value, done } = await this.#iterator.next();
      this.#over = Boolean(done);
      return done ? END : await value;
    } catch (error) {
      this.#over = true;
      throw error;
    }
  }

  release() {}

  /** Tells it that no more is wanted, and does not wait: it may never answer. */
  cancel() {
    if (this.#over) return;
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => {});
    } catch {
      // What was thrown first is what counts.
    }
  }
}
