// The runtime's own SHA-256, which uses the processor's instructions for it, as WebAssembly cannot. What is hashed before the
// payload comes from the core, which takes the digest as it takes one of a stream. Verification never goes this way: whether a
// signature is right is for the core alone to say.
import { bytes } from './arguments.js';
import { Allowance } from './budget.js';
import { SplitsignError } from './error.js';
import { backend } from './instance.js';
import { CHUNK_BYTES } from './stream.js';

/** From these on it is faster, in bytes: see "Which SHA-256" in benches/README.md. */
const NODE_FROM = 0;
const WORKERS_FROM = 16 * 1024;

/**
 * A digest by the runtime; undefined where the core is as fast, or the runtime has none that takes pieces. That of WebCrypto
 * does not: it would need a copy of everything.
 * @param {number | undefined} length of the payload, where it is known
 */
export function runtimeDigest(length = Infinity) {
  const hash = hashOf(length);
  return hash === undefined ? undefined : new RuntimeDigest(hash);
}

function hashOf(length) {
  // The native core has the processor's instructions, too.
  if (backend() === 'native') return undefined;
  const node = globalThis.process?.getBuiltinModule?.('node:crypto')?.createHash;
  if (node !== undefined) return length >= NODE_FROM ? new NodeHash(node) : undefined;
  const DigestStream = globalThis.crypto?.DigestStream;
  return DigestStream !== undefined && length >= WORKERS_FROM ? new WorkersHash(DigestStream) : undefined;
}

/** What a payload is poured into, in place of a stream of the core. */
class RuntimeDigest {
  #hash;
  #allowance = new Allowance();
  #left = Infinity;

  constructor(hash) {
    this.#hash = hash;
  }

  /** The limits that were in force when it was made. */
  get limits() {
    return this.#allowance.limits;
  }

  /** Takes what comes before the payload, and how many bytes that will have, if that was announced. */
  begin(prefix, length = Infinity) {
    this.#left = length;
    this.#hash.begin(prefix);
    return this;
  }

  /** Takes the next bytes; in pieces, as the core does, so that errors are at the same places. A promise, if it waits. */
  update(chunk) {
    const all = bytes(chunk, 'chunk');
    this.#allowance.take(all.length);
    return this.#updateFrom(all, 0);
  }

  #updateFrom(all, start) {
    const size = this.limits?.chunkSizeBytes ?? CHUNK_BYTES;
    for (let at = start; at < all.length; at += size) {
      const piece = all.subarray(at, at + size);
      if (piece.length > this.#left) throw new SplitsignError('length_mismatch', { at: this.#left });
      this.#left -= piece.length;
      const taken = this.#allowance.spend(() => this.#hash.update(piece));
      if (taken !== undefined) return taken.then(() => this.#updateFrom(all, at + size));
    }
    return undefined;
  }

  async finish() {
    if (this.#left > 0 && this.#left < Infinity) {
      this.free();
      throw new SplitsignError('length_mismatch', { at: 0 });
    }
    return this.#allowance.spend(() => this.#hash.finish());
  }

  free() {
    this.#hash.free();
  }
}

/** node:crypto in Node, Deno, Bun, and Workers that have it: in pieces, and without waiting. */
class NodeHash {
  #hash;

  constructor(createHash) {
    this.#hash = createHash('sha256');
  }

  begin(prefix) {
    this.#hash.update(prefix);
  }

  update(piece) {
    this.#hash.update(piece);
  }

  finish() {
    // Not a Buffer, whose memory is shared with others.
    return new Uint8Array(this.#hash.digest());
  }

  free() {}
}

/** The DigestStream of Workers: in pieces, each waited for. */
class WorkersHash {
  #digest;
  #writer;

  constructor(DigestStream) {
    const stream = new DigestStream('SHA-256');
    this.#digest = stream.digest;
    // Of one that is given up nobody asks for the digest.
    this.#digest.catch(() => {});
    this.#writer = stream.getWriter();
  }

  begin(prefix) {
    this.#written(this.#writer.write(prefix));
  }

  update(piece) {
    return this.#writer.write(piece);
  }

  async finish() {
    await this.#writer.close();
    return new Uint8Array(await this.#digest);
  }

  free() {
    this.#written(this.#writer.abort());
  }

  /** What fails here fails at the next write, which is waited for. */
  #written(promise) {
    promise.catch(() => {});
  }
}
