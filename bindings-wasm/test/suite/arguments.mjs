// The suite: tables of keys, bytes of all types, options, and the shape of errors.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO, signed } from '../examples.mjs';
import { concat, makeKey, sha256, sigStructure } from '../oracle.mjs';

export function givenArguments(splitsign) {
  const { cose, jws, dsse, PublicKey, SplitsignError, sha256: digestOf } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  test('verdicts stay the same when keys get tables, and when more keys come than are remembered', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => makeKey()));
    const signed = await Promise.all(keys.map(async (key) => ({
      key: PublicKey.fromSpki(key.spki),
      digest: await sha256(HELLO),
      signature: await key.sign(HELLO),
    })));
    const check = ({ key, digest, signature }, other) => {
      splitsign.verifyDigest({ digest, signature, key });
      refused('bad_signature', () => splitsign.verifyDigest({ digest, signature: other.signature, key }));
      refused('bad_signature', () => splitsign.verifyDigest({ digest: new Uint8Array(32), signature, key }));
    };
    // One key after the other, each often enough for a table; then all in turn, so that each is forgotten before it
    // comes again; then few, so that tables are used.
    for (const one of signed) for (let i = 0; i < 8; i += 1) check(one, signed[(signed.indexOf(one) + 1) % 10]);
    for (let i = 0; i < 4; i += 1) signed.forEach((one, at) => check(one, signed[(at + 1) % 10]));
    for (let i = 0; i < 10; i += 1) for (const at of [0, 1, 2]) check(signed[at], signed[(at + 1) % 3]);
  });

  test('bytes come as any view of any type, and never as something else', async () => {
    const expected = cose.prepare({ payload: HELLO }).digest;
    const odd = concat(Uint8Array.of(0), HELLO, Uint8Array.of(0)).subarray(1, 6);
    for (const payload of [HELLO.buffer.slice(0), new DataView(odd.buffer, 1, 5), odd, new Int8Array(HELLO), new Uint8ClampedArray(HELLO)]) {
      equal(cose.prepare({ payload }).digest, expected);
    }
    const wide = Uint16Array.of(0x6568, 0x6c6c);
    equal(digestOf(wide), digestOf('hell'));
    for (const payload of [undefined, null, 5, 'hello', [104], { length: 5 }, true, () => 0, Symbol('s'), 5n]) {
      const error = refused('invalid_argument', () => cose.prepare({ payload }));
      ok(error.message.includes('payload'), error.message);
    }
    const shared = new Uint8Array(new SharedArrayBuffer(5));
    ok(refused('invalid_argument', () => cose.prepare({ payload: shared })).message.includes('shared memory'));
    refused('invalid_argument', () => cose.prepare({ payload: shared.buffer }));
    const moved = HELLO.slice();
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    ok(refused('invalid_argument', () => cose.prepare({ payload: moved })).message.includes('transferred'));
    refused('invalid_argument', () => cose.prepare({ payload: moved.buffer }));
  });

  test('a payload whose buffer was transferred after preparing is refused', async () => {
    const key = await makeKey();
    const raw = await key.sign(HELLO);
    for (const prepare of [
      (payload) => cose.prepare({ payload }),
      (payload) => jws.prepare({ payload }),
      (payload) => dsse.prepare({ payload, payloadType: 'text/plain' }),
    ]) {
      for (const view of [(buffer) => buffer, (buffer) => new Uint8Array(buffer, 1, 3), (buffer) => new DataView(buffer)]) {
        const { buffer } = HELLO.slice();
        const draft = prepare(view(buffer));
        structuredClone(buffer, { transfer: [buffer] });
        const error = refused('invalid_argument', () => draft.attach(raw, { spki: key.spki }));
        ok(error.message.includes('payload') && error.message.includes('transferred'), error.message);
      }
    }
    // A detached payload was hashed, and is not needed again.
    const { buffer } = HELLO.slice();
    const draft = cose.prepare({ payload: buffer, detached: true });
    structuredClone(buffer, { transfer: [buffer] });
    const signature = await signed(draft, sigStructure({ payload: HELLO }).tbs, key);
    ok(cose.verify(draft.attach(signature, { spki: key.spki }), { payload: HELLO, key: { spki: key.spki } }));
  });

  test('options that nobody knows are refused', () => {
    const calls = [
      (more) => cose.prepare({ payload: HELLO, ...more }),
      (more) => cose.prepareStream({ length: 1, ...more }),
      (more) => cose.verify(HELLO, { key: {}, ...more }),
      (more) => jws.prepare({ payload: HELLO, ...more }),
      (more) => jws.verify('', { key: {}, ...more }),
      (more) => dsse.prepare({ payload: HELLO, payloadType: 'a/b', ...more }),
      (more) => dsse.verify('', { key: {}, ...more }),
    ];
    for (const call of calls) {
      ok(refused('invalid_argument', () => call({ detatched: true })).message.includes('detatched'));
    }
    for (const nothing of [undefined, null, 5, 'x', [], HELLO]) {
      refused('invalid_argument', () => cose.prepare(nothing));
      refused('invalid_argument', () => cose.verify(HELLO, nothing));
    }
    for (const yes of ['true', 1, null]) refused('invalid_argument', () => cose.prepare({ payload: HELLO, detached: yes }));
    for (const key of [undefined, null, {}, 'key', HELLO, { spki: HELLO, sec1: HELLO }, { toString: HELLO }]) {
      ok(refused('invalid_argument', () => cose.verify(HELLO, { key })).message.includes('key'));
    }
  });

  test('errors are errors, say what, where and what to do, and are written as JSON', () => {
    const error = refused('cbor_truncated', () => cose.inspect(new Uint8Array()));
    ok(error instanceof SplitsignError && error instanceof Error);
    equal([error.number, error.at, String(error)], [
      100, 0, 'SplitsignError: cbor_truncated (100) at byte 0: The CBOR ends in the middle of an item. Send the whole object.',
    ]);
    equal(JSON.parse(JSON.stringify(error)), { code: 'cbor_truncated', number: 100, at: 0 });
  });

  return tests;
}
