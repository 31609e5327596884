// The suite: bytes that are no objects. Every one is refused by the core, with a code and an offset, and all works afterwards.
import { equal, ok } from '../assert.mjs';
import { HELLO } from '../examples.mjs';
import { base64url, concat, generator, utf8 } from '../oracle.mjs';
import { specimens } from './surface.mjs';

export function malformed(splitsign) {
  const { cose, jws, dsse, PublicKey, signatureFromDer, signatureToDer, limits } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  /** Fails unless the core refuses this. */
  function refuse(what, call) {
    let error;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    ok(error !== undefined, `${what}: accepted`);
    const ofCore = error?.name === 'SplitsignError' && error.number < 3000 && error.code !== 'invalid_argument';
    ok(ofCore && Number.isSafeInteger(error.at) && error.at >= 0, `${what}: ${error?.stack ?? error}`);
    return error;
  }

  /** Everything that reads bytes, and what it reads if all is well. */
  function readers(all) {
    const key = all.publicKey;
    return [
      ['cose.inspect', all.object, cose.inspect],
      ['cose.verify', all.object, (bytes) => cose.verify(bytes, { key })],
      ['cose.verify, detached', all.detached, (bytes) => cose.verify(bytes, { key, payload: HELLO })],
      ['cose.verifyStream', all.detached, (bytes) => cose.verifyStream(bytes, { key, length: 5 }).update(HELLO).finish()],
      ['jws.inspect', utf8(all.compact), jws.inspect],
      ['jws.verify', utf8(all.compact), (bytes) => jws.verify(bytes, { key })],
      ['jws.inspect, flattened', utf8(all.flattened), jws.inspect],
      ['jws.verify, flattened', utf8(all.flattened), (bytes) => jws.verify(bytes, { key })],
      ['jws.verifyStream', utf8(all.compact.replace(/\..*\./, '..')), (bytes) => jws.verifyStream(bytes, { key }).update(HELLO).finish()],
      ['dsse.inspect', utf8(all.envelope), dsse.inspect],
      ['dsse.verify', utf8(all.envelope), (bytes) => dsse.verify(bytes, { key })],
      ['fromSec1', all.sec1, PublicKey.fromSec1],
      ['fromSpki', all.spki, PublicKey.fromSpki],
      ['fromJwk', utf8(all.jwk), PublicKey.fromJwk],
      ['fromCoseKey', all.coseKey, PublicKey.fromCoseKey],
      ['signatureFromDer', all.der, signatureFromDer],
      ['signatureToDer', all.signature, signatureToDer],
    ];
  }

  function works(all) {
    for (const [name, good, read] of readers(all)) ok(read(good) !== undefined, name);
  }

  test('objects, keys and signatures of every format, truncated at every length, are refused', async () => {
    const all = await specimens(splitsign);
    works(all);
    let refusals = 0;
    for (const [name, good, read] of readers(all)) {
      for (let length = 0; length < good.length; length++) {
        // A compressed point has 33 bytes; the first 33 of a point are one if the parity says so, which is luck.
        if (name === 'fromSec1' && length === 33) continue;
        refuse(`${name}, ${length} of ${good.length} bytes`, () => read(good.subarray(0, length)));
        refusals++;
      }
      refuse(`${name}, and a byte behind`, () => read(concat(good, Uint8Array.of(0))));
    }
    ok(refusals > 2000, `only ${refusals}`);
    works(all);
  });

  test('random bytes are refused, by every function that reads bytes', async () => {
    const all = await specimens(splitsign);
    const random = generator(4_242);
    for (let round = 0; round < 1000; round++) {
      const noise = Uint8Array.from({ length: random(round % 10 === 0 ? 2000 : 100) }, () => random(256));
      for (const [name, , read] of readers(all)) {
        // r and s of 64 random bytes are a signature.
        if (name !== 'signatureToDer' || noise.length !== 64) refuse(`${name} of ${noise.length} bytes`, () => read(noise));
      }
    }
    works(all);
  });

  test('lengths in headers that are larger than all there is are refused, and nothing is reserved for them', async () => {
    const all = await specimens(splitsign);
    const huge = [[0x1a, 0xff, 0xff, 0xff, 0xff], [0x1b, 0, 0, 0, 1, 0, 0, 0, 0], [0x1b, 0x7f, ...new Array(7).fill(255)], [0x1b, ...new Array(8).fill(255)]];
    for (const [argument, ...length] of huge) {
      // Byte string, text, array, map and tag, by themselves, and where the parts of a COSE_Sign1 stand.
      for (const major of [2, 3, 4, 5, 6]) {
        const head = Uint8Array.of((major << 5) | argument, ...length);
        for (const before of [[], [0xd2], [0xd2, 0x84], [0xd2, 0x84, 0x43, 0xa1, 1, 0x26], [0xd2, 0x84, 0x43, 0xa1, 1, 0x26, 0xa0], [0xa1, 1]]) {
          const bytes = concat(Uint8Array.from(before), head, HELLO);
          refuse(`cose, ${before} ${head}`, () => cose.inspect(bytes));
          refuse(`cose, ${before} ${head}`, () => cose.verify(bytes, { key: all.publicKey }));
          refuse(`COSE_Key, ${before} ${head}`, () => PublicKey.fromCoseKey(bytes));
        }
      }
    }
    for (const length of [[0x84, 255, 255, 255, 255], [0x88, ...new Array(8).fill(255)], [0x83, 255, 255, 255], [0x80], [0xff]]) {
      for (const tag of [0x30, 0x02, 0x03]) {
        const bytes = Uint8Array.of(tag, ...length, ...HELLO);
        refuse(`SPKI, ${bytes}`, () => PublicKey.fromSpki(bytes));
        refuse(`DER, ${bytes}`, () => signatureFromDer(bytes));
        refuse(`DER, ${bytes}`, () => signatureFromDer(Uint8Array.of(0x30, bytes.length, ...bytes)));
        // The offset of a chain is which certificate it is.
        equal(refuse(`chain, ${bytes}`, () => cose.prepare({ payload: HELLO, x5chain: [Uint8Array.of(0x30, 0), bytes] })).at, 1);
      }
    }
    works(all);
  });

  test('nesting without end is refused: the stack of the core is not used up', async () => {
    const all = await specimens(splitsign);
    const depth = 200_000;
    const arrays = new Uint8Array(depth).fill(0x81);
    refuse('CBOR', () => cose.inspect(concat(Uint8Array.of(0xd2, 0x84, 0x43, 0xa1, 1, 0x26, 0xa1, 0x18, 99), arrays)));
    refuse('COSE_Key', () => PublicKey.fromCoseKey(concat(Uint8Array.of(0xa1, 0x18, 99), arrays)));
    refuse('tags', () => cose.inspect(new Uint8Array(depth).fill(0xd2)));
    for (const open of ['[', '{"a":', '[{"a":[']) {
      const text = open.repeat(depth / 5);
      refuse('JWK', () => PublicKey.fromJwk(`{"x":${text}`));
      refuse('flattened JWS', () => jws.inspect(`{"x":${text}`));
      refuse('header of a JWS', () => jws.inspect(`${base64url(utf8(`{"x":${text}`))}.aGk.aGk`));
      refuse('DSSE', () => dsse.inspect(`{"x":${text}`));
    }
    works(all);
  });

  test('what is longer than a limit is refused by name, and what is as long as it is not', async () => {
    const all = await specimens(splitsign);
    for (const over of [1, 1_000_000]) {
      const code = (call) => refuse(`${over} more`, call).code;
      equal(code(() => cose.prepare({ payload: HELLO, kid: new Uint8Array(limits.KEY_ID_BYTES + over) })), 'limit_exceeded');
      equal(code(() => jws.prepare({ payload: HELLO, kid: 'k'.repeat(limits.KEY_ID_BYTES + over) })), 'limit_exceeded');
    }
    ok(cose.prepare({ payload: HELLO, kid: new Uint8Array(limits.KEY_ID_BYTES) }));
    works(all);
  });

  return tests;
}
