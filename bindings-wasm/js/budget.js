// The resource limits in force while a call runs: those of withLimits, or none. Whatever outlives the call, a draft or a
// stream, keeps them and puts them in force again.
import { SplitsignError } from './error.js';

/** What the core's memory has without any argument: its stack, its tables, the room for short arguments. */
export const BASE_BYTES = 4 * 1024 * 1024;

/** What a call needs for each byte of its arguments: for them, for the result, and for what lies between. */
export const MEMORY_FACTOR = 3;

/** The limits; undefined where there are none. */
export let inForce;

/** Does something, synchronously, with other limits in force: undefined for none. */
export function within(limits, act) {
  const outer = inForce;
  inForce = limits;
  try {
    return act();
  } finally {
    inForce = outer;
  }
}

/** The bytes, unless they are more than a payload or an object may have. */
export function sized(bytes, name) {
  announced(bytes.length, name);
  return bytes;
}

/** The length of a payload that is still to come, unless it is more than allowed. */
export function announced(length, name) {
  if (inForce !== undefined) fileSize(inForce, length, name);
  return length;
}

/** Refuses arguments for which the core's memory would have to grow too far: before the call, and so before it grows. */
export function memory(argumentBytes) {
  const needed = BASE_BYTES + MEMORY_FACTOR * argumentBytes;
  if (needed <= inForce.maxMemoryBytes) return;
  throw new SplitsignError('max_memory_exceeded', {
    where: `${argumentBytes} bytes of arguments need up to ${needed} bytes of memory, and maxMemoryBytes is ` +
      `${inForce.maxMemoryBytes}. Pass less, or a detached payload as a stream.`,
  });
}

/** Refuses what takes a payload in pieces, where that is disabled. */
export function streaming(name) {
  if (inForce === undefined || inForce.enableStreaming) return;
  throw new SplitsignError('streaming_disabled', {
    where: `${name} takes a payload in pieces, and enableStreaming is false. Pass the payload as a whole, or enable it.`,
  });
}

/** The limits of something that takes a payload in pieces: sizes and times add up. */
export class Allowance {
  #limits = inForce;
  #bytes = 0;
  #spentMs = 0;

  /** What was in force when it was made. */
  get limits() {
    return this.#limits;
  }

  /** Counts bytes that are about to be taken. */
  take(bytes) {
    if (this.#limits === undefined) return;
    this.#bytes += bytes;
    fileSize(this.#limits, this.#bytes, 'the payload');
  }

  /** Does a step, unless the time is over. A step by itself is not interrupted. */
  spend(step) {
    if (this.#limits === undefined) return step();
    if (this.#spentMs > this.#limits.maxExecutionMs) throw tooLong(this.#limits);
    const started = performance.now();
    try {
      return within(this.#limits, step);
    } finally {
      this.#spentMs += performance.now() - started;
    }
  }
}

/** That an operation took too long. */
export function tooLong({ maxExecutionMs }) {
  return new SplitsignError('max_execution_exceeded', {
    where: `the operation takes longer than maxExecutionMs, ${maxExecutionMs}. Sign less at a time, or allow more.`,
  });
}

function fileSize({ maxFileSizeBytes }, bytes, name) {
  if (bytes <= maxFileSizeBytes) return;
  throw new SplitsignError('max_file_size_exceeded', {
    where: `${name} has ${bytes} bytes or more, and maxFileSizeBytes is ${maxFileSizeBytes}. Split it, or allow more.`,
  });
}
