// The suite: arguments of wrong types, and objects that throw when they are looked at.
import { equal, ok } from '../assert.mjs';
import { HELLO } from '../examples.mjs';
import { specimens, surface } from './surface.mjs';

/** What is never an argument of anything. */
const WRONG = [
  ['null', null], ['a symbol', Symbol('s')], ['a bigint', 5n], ['a function', () => 0], ['NaN', NaN], ['a date', new Date(0)],
  ['a map', new Map([['spki', HELLO]])], ['a regular expression', /x/], ['an error', new Error('x')], ['a promise', Promise.resolve(HELLO)],
  ['an array of itself', cycle()], ['something that only looks like bytes', { buffer: new ArrayBuffer(5), byteOffset: 0, byteLength: 5, length: 5 }],
];

function cycle() {
  const list = [];
  list.push(list);
  return list;
}

/** Objects that throw whenever they are looked at, and revoked ones, on which nothing at all can be done. */
function hostile(target) {
  const refuse = () => {
    throw new RangeError('looked at');
  };
  const traps = Object.fromEntries(['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'].map((trap) => [trap, refuse]));
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return [['a proxy that throws', new Proxy(target, traps)], ['a revoked proxy', proxy]];
}

export function wrongTypes(splitsign) {
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  /** Fails unless the call is refused as an argument that cannot be used; or by the core, as JSON that is no key. */
  function refuse(what, call, code = 'invalid_argument') {
    let result;
    try {
      result = call();
    } catch (error) {
      if (error?.name === 'SplitsignError' && (error.code === code || (/jwk/i.test(what) && /^json_|^key_/.test(error.code)))) return;
      throw new Error(`${what}: ${error?.stack ?? error}`);
    }
    throw new Error(`${what}: accepted: ${String(result)}`);
  }

  async function works() {
    const all = await specimens(splitsign);
    equal(splitsign.cose.verify(all.object, { key: all.publicKey }).payload, HELLO);
    equal(splitsign.jws.verify(all.compact, { key: all.publicKey }).payload, HELLO);
    equal(splitsign.dsse.verify(all.envelope, { key: all.publicKey }).payload, HELLO);
  }

  test('every function takes what it should, so that the next tests refuse for the right reason', async () => {
    for (const [name, given, call, code] of surface(splitsign, await specimens(splitsign))) {
      try {
        call(...given);
      } catch (error) {
        if (error.code !== code) throw new Error(`${name}: ${error.stack}`);
      }
    }
  });

  test('every argument of every function refuses what has the wrong type', async () => {
    for (const [name, given, call] of surface(splitsign, await specimens(splitsign))) {
      for (const [position, good] of given.entries()) {
        for (const [what, wrong] of [['undefined', undefined], ['true', true], ...WRONG, ...hostile({}), ...hostile([]), ...hostile(new Uint8Array(5))]) {
          refuse(`${name}, argument ${position}: ${what}`, () => call(...given.with(position, wrong)));
        }
        if (ArrayBuffer.isView(good) || typeof good !== 'object' || splitsign.PublicKey.isPublicKey(good)) continue;
        // An argument with names; undefined is as good as absent for most, and is not tried.
        for (const option of Object.keys(good)) {
          for (const [what, wrong] of [...WRONG, ...hostile({}), ...hostile([]), ...hostile(new Uint8Array(5))]) {
            if (option === 'fetch' && typeof wrong === 'function') continue;
            refuse(`${name}, ${option}: ${what}`, () => call(...given.with(position, { ...good, [option]: wrong })));
          }
        }
      }
    }
    await works();
  });

  test('what a signer is asked for is refused before anything is fetched', async () => {
    const fetch = () => {
      throw new Error('fetched');
    };
    const signer = splitsign.createSigner({ url: 'https://signer.example', token: 't', key: 'k', fetch });
    const throwing = Object.defineProperty({}, 'format', { enumerable: true, get: fetch });
    const good = { format: 'cose', idempotencyKey: 'k', includeChain: true, signal: new AbortController().signal };
    const wrong = [undefined, null, 5, 'cose', throwing, ...hostile({}).map(([, proxy]) => proxy), { ...good, format: { toString: fetch } }];
    for (const option of Object.keys(good)) {
      for (const [, value] of [...WRONG, ...hostile({})]) wrong.push({ ...good, [option]: value });
    }
    for (const settings of wrong) {
      let error;
      try {
        await signer.sign(HELLO, settings);
      } catch (caught) {
        error = caught;
      }
      ok(error?.code === 'invalid_argument', `${error?.stack ?? 'accepted'}`);
    }
  });

  test('an option that throws when it is read is refused, and what it threw is the cause', async () => {
    const thrown = new TypeError('from the getter');
    const read = () => {
      throw thrown;
    };
    for (const [name, given, call] of surface(splitsign, await specimens(splitsign))) {
      for (const [position, good] of given.entries()) {
        if (ArrayBuffer.isView(good) || typeof good !== 'object' || splitsign.PublicKey.isPublicKey(good)) continue;
        for (const option of Object.keys(good)) {
          const trap = Object.defineProperty({ ...good }, option, { get: read, enumerable: true });
          let cause;
          try {
            call(...given.with(position, trap));
          } catch (error) {
            ok(error.code === 'invalid_argument', `${name}, ${option}: ${error.stack}`);
            cause = error.cause;
          }
          ok(cause === thrown, `${name}, ${option}: the cause is ${cause}`);
        }
      }
    }
    await works();
  });

  test('an option is read once: a second reading could give something else than was checked', () => {
    const { cose } = splitsign;
    const reads = {};
    const counting = (good) => {
      const counted = {};
      for (const [name, value] of Object.entries(good)) {
        Object.defineProperty(counted, name, { enumerable: true, get: () => ((reads[name] = (reads[name] ?? 0) + 1), value) });
      }
      return counted;
    };
    const parameters = { payload: HELLO, kid: HELLO, externalAad: HELLO, contentType: 'a/b', detached: true, tagged: false, lowS: 'require' };
    cose.prepare(counting(parameters));
    for (const name of Object.keys(parameters)) equal(reads[name], 1, name);
  });

  test('chains and keys that throw when they are read are refused', async () => {
    const { cose, jws, PublicKey } = splitsign;
    const { publicKey } = await specimens(splitsign);
    const throwing = [HELLO];
    Object.defineProperty(throwing, 0, { get() { throw new Error('read'); } });
    const endless = new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : HELLO) });
    const lying = new Proxy([], { get: (_, name) => (name === 'length' ? 'many' : undefined) });
    refuse('x5chain', () => cose.prepare({ payload: HELLO, x5chain: lying }), 'chain_empty');
    for (const x5chain of [throwing, new Array(3)]) {
      refuse('x5chain', () => cose.prepare({ payload: HELLO, x5chain }));
      refuse('x5c', () => jws.prepare({ payload: HELLO, x5c: x5chain }));
    }
    for (const x5chain of [endless, new Array(2 ** 32 - 1).fill(HELLO, 0, 20)]) {
      refuse('x5chain', () => cose.prepare({ payload: HELLO, x5chain }), 'chain_too_long');
    }
    const throws = (name) => Object.defineProperty({}, name, { enumerable: true, get() { throw new Error('read'); } });
    for (const form of ['spki', 'sec1', 'jwk', 'coseKey']) refuse(form, () => cose.verify(HELLO, { key: throws(form) }));
    refuse('jwk', () => PublicKey.fromJwk(throws('kty')));
    refuse('jwk', () => PublicKey.fromJwk({ toJSON() { throw new Error('written'); } }));
    refuse('jwk', () => PublicKey.fromJwk({ toJSON: () => undefined }));
    refuse('jwk', () => PublicKey.fromJwk({ kty: 5n }));
    ok(cose.prepare({ payload: HELLO }).digest && publicKey);
    await works();
  });

  test('methods of a key, a draft or a stream refuse to work on something else', async () => {
    const { PublicKey, cose, Digest } = splitsign;
    const { publicKey, coseDraft } = await specimens(splitsign);
    for (const [name, method] of [
      ['toSec1', publicKey.toSec1], ['toSpki', publicKey.toSpki], ['attach', coseDraft.attach], ['update', Digest.prototype.update],
      ['finish', cose.prepareStream({ length: 0 }).finish],
    ]) {
      for (const other of [undefined, {}, Object.create(PublicKey.prototype), new Proxy(publicKey, {})]) {
        let error;
        try {
          method.call(other, HELLO, publicKey);
        } catch (caught) {
          error = caught;
        }
        // The language's own error: a private member that is not there. Nothing reached the core.
        ok(error instanceof TypeError, `${name}: ${error}`);
      }
    }
    await works();
  });

  return tests;
}
