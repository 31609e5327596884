// The addon and the module beside each other, below all JavaScript: the same bytes, the same codes, the same offsets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open as openNative } from '../../bindings-wasm/js/backend/native.js';
import { open as openWasm } from '../../bindings-wasm/js/backend/wasm.js';
import * as operations from '../../bindings-wasm/js/operations.js';
import * as record from '../../bindings-wasm/js/record.js';
import { generator, makeKey, pae, sigStructure, signingInput, utf8 } from '../../bindings-wasm/test/oracle.mjs';

const [native, wasm] = [openNative(), openWasm()];
const NOTHING = new Uint8Array();
const HELLO = utf8('hello');

/** What both say, which must be the same. */
function both(operation, flags, parameters, long) {
  const [one, other] = [native, wasm].map((core) => core.call(operation, flags, parameters.slice(), long.slice()));
  assert.deepEqual(one, other, `operation ${operation}, flags ${flags}`);
  return one;
}

const { STREAM_UPDATE, STREAM_FINISH, STREAM_FREE, ...rest } = operations;
const stateless = Object.entries(rest).filter(([name]) => !name.startsWith('START_'));

/** Parameters and long arguments that some operation takes. */
async function seeds() {
  const key = await makeKey();
  const { tbs } = sigStructure({ payload: HELLO, kid: utf8('k') });
  const signature = await key.sign(tbs);
  const chain = Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0, 0x30, 3, 2, 1, 1);
  const given = record.of(record.KEY_ID, utf8('k'), record.CONTENT_TYPE, utf8('a/b'), record.CHAIN, chain, record.TYPE, utf8('text/plain'));
  const plain = record.of(record.KEY_ID, utf8('k'));
  const digest = both(operations.COSE_PREPARE, 0, plain, HELLO);
  const signed = record.append(plain, record.DIGEST, digest, record.SIGNATURE, signature, record.KEY, key.sec1);
  const object = both(operations.COSE_ATTACH, 0, signed, HELLO);
  assert.ok(object instanceof Uint8Array);
  const input = signingInput({ alg: 'ES256' }, HELLO);
  const jwsDigest = both(operations.JWS_PREPARE, 0, NOTHING, HELLO);
  const token = both(operations.JWS_ATTACH, 0, record.of(record.DIGEST, jwsDigest, record.SIGNATURE, await key.sign(input), record.KEY, key.sec1), HELLO);
  assert.ok(token instanceof Uint8Array);
  const typed = record.of(record.TYPE, utf8('a/b'));
  const enveloped = record.append(
    typed, record.DIGEST, both(operations.DSSE_PREPARE, 0, typed, HELLO),
    record.SIGNATURE, await key.sign(pae('a/b', HELLO)), record.KEY, key.sec1,
  );
  const envelope = both(operations.DSSE_ATTACH, 0, enveloped, HELLO);
  assert.ok(envelope instanceof Uint8Array);
  const beside = record.of(record.KEY, key.sec1, record.OBJECT, object, record.LENGTH, record.long(5));
  const [coseKey, der] = [operations.KEY_TO_COSE_KEY, operations.SIGNATURE_TO_DER].map((one) => both(one, 0, signed, NOTHING));
  return {
    records: [NOTHING, given, plain, signed, enveloped, record.of(record.KEY, key.sec1), beside],
    longs: [NOTHING, HELLO, object, token, envelope, key.spki, key.sec1, utf8(JSON.stringify(key.jwk)), coseKey, der],
  };
}

test('30 000 calls of every operation, with good, mutated and random arguments', async () => {
  const { records, longs } = await seeds();
  const random = generator(2_026);
  const some = (list) => list[random(list.length)];
  const mutated = (bytes) => {
    const copy = bytes.slice();
    for (let times = random(3); copy.length > 0 && times > 0; times--) copy[random(copy.length)] ^= 1 << random(8);
    return random(8) === 0 ? copy.subarray(0, random(copy.length + 1)) : copy;
  };
  const verdicts = new Map(stateless.map(([name]) => [name, new Set()]));
  const compare = ([name, operation], flags, parameters, long) => {
    const result = both(operation, flags, parameters, long);
    verdicts.get(name).add(typeof result === 'number' ? result : 'ok');
  };
  for (const one of stateless) for (const parameters of records) for (const long of longs) compare(one, 0, parameters, long);
  for (let round = 0; round < 30_000; round++) {
    compare(stateless[round % stateless.length], random(2) === 0 ? 0 : random(256), mutated(some(records)), mutated(some(longs)));
  }
  for (const [name, seen] of verdicts) assert.ok(seen.has('ok'), `${name} never succeeded`);
  const codes = new Set([...verdicts.values()].flatMap((seen) => [...seen]).filter((one) => one !== 'ok'));
  assert.ok(codes.size > 100, `only ${codes.size} different codes and offsets were seen`);
});

test('streams: the same names, the same digests, the same refusals', async () => {
  const { records } = await seeds();
  const starts = Object.entries(operations).filter(([name]) => name.startsWith('START_'));
  assert.equal(starts.length, 5);
  let finished = 0;
  for (const [, start] of starts) {
    for (const parameters of records) {
      for (const flags of [0, operations.STREAM_UPDATE, 2]) {
        const stream = both(start, flags, parameters, NOTHING);
        if (typeof stream === 'number') continue;
        assert.equal(stream.length, 4);
        const name = record.of(record.STREAM, stream);
        both(STREAM_UPDATE, 0, name, HELLO);
        const key = record.first(record.fields(parameters), record.KEY);
        finished += both(STREAM_FINISH, 0, record.append(name, record.KEY, key), NOTHING) instanceof Uint8Array ? 1 : 0;
        both(STREAM_FREE, 0, name, NOTHING);
        both(STREAM_UPDATE, 0, name, HELLO);
      }
    }
  }
  assert.ok(finished > 10, `only ${finished} streams came to a result`);
  both(STREAM_UPDATE, 0, record.of(record.STREAM, Uint8Array.of(255, 255, 255, 255)), HELLO);
  both(STREAM_FREE, 0, NOTHING, NOTHING);
});
