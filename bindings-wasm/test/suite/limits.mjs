// Resource limits: what is refused when they are made, and what they refuse.
import { limitPresets, resourceLimits, withLimits } from 'splitsign/limits';
import { equal, ok, refused, refusedLater } from '../assert.mjs';
import { makeKey, sha256, sigStructure, utf8 } from '../oracle.mjs';

const HELLO = utf8('hello');
const MIB = 1024 * 1024;
const { production } = limitPresets;

/** Field, value that is refused, what the message says is allowed. */
const OUTSIDE = [
  ['maxMemoryBytes', 8 * MIB - 1, 'from 8388608 to 4294967296'],
  ['maxMemoryBytes', 2 ** 32 + 1, 'from 8388608 to 4294967296'],
  ['maxMemoryBytes', '64', 'from 8388608 to 4294967296'],
  ['maxMemoryBytes', undefined, 'from 8388608 to 4294967296'],
  ['maxExecutionMs', 0, 'from 1 to 2147483647'],
  ['maxExecutionMs', 2 ** 31, 'from 1 to 2147483647'],
  ['maxExecutionMs', 1.5, 'from 1 to 2147483647'],
  ['maxFileSizeBytes', 0, 'from 1 to 9007199254740991'],
  ['maxFileSizeBytes', 2 ** 53, 'from 1 to 9007199254740991'],
  ['maxFileSizeBytes', NaN, 'from 1 to 9007199254740991'],
  ['maxStackDepth', 15, 'from 16 to 1024'],
  ['maxStackDepth', 1025, 'from 16 to 1024'],
  ['chunkSizeBytes', 1023, 'from 1024 to 16777216'],
  ['chunkSizeBytes', 16 * MIB + 1, 'from 1024 to 16777216'],
  ['enableStreaming', undefined, 'true or false'],
  ['enableStreaming', 1, 'true or false'],
];

/** Each number is allowed, and they contradict each other. */
const CONTRADICTIONS = [
  ['chunkSizeBytes', { chunkSizeBytes: 2048, maxFileSizeBytes: 2047 }, 'from 1024 to maxFileSizeBytes, 2047'],
  ['chunkSizeBytes', { chunkSizeBytes: 4 * MIB, maxMemoryBytes: 8 * MIB }, 'from 1024 to 1398101'],
  ['maxFileSizeBytes', { enableStreaming: false, maxMemoryBytes: 64 * MIB, maxFileSizeBytes: 21 * MIB }, 'from 1 to 20971520'],
];

/** A stream that gives one chunk and then nothing. */
function stalled() {
  let given = false;
  const stream = new ReadableStream({
    pull(controller) {
      if (given) return new Promise(() => {});
      given = true;
      controller.enqueue(HELLO);
      return undefined;
    },
    cancel(reason) {
      stream.cancelled = reason;
    },
  }, { highWaterMark: 0 });
  return stream;
}

export function limits(splitsign) {
  const { cose, jws, PublicKey } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([`limits: ${name}`, run]);

  test('the presets are three, frozen, and limits as any other', () => {
    equal(Object.keys(limitPresets), ['development', 'production', 'enterprise']);
    for (const preset of Object.values(limitPresets)) {
      ok(Object.isFrozen(preset), 'not frozen');
      equal(resourceLimits(preset), preset);
    }
    ok(Object.isFrozen(limitPresets) && Object.isFrozen(resourceLimits({ ...production })), 'not frozen');
  });

  for (const [field, value, allowed] of OUTSIDE) {
    test(`${field} ${value} (${typeof value}) is refused, with what is allowed`, () => {
      const { message } = refused('invalid_argument', () => resourceLimits({ ...production, [field]: value }));
      for (const part of [field, allowed, typeof value === 'string' ? 'string' : `${value}`]) ok(message.includes(part), message);
      refused('invalid_argument', () => withLimits({ cose }, { ...production, [field]: value }));
    });
  }

  for (const [field, change, allowed] of CONTRADICTIONS) {
    test(`${JSON.stringify(change)} is refused as a contradiction`, () => {
      const { message } = refused('invalid_argument', () => resourceLimits({ ...production, ...change }));
      for (const part of [field, allowed, `${change[field]}`]) ok(message.includes(part), message);
    });
  }

  test('what is no limit, no preset and nothing to bind is refused', () => {
    refused('invalid_argument', () => resourceLimits({ ...production, maxMemory: 1 }));
    refused('invalid_argument', () => resourceLimits({}));
    for (const name of ['Production', 'constructor', '']) refused('invalid_argument', () => withLimits({ cose }, name));
    for (const given of [undefined, null, 5]) refused('invalid_argument', () => withLimits({ cose }, given));
    for (const api of [undefined, null, 'cose']) refused('invalid_argument', () => withLimits(api, 'production'));
  });

  test('functions that are bound do what the others do', async () => {
    for (const preset of Object.keys(limitPresets)) {
      const all = withLimits(splitsign, preset);
      equal(Object.keys(all).sort(), Object.keys(splitsign).sort());
      equal(all.sha256(HELLO), await sha256(HELLO));
      const key = await makeKey();
      const publicKey = all.PublicKey.fromSpki(key.spki);
      ok(publicKey instanceof PublicKey && publicKey instanceof all.PublicKey, 'not a key');
      const payload = new Uint8Array(300_000).fill(7);
      const { tbs } = sigStructure({ payload });
      const object = all.cose.prepare({ payload, detached: true }).attach(await key.sign(tbs), publicKey);
      equal(all.cose.verify(object, { payload, key: publicKey }).payload.length, 300_000);
      equal((await all.cose.verifyFrom(object, [payload], { length: 300_000, key: publicKey })).kid, undefined);
      equal(cose.verify(object, { payload, key: publicKey }).payload.length, 300_000);
      equal(new all.Digest().update(HELLO).finish(), await sha256(HELLO));
    }
  });

  // --- sizes ------------------------------------------------------------------------------------------------------

  test('a payload or an object that is too large is refused by everything that takes one, and nothing larger is', async () => {
    const { spki } = await makeKey();
    const key = { spki };
    const small = withLimits({ ...splitsign }, { ...production, maxFileSizeBytes: 5000, chunkSizeBytes: 1024 });
    const attempts = (bytes) => [
      () => small.sha256(bytes),
      () => new small.Digest().update(bytes),
      () => small.sha256From([bytes]),
      () => small.cose.prepare({ payload: bytes }),
      () => small.cose.prepare({ payload: bytes, detached: true }),
      () => small.cose.prepareStream({ length: bytes.length }),
      () => small.cose.prepareFrom(new Blob([bytes]), {}),
      () => small.cose.verify(bytes, { key }),
      () => small.cose.verify(HELLO, { payload: bytes, key }),
      () => small.cose.verifyStream(bytes, { length: 1, key }),
      () => small.cose.verifyStream(HELLO, { length: bytes.length, key }),
      () => small.cose.inspect(bytes),
      () => small.jws.prepare({ payload: bytes }),
      () => small.jws.prepareStream({}).update(bytes),
      () => small.jws.prepareFrom([bytes.subarray(1), bytes.subarray(0, 1)], {}),
      () => small.jws.verify(bytes, { key }),
      () => small.jws.verify('', { payload: bytes, key }),
      () => small.jws.verifyFrom(bytes, [HELLO], { key }),
      () => small.jws.inspect(bytes),
      () => small.dsse.prepare({ payloadType: 'a/b', payload: bytes }),
      () => small.dsse.verify(bytes, { key }),
      () => small.dsse.inspect(bytes),
    ];
    const codeOf = async (act) => {
      try {
        await act();
        return undefined;
      } catch (error) {
        return error.name === 'SplitsignError' ? error.code : `${error}`;
      }
    };
    for (const attempt of attempts(new Uint8Array(5001))) equal(await codeOf(attempt), 'max_file_size_exceeded', `${attempt}`);
    for (const attempt of attempts(new Uint8Array(5000))) ok((await codeOf(attempt)) !== 'max_file_size_exceeded', `${attempt}`);
    const { message } = refused('max_file_size_exceeded', () => small.sha256(new Uint8Array(5001)));
    for (const part of ['data', '5001', '5000', 'maxFileSizeBytes']) ok(message.includes(part), message);
  });

  test('a stream counts what it was given in all, wherever it is used', () => {
    const { jws: bound } = withLimits({ jws }, { ...production, maxFileSizeBytes: 2000, chunkSizeBytes: 1024 });
    const stream = bound.prepareStream({}).update(new Uint8Array(1999));
    stream.update(new Uint8Array(1));
    refused('max_file_size_exceeded', () => stream.update(new Uint8Array(1)));
    refused('stream_failed', () => stream.finish());
  });

  // --- memory -----------------------------------------------------------------------------------------------------

  test('arguments that need too much memory are refused before the call, and all works afterwards', async () => {
    const tight = withLimits(splitsign, { ...production, maxMemoryBytes: 8 * MIB });
    // (8 MiB − 4 MiB) / 3
    const room = 1_398_101;
    const { message } = refused('max_memory_exceeded', () => tight.cose.prepare({ payload: new Uint8Array(room + 1) }));
    for (const part of ['maxMemoryBytes', `${8 * MIB}`, `${4 * MIB + 3 * (room + 1)}`]) ok(message.includes(part), message);
    refused('max_memory_exceeded', () => tight.dsse.prepare({ payloadType: 'a/b', payload: new Uint8Array(room) }));
    refused('max_memory_exceeded', () => tight.jws.inspect(new Uint8Array(room + 1)));
    equal(tight.cose.prepare({ payload: new Uint8Array(room) }).digest, cose.prepare({ payload: new Uint8Array(room) }).digest);
    // Detached, it goes in pieces.
    equal(tight.cose.prepare({ payload: new Uint8Array(20 * MIB), detached: true }).digest.length, 32);
  });

  test('a draft keeps its limits', async () => {
    const key = await makeKey();
    const { cose: tight } = withLimits({ cose }, { ...production, maxMemoryBytes: 8 * MIB });
    // Room for the payload, and not for the signature and the key besides.
    const payload = new Uint8Array(1_398_101 - 50);
    const signature = await key.sign(sigStructure({ payload }).tbs);
    refused('max_memory_exceeded', () => tight.prepare({ payload }).attach(signature, { spki: key.spki }));
    ok(cose.prepare({ payload }).attach(signature, { spki: key.spki }).length > payload.length, 'no object');
  });

  // --- time -------------------------------------------------------------------------------------------------------

  test('a source that does not go on is given up when the time is over', async () => {
    const brief = withLimits(splitsign, { ...production, maxExecutionMs: 20 });
    for (const attempt of [
      (stream) => brief.sha256From(stream),
      (stream) => brief.cose.prepareFrom(stream, { length: 10 }),
      (stream) => brief.jws.prepareFrom(stream, {}),
    ]) {
      const stream = stalled();
      const { message } = await refusedLater('max_execution_exceeded', attempt(stream));
      ok(message.includes('maxExecutionMs, 20'), message);
      ok(!stream.locked, 'it is locked still');
      equal(stream.cancelled?.code, 'max_execution_exceeded');
    }
    equal(await brief.sha256From([HELLO]), await sha256(HELLO));
  });

  // --- streaming --------------------------------------------------------------------------------------------------

  test('without streaming nothing takes pieces, and what is large goes in as a whole', async () => {
    const { spki } = await makeKey();
    const key = { spki };
    const whole = withLimits(splitsign, { ...production, enableStreaming: false, maxFileSizeBytes: 4 * MIB });
    for (const attempt of [
      () => new whole.Digest(),
      () => whole.cose.prepareStream({ length: 5 }),
      () => whole.cose.verifyStream(HELLO, { length: 5, key }),
      () => whole.jws.prepareStream({}),
      () => whole.jws.verifyStream('', { key }),
    ]) refused('streaming_disabled', attempt);
    for (const attempt of [
      () => whole.sha256From(stalled()),
      () => whole.cose.prepareFrom(stalled(), { length: 5 }),
      () => whole.cose.verifyFrom(HELLO, stalled(), { length: 5, key }),
      () => whole.jws.prepareFrom(stalled(), {}),
      () => whole.jws.verifyFrom('', stalled(), { key }),
    ]) await refusedLater('streaming_disabled', attempt());
    const payload = new Uint8Array(3 * MIB);
    equal(whole.cose.prepare({ payload, detached: true }).digest, cose.prepare({ payload, detached: true }).digest);
    equal(whole.sha256(payload), await sha256(payload));
  });

  test('pieces of every size give the same bytes', async () => {
    const payload = new Uint8Array(300_001).map((_, at) => at * 13);
    for (const chunkSizeBytes of [1024, 65_536, 200_000]) {
      const bound = withLimits(splitsign, { ...production, chunkSizeBytes });
      equal(bound.sha256(payload), await sha256(payload));
      equal(bound.jws.prepare({ payload, detached: true }).digest, jws.prepare({ payload, detached: true }).digest);
      equal((await bound.jws.prepareFrom([payload], {})).digest, jws.prepare({ payload, detached: true }).digest);
    }
  });

  // --- nobody else ------------------------------------------------------------------------------------------------

  test('limits are of the bound functions only: not of others, not after an error, not of other limits', async () => {
    const small = { ...production, maxFileSizeBytes: 1024, chunkSizeBytes: 1024 };
    const [one, two] = [withLimits(splitsign, small), withLimits(splitsign, { ...small, maxFileSizeBytes: 2048 })];
    const data = new Uint8Array(2048);
    refused('max_file_size_exceeded', () => one.sha256(data));
    equal(two.sha256(data), splitsign.sha256(data));
    const pending = one.sha256From(stalled(), { signal: AbortSignal.timeout(20) });
    equal(splitsign.sha256(new Uint8Array(5000)).length, 32);
    await refusedLater('aborted', pending);
    // Bound twice, the inner limits count.
    equal(withLimits({ sha256: two.sha256 }, small).sha256(data).length, 32);
    let inside;
    one.cose.prepare({ get payload() { inside = two.sha256(data); return HELLO; } });
    equal(inside.length, 32);
    refused('max_file_size_exceeded', () => one.sha256(data));
  });

  test('a signer is bound, too', async () => {
    const { spki } = await makeKey();
    const descriptor = {
      key: 'k', version: 1, algorithm: 'ES256', kid: 'k#1', publicKey: { spki: btoa(String.fromCharCode(...spki)) },
      certificateChain: [], maxAgeSeconds: 300,
    };
    const paths = [];
    const { createSigner } = withLimits(splitsign, { ...production, maxFileSizeBytes: 1024, chunkSizeBytes: 1024 });
    const fetch = async (url) => (paths.push(url), Response.json(descriptor));
    const signer = createSigner({ url: 'https://signer.invalid', token: 't', key: 'k', fetch });
    await refusedLater('max_file_size_exceeded', signer.sign(new Uint8Array(1025), { format: 'dsse', payloadType: 'a/b' }));
    equal(paths.length, 1, 'it was sent to be signed');
    await refusedLater('bad_response', signer.sign(new Uint8Array(1024), { format: 'dsse', payloadType: 'a/b' }));
  });

  return tests;
}
