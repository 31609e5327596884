// The suite: objects that were changed at random.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO, KID, LEAF, ROOT } from '../examples.mjs';
import { base64url, concat, generator, makeKey, pae, sigStructure, signingInput, utf8 } from '../oracle.mjs';

export function mutations(splitsign) {
  const { cose, jws, dsse, PublicKey } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  test('10 000 mutated and random objects: every one a verdict, none a trap, and all works afterwards', async () => {
    const key = await makeKey();
    const publicKey = PublicKey.fromSpki(key.spki);
    const parameters = { payload: HELLO, kid: KID, contentType: 'text/plain', x5chain: [LEAF, ROOT] };
    const object = cose.prepare(parameters).attach(await key.sign(sigStructure(parameters).tbs), publicKey);
    const token = jws.prepare({ payload: HELLO, kid: 'k', x5c: [LEAF], serialization: 'flattened' });
    const header = { alg: 'ES256', kid: 'k', x5c: [btoa(String.fromCharCode(...LEAF))] };
    const flattened = utf8(token.attach(await key.sign(signingInput(header, HELLO)), publicKey));
    const compact = utf8(`${base64url(utf8(JSON.stringify(header)))}.${base64url(HELLO)}.${base64url(new Uint8Array(64).fill(1))}`);
    const draft = dsse.prepare({ payload: HELLO, payloadType: 'a/b' });
    const envelope = utf8(draft.attach(await key.sign(pae('a/b', HELLO)), publicKey));
    const coseKey = publicKey.toCoseKey();
    const der = splitsign.signatureToDer(await key.sign(HELLO));
    const targets = [
      [object, (bytes) => cose.inspect(bytes)],
      [object, (bytes) => cose.verify(bytes, { key: publicKey })],
      [flattened, (bytes) => jws.inspect(bytes)],
      [compact, (bytes) => jws.inspect(bytes)],
      [flattened, (bytes) => jws.verify(bytes, { key: publicKey })],
      [envelope, (bytes) => dsse.inspect(bytes)],
      [envelope, (bytes) => dsse.verify(bytes, { key: publicKey })],
      [key.spki, (bytes) => PublicKey.fromSpki(bytes)],
      [utf8(JSON.stringify(publicKey)), (bytes) => PublicKey.fromJwk(bytes)],
      [coseKey, (bytes) => PublicKey.fromCoseKey(bytes)],
      [der, (bytes) => splitsign.signatureFromDer(bytes)],
    ];
    const random = generator(20_260);
    let refusals = 0;
    for (let round = 0; round < 10_000; round++) {
      const [good, run] = targets[round % targets.length];
      const bytes = mutated(good, random);
      try {
        run(bytes);
      } catch (error) {
        if (error?.name !== 'SplitsignError' || error.code.endsWith('_stopped')) throw error;
        refusals++;
      }
    }
    ok(refusals > 8000, `only ${refusals} refused`);
    equal(cose.verify(object, { key: publicKey }).payload, HELLO);
    equal(jws.verify(flattened, { key: publicKey }).payload, HELLO);
  });

  test('streams that are freed or fail leave nothing behind that hinders', async () => {
    const { sec1 } = await makeKey();
    for (let round = 0; round < 2000; round++) {
      const stream = cose.prepareStream({ length: 100, kid: new Uint8Array(1000) });
      stream.update(HELLO);
      stream.free();
    }
    for (let round = 0; round < 2000; round++) {
      refused('cbor_truncated', () => cose.verifyStream(new Uint8Array(), { length: 1, key: { sec1 } }));
    }
    equal(cose.prepare({ payload: new Uint8Array(900_000) }).digest.length, 32);
  });

  return tests;

  return tests;
}


/** The bytes with a few of them changed, cut, doubled or replaced by noise. */
function mutated(good, random) {
  if (random(20) === 0) return Uint8Array.from({ length: random(200) }, () => random(256));
  const bytes = good.slice();
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(bytes.length);
    bytes[at] = random(3) === 0 ? random(256) : bytes[at] ^ (1 << random(8));
  }
  if (random(5) === 0) return bytes.subarray(0, random(bytes.length));
  if (random(10) === 0) return concat(bytes, bytes.subarray(random(bytes.length)));
  return bytes;
}
