// Payloads that are read: streams, things to iterate over, Blobs.
import { equal, ok, refused, refusedLater } from '../assert.mjs';
import { concat, makeKey, sha256, sigStructure, signingInput, utf8 } from '../oracle.mjs';

/** Longer than what is read at once, and no multiple of anything. */
const PAYLOAD = new Uint8Array(200_001).map((_, at) => at * 7);
const HELLO = utf8('hello');

function* pieces(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* slowly(bytes, size) {
  for (const piece of pieces(bytes, size)) yield await piece;
}

/** A stream of chunks, which notes whether it was cancelled. */
function streamOf(chunks, more = {}) {
  const iterator = chunks[Symbol.iterator]();
  const stream = new ReadableStream({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      stream.cancelled = reason;
    },
    ...more,
  }, { highWaterMark: 0 });
  return stream;
}

/** Every kind of source; each call makes new ones. */
const SOURCES = {
  'a stream': (bytes) => streamOf(pieces(bytes, 997)),
  'a stream of large chunks': (bytes) => streamOf(pieces(bytes, 150_000)),
  // Copies, as what goes into a stream of bytes is transferred.
  'a stream of bytes': (bytes) => streamOf([...pieces(bytes, 997)].map((piece) => piece.slice()), { type: 'bytes' }),
  'an asynchronous generator': (bytes) => slowly(bytes, 65_536),
  'a list of chunks': (bytes) => [...pieces(bytes, 50_000)],
  'a Blob': (bytes) => new Blob([bytes]),
  'bytes': (bytes) => bytes,
  'an ArrayBuffer': (bytes) => bytes.slice().buffer,
};

/** A stream that gives one chunk and then nothing, until it is cancelled. */
function stalled(more = {}) {
  let given = false;
  const stream = new ReadableStream({
    pull(controller) {
      if (given) return new Promise(() => {});
      given = true;
      controller.enqueue(HELLO.slice());
      return undefined;
    },
    cancel(reason) {
      stream.cancelled = reason;
    },
    ...more,
  }, { highWaterMark: 0 });
  return stream;
}

const later = () => new Promise((resolve) => setTimeout(resolve, 5));

export function streams(splitsign) {
  const { cose, jws, sha256From, PublicKey } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([`streams: ${name}`, run]);

  for (const [name, of] of Object.entries(SOURCES)) {
    test(`${name} has the digest of its bytes`, async () => {
      for (const payload of [PAYLOAD, HELLO, new Uint8Array()]) {
        const { length } = payload;
        equal(await sha256From(of(payload)), await sha256(payload), 'sha256From');
        equal((await cose.prepareFrom(of(payload), { kid: 'k', length })).digest, await sha256(sigStructure({ payload, kid: utf8('k') }).tbs), 'cose');
        equal((await jws.prepareFrom(of(payload), { kid: 'k' })).digest, await sha256(signingInput({ alg: 'ES256', kid: 'k' }, payload)), 'jws');
      }
    });
  }

  test('what is signed from a stream verifies, at once and from every kind of source', async () => {
    const key = await makeKey();
    const publicKey = PublicKey.fromSpki(key.spki);
    const { tbs } = sigStructure({ payload: PAYLOAD, kid: utf8('k') });
    const object = (await cose.prepareFrom(streamOf(pieces(PAYLOAD, 5000)), { kid: 'k', length: PAYLOAD.length })).attach(await key.sign(tbs), publicKey);
    const input = signingInput({ alg: 'ES256', kid: 'k' }, PAYLOAD);
    const token = (await jws.prepareFrom(streamOf(pieces(PAYLOAD, 5000)), { kid: 'k' })).attach(await key.sign(input), publicKey);
    equal(cose.verify(object, { payload: PAYLOAD, key: publicKey }).kid, utf8('k'));
    equal(jws.verify(token, { payload: PAYLOAD, key: publicKey }).kid, 'k');
    for (const of of Object.values(SOURCES)) {
      equal((await cose.verifyFrom(object, of(PAYLOAD), { length: PAYLOAD.length, key: publicKey })).kid, utf8('k'));
      equal((await jws.verifyFrom(token, of(PAYLOAD), { key: publicKey })).kid, 'k');
    }
    const changed = PAYLOAD.slice();
    changed[150_000] ^= 1;
    for (const of of Object.values(SOURCES)) {
      await refusedLater('bad_signature', cose.verifyFrom(object, of(changed), { length: PAYLOAD.length, key: publicKey }));
      await refusedLater('bad_signature', jws.verifyFrom(token, of(changed), { key: publicKey }));
    }
  });

  test('COSE needs the length of a stream, and no other', async () => {
    const error = await refusedLater('invalid_argument', cose.prepareFrom(streamOf([HELLO]), { kid: 'k' }));
    ok(error.message.includes('length'), error.message);
    equal((await cose.prepareFrom(new Blob([HELLO]), {})).digest, cose.prepare({ payload: HELLO, detached: true }).digest);
    for (const length of [0, 4, 6]) {
      const stream = streamOf([HELLO]);
      equal((await refusedLater('length_mismatch', cose.prepareFrom(stream, { length }))).at, length < 5 ? length : 0);
      ok(!stream.locked, 'it is locked still');
      equal(stream.cancelled?.code, length < 5 ? 'length_mismatch' : undefined, 'cancelled');
      await refusedLater('length_mismatch', cose.prepareFrom(new Blob([HELLO]), { length }));
    }
  });

  test('the next chunk is asked for when the one before was taken', async () => {
    const buffer = new Uint8Array(1000);
    const all = [];
    async function* reusing() {
      for (let round = 0; round < 100; round++) {
        buffer.fill(round);
        all.push(buffer.slice());
        yield buffer;
      }
    }
    const digest = await sha256From(reusing());
    equal(digest, await sha256(concat(...all)));
  });

  test("a source's own error is what is thrown, and the stream is let go", async () => {
    const own = new TypeError('the disk is gone');
    for (const type of [undefined, 'bytes']) {
      const fail = (controller) => controller.error(own);
      let pulls = 0;
      const stream = streamOf([], { type, pull: (controller) => (pulls++ === 0 ? controller.enqueue(HELLO.slice()) : fail(controller)) });
      const error = await sha256From(stream).catch((one) => one);
      ok(error === own, `${error}`);
      ok(!stream.locked, 'it is locked still');
    }
    const error = await jws.prepareFrom((async function* () { yield HELLO; throw own; })(), {}).catch((one) => one);
    ok(error === own, `${error}`);
  });

  test('the caller may give up: before, and while a chunk is waited for', async () => {
    const reason = new Error('enough');
    const before = stalled();
    const error = await refusedLater('aborted', sha256From(before, { signal: AbortSignal.abort(reason) }));
    ok(error.cause === reason, 'the reason is gone');
    ok(!before.locked && before.cancelled === undefined, 'it was touched');
    for (const type of [undefined, 'bytes']) {
      const stream = stalled({ type });
      const controller = new AbortController();
      const promise = refusedLater('aborted', cose.prepareFrom(stream, { length: 10, signal: controller.signal }));
      await later();
      controller.abort(reason);
      equal((await promise).cause.message, 'enough');
      ok(!stream.locked, 'it is locked still');
      equal(stream.cancelled?.code, 'aborted');
    }
  });

  test('something to iterate over is told to stop, and not waited for', async () => {
    let returned = 0;
    const endless = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => (returned++, new Promise(() => {})) }) };
    const controller = new AbortController();
    const promise = refusedLater('aborted', sha256From(endless, { signal: controller.signal }));
    await later();
    controller.abort();
    await promise;
    equal(returned, 1);
    await refusedLater('length_mismatch', cose.prepareFrom((function* () { try { yield HELLO; yield HELLO; } finally { returned++; } })(), { length: 7 }));
    equal(returned, 2);
  });

  test('a source that always has more does not keep others waiting', async () => {
    const chunk = new Uint8Array(1024 * 1024);
    const controller = new AbortController();
    let chunks = 0;
    // An end, so that this fails rather than never ends.
    async function* ready() { for (; chunks < 200; chunks++) yield chunk; }
    setTimeout(() => controller.abort(), 0);
    await refusedLater('aborted', sha256From(ready(), { signal: controller.signal }));
    ok(chunks < 200, `${chunks} chunks were read`);
  });

  test('arguments that are refused leave the source alone', async () => {
    const { spki } = await makeKey();
    for (const attempt of [
      (stream) => cose.prepareFrom(stream, { length: 5, detatched: true }),
      (stream) => cose.prepareFrom(stream, { length: 5, kid: 5 }),
      (stream) => cose.prepareFrom(stream, { length: 5, signal: 'no signal' }),
      (stream) => cose.verifyFrom(HELLO, stream, { length: -1, key: { spki } }),
      (stream) => jws.prepareFrom(stream, { length: 5 }),
      (stream) => jws.verifyFrom('', stream, {}),
      (stream) => sha256From(stream, { signal: {} }),
    ]) {
      const stream = streamOf([HELLO]);
      await refusedLater('invalid_argument', attempt(stream));
      ok(!stream.locked && stream.cancelled === undefined, `touched by ${attempt}`);
    }
    const stream = streamOf([HELLO]);
    await refusedLater('cbor_truncated', cose.verifyFrom(new Uint8Array(), stream, { length: 5, key: { spki } }));
    ok(!stream.locked && stream.cancelled === undefined, 'touched');
  });

  test('what is no source, or gives what is no bytes, is refused', async () => {
    const locked = streamOf([HELLO]);
    locked.getReader();
    for (const source of ['text', 5, null, undefined, {}, () => HELLO, locked]) {
      const error = await refusedLater('invalid_argument', sha256From(source));
      ok(error.message.includes('source'), error.message);
    }
    for (const chunk of ['text', undefined, null, 5, [1]]) {
      const stream = streamOf([HELLO, chunk, HELLO]);
      await refusedLater('invalid_argument', sha256From(stream));
      ok(!stream.locked && stream.cancelled.code === 'invalid_argument', 'it is not let go');
      await refusedLater('invalid_argument', jws.prepareFrom([HELLO, chunk, HELLO], {}));
    }
  });

  test('many that fail leave nothing behind that hinders', async () => {
    for (let round = 0; round < 500; round++) {
      await refusedLater('length_mismatch', cose.prepareFrom([HELLO, HELLO], { length: 7, kid: new Uint8Array(1000) }));
    }
    refused('invalid_argument', () => cose.prepare({ payload: 'text' }));
    equal((await cose.prepareFrom([HELLO], { length: 5 })).digest, cose.prepare({ payload: HELLO, detached: true }).digest);
  });

  return tests;
}
