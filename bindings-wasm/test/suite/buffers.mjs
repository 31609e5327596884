// The suite: buffers that are taken away, cut or shared while somebody works with them.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO, KID, LEAF } from '../examples.mjs';
import { makeKey, sigStructure, utf8 } from '../oracle.mjs';
import { specimens, surface } from './surface.mjs';

/** Takes the memory away, as a worker does that gets it. */
function transfer(view) {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

/** Whether ArrayBuffers can be made larger and smaller here. */
const RESIZABLE = 'resize' in ArrayBuffer.prototype;

export function buffers(splitsign) {
  const { cose, jws, dsse } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  /** The call with bytes in one place of its arguments, for each place where bytes stand. */
  async function eachPlace(act) {
    for (const [name, given, call, code] of surface(splitsign, await specimens(splitsign))) {
      for (const [position, good] of given.entries()) {
        if (ArrayBuffer.isView(good)) act(`${name}, argument ${position}`, good, (bytes) => call(...given.with(position, bytes)), code);
        else if (typeof good === 'object' && !splitsign.PublicKey.isPublicKey(good)) {
          for (const option of Object.keys(good).filter((one) => ArrayBuffer.isView(good[one]))) {
            act(`${name}, ${option}`, good[option], (bytes) => call(...given.with(position, { ...good, [option]: bytes })), code);
          }
        }
      }
    }
  }

  test('transferred buffers are refused wherever bytes are taken', async () => {
    let places = 0;
    await eachPlace((what, good, call) => {
      const message = (bytes) => refused('invalid_argument', () => call(bytes)).message;
      ok(message(transfer(good.slice())).includes('transferred'), what);
      ok(message(transfer(good.slice()).buffer).includes('transferred'), what);
      places++;
    });
    ok(places >= 25, `only ${places} places`);
    refused('invalid_argument', () => cose.prepare({ payload: HELLO, x5chain: [LEAF, transfer(LEAF.slice())] }));
    refused('invalid_argument', () => cose.verify(HELLO, { key: { spki: transfer(HELLO.slice()) } }));
  });

  test('memory that threads share is refused wherever bytes are taken', async () => {
    await eachPlace((what, good, call) => {
      const shared = new Uint8Array(new SharedArrayBuffer(good.length));
      shared.set(good);
      ok(refused('invalid_argument', () => call(shared)).message.includes('shared memory'), what);
      refused('invalid_argument', () => call(new DataView(shared.buffer)));
      refused('invalid_argument', () => call(shared.buffer));
    });
  });

  test('a getter that takes away what was read before is found out', () => {
    for (const [name, prepare] of [
      ['cose', (more) => cose.prepare(more)], ['jws', (more) => jws.prepare(more)], ['dsse', (more) => dsse.prepare({ payloadType: 'a/b', ...more })],
    ]) {
      const payload = HELLO.slice();
      const given = { payload };
      Object.defineProperty(given, 'lowS', { enumerable: true, get: () => (transfer(payload), 'accept') });
      refused('invalid_argument', () => prepare(given));
      equal(prepare({ payload: HELLO }).digest.length, 32, name);
    }
  });

  test('what says that it is longer than it is is taken as long as it is', () => {
    class Liar extends Uint8Array {
      get byteLength() {
        return 2 ** 31;
      }

      get byteOffset() {
        return 1000;
      }

      get buffer() {
        throw new Error('looked at');
      }
    }
    equal(splitsign.sha256(Liar.from(HELLO)), splitsign.sha256(HELLO));
    class Throws extends DataView {
      get byteLength() {
        throw new Error('looked at');
      }
    }
    equal(splitsign.sha256(new Throws(HELLO.slice().buffer)), splitsign.sha256(HELLO));
  });

  // Where buffers have one size for ever there is nothing to test; every runtime that the package is tested in can resize.
  test('views that a smaller buffer cut off are refused wherever bytes are taken', async () => {
    ok(RESIZABLE, 'this runtime cannot resize: name it here, and say so in the README');
    await eachPlace((what, good, call, code) => {
      const buffer = new ArrayBuffer(good.length + 8, { maxByteLength: good.length + 64 });
      const fixed = new Uint8Array(buffer, 8, good.length);
      const views = [fixed, new DataView(buffer, 8, good.length), new Uint8Array(buffer, 8), new DataView(buffer, 8)];
      fixed.set(good);
      // In reach, they are as good as any.
      for (const view of views) {
        try {
          call(view);
        } catch (error) {
          if (code === undefined || error.code !== code) throw new Error(`${what}: ${error.stack}`);
        }
      }
      buffer.resize(4);
      for (const view of views) ok(refused('invalid_argument', () => call(view)).message.includes('made smaller'), what);
      buffer.resize(buffer.maxByteLength);
    });
  });

  test('a view of a buffer that was made smaller is refused, and one that follows the buffer is not', async () => {
    const key = await makeKey();
    const raw = await key.sign(HELLO);
    const made = (view) => {
      const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
      new Uint8Array(buffer).set(HELLO);
      return [buffer, view(buffer)];
    };
    for (const view of [
      (buffer) => new Uint8Array(buffer, 0, 5), (buffer) => new DataView(buffer, 0, 5), (buffer) => new Uint16Array(buffer, 4, 2),
    ]) {
      const [buffer, payload] = made(view);
      const draft = cose.prepare({ payload });
      buffer.resize(2);
      for (const run of [() => draft.attach(raw, { spki: key.spki }), () => cose.prepare({ payload }), () => splitsign.sha256(payload)]) {
        const error = refused('invalid_argument', run);
        ok(error.message.includes('made smaller'), error.message);
      }
    }
    const [buffer, all] = made((buffer) => new Uint8Array(buffer));
    buffer.resize(5);
    equal(splitsign.sha256(all), splitsign.sha256('hello'));
    const draft = cose.prepare({ payload: all });
    buffer.resize(0);
    refused('invalid_argument', () => draft.attach(raw, { spki: key.spki }));
    equal(splitsign.sha256(all), splitsign.sha256(''));
    buffer.resize(5);
    all.set(HELLO);
    const signature = await key.sign(sigStructure({ payload: HELLO }).tbs);
    equal(cose.verify(draft.attach(signature, { spki: key.spki }), { key: { spki: key.spki } }).payload, HELLO);
  });

  test('a getter among the options that transfers the payload gets an error, and no signature of nothing', () => {
    for (const prepare of [cose.prepare, jws.prepare]) {
      const payload = HELLO.slice();
      refused('invalid_argument', () => prepare({
        payload,
        get kid() {
          structuredClone(payload.buffer, { transfer: [payload.buffer] });
          return 'k';
        },
      }));
    }
  });

  test('a payload that was cut off, made shorter or longer between prepare and attach is refused', async () => {
    const key = await makeKey();
    const raw = await key.sign(sigStructure({ payload: HELLO }).tbs);
    for (const [name, prepare] of [
      ['cose', (payload) => cose.prepare({ payload })], ['jws', (payload) => jws.prepare({ payload })],
      ['dsse', (payload) => dsse.prepare({ payload, payloadType: 'a/b' })],
    ]) {
      for (const [view, size] of [
        [(buffer) => new Uint8Array(buffer, 0, 5), 4], [(buffer) => new Uint8Array(buffer), 4], [(buffer) => buffer, 4], [(buffer) => buffer, 0],
        [(buffer) => new Uint8Array(buffer, 2), 1], [(buffer) => new Uint8Array(buffer, 2), 0],
      ]) {
        const buffer = new ArrayBuffer(5, { maxByteLength: 100 });
        new Uint8Array(buffer).set(HELLO);
        const draft = prepare(view(buffer));
        buffer.resize(size);
        let error;
        try {
          draft.attach(raw, { spki: key.spki });
        } catch (caught) {
          error = caught;
        }
        ok(['invalid_argument', 'digest_mismatch'].includes(error?.code), `${name}, ${size}: ${error?.stack ?? 'accepted'}`);
      }
      // What grows behind a payload is not in it.
      const buffer = new ArrayBuffer(5, { maxByteLength: 100 });
      new Uint8Array(buffer).set(HELLO);
      const draft = prepare(new Uint8Array(buffer));
      const { digest } = draft;
      buffer.resize(100);
      refused('bad_signature', () => draft.attach(new Uint8Array(64).fill(1), { spki: key.spki }));
      equal(draft.digest, digest);
    }
    // A detached payload was hashed, and is not needed again.
    const buffer = new ArrayBuffer(5, { maxByteLength: 100 });
    new Uint8Array(buffer).set(HELLO);
    const draft = cose.prepare({ payload: buffer, detached: true });
    buffer.resize(0);
    ok(cose.verify(draft.attach(raw, { spki: key.spki }), { payload: HELLO, key: { spki: key.spki } }));
  });

  test('the instance is usable after all that', async () => {
    const all = await specimens(splitsign);
    equal(cose.verify(all.object, { key: all.publicKey }).kid, KID);
    equal(jws.verify(all.compact, { key: all.publicKey }).payload, HELLO);
    equal(dsse.verify(all.envelope, { key: all.publicKey }).payload, HELLO);
    equal(splitsign.sha256('hello'), splitsign.sha256(utf8('hello')));
  });

  return tests;
}
