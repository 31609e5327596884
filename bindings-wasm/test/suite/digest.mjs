// The suite: digests, at once and in pieces, and streams that are over.
import { equal, refused } from '../assert.mjs';
import { HELLO } from '../examples.mjs';
import { makeKey, sha256, sigStructure, sign1, utf8 } from '../oracle.mjs';

export function digests(splitsign) {
  const { cose, Digest, sha256: digestOf } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  test('sha256 agrees with WebCrypto, at once and in pieces', async () => {
    for (const length of [0, 1, 63, 64, 65, 65_536, 200_001]) {
      const data = new Uint8Array(length).map((_, at) => at * 7);
      const expected = await sha256(data);
      equal(digestOf(data), expected);
      const digest = new Digest();
      for (let at = 0; at < length; at += 997) digest.update(data.subarray(at, at + 997));
      equal(digest.finish(), expected);
    }
    equal(digestOf('ü'), await sha256(utf8('ü')));
  });

  test('a digest that is finished or freed is over', () => {
    const digest = new Digest().update(HELLO);
    digest.finish();
    refused('stream_finished', () => digest.update(HELLO));
    refused('stream_finished', () => digest.finish());
    const freed = new Digest();
    freed.free();
    freed.free();
    refused('stream_finished', () => freed.finish());
  });

  test('a stream that failed in the middle of an update is over, and says so', async () => {
    const { sec1 } = await makeKey();
    const large = new Uint8Array(200_000);
    const object = sign1(sigStructure({ payload: HELLO }).protectedHeader, null, new Uint8Array(64).fill(1));
    // 70 000 are announced: the first 64 KiB are taken, the rest of the update is not.
    for (const make of [
      () => cose.prepareStream({ length: 70_000 }),
      () => cose.verifyStream(object, { length: 70_000, key: { sec1 } }),
    ]) {
      const stream = make();
      refused('length_mismatch', () => stream.update(large));
      refused('stream_failed', () => stream.update(large.subarray(0, 70_000 - 65_536)));
      refused('stream_failed', () => stream.finish());
      stream.free();
      refused('stream_failed', () => stream.finish());
    }
    // What is refused before it reaches the stream does it no harm.
    const stream = cose.prepareStream({ length: 5 });
    refused('invalid_argument', () => stream.update('hello'));
    equal(stream.update(HELLO).finish().digest, cose.prepare({ payload: HELLO, detached: true }).digest);
  });

  return tests;
}
