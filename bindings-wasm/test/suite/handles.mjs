// The suite: what has private state stays where it was made, and is used as what it is or not at all.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO } from '../examples.mjs';
import { specimens } from './surface.mjs';

/** One of every class whose state is private. */
export async function owners(splitsign) {
  const { cose, jws, createSigner, Digest } = splitsign;
  const all = await specimens(splitsign);
  const key = all.publicKey;
  const fetch = () => {
    throw new Error('fetched');
  };
  return {
    'a PublicKey': key,
    'a draft of COSE': all.coseDraft,
    'a draft of JWS': all.jwsDraft,
    'a draft of DSSE': all.dsseDraft,
    'a digest': new Digest().update(HELLO),
    'a stream that prepares COSE': cose.prepareStream({ length: 5 }),
    'a stream that verifies COSE': cose.verifyStream(all.detached, { length: 5, key }),
    'a stream that prepares JWS': jws.prepareStream({}),
    'a stream that verifies JWS': jws.verifyStream(all.compact.replace(/\..*\./, '..'), { key }),
    'a signer': createSigner({ url: 'https://signer.example', token: 't', key: 'k', fetch }),
  };
}

export function handles(splitsign) {
  const tests = [];
  const test = (name, run) => tests.push([`handles: ${name}`, run]);

  /** Fails unless it is refused as what cannot be cloned. */
  function uncloneable(what, clone) {
    let error;
    let made;
    try {
      made = clone();
    } catch (caught) {
      error = caught;
    }
    ok(error?.name === 'DataCloneError', `${what}: ${error?.stack ?? JSON.stringify(made)}`);
  }

  test('what has private state is not cloned, wherever it is in what is cloned', async () => {
    for (const [what, owner] of Object.entries(await owners(splitsign))) {
      for (const holder of [owner, [owner], { deep: { owner } }, new Map([[1, owner]]), new Set([owner])]) {
        uncloneable(what, () => structuredClone(holder));
      }
      owner.free?.();
    }
  });

  test('what has private state is not sent to anybody, and the channel works afterwards', async () => {
    // Not everywhere in Workers.
    if (typeof MessageChannel === 'undefined') return;
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => (port2.onmessage = ({ data }) => resolve(data)));
    try {
      for (const [what, owner] of Object.entries(await owners(splitsign))) {
        uncloneable(what, () => port1.postMessage({ owner }));
        owner.free?.();
      }
      const { publicKey } = await specimens(splitsign);
      port1.postMessage(publicKey.toSpki());
      equal(splitsign.PublicKey.fromSpki(await heard).toSec1(), publicKey.toSec1());
    } finally {
      port1.close();
      port2.close();
    }
  });

  test('what was not cloned is as it was', async () => {
    const all = await owners(splitsign);
    for (const owner of Object.values(all)) uncloneable('', () => structuredClone(owner));
    equal(all['a digest'].finish(), splitsign.sha256(HELLO));
    equal(all['a draft of JWS'].digest, splitsign.jws.prepare({ payload: HELLO }).digest);
    all['a stream that prepares COSE'].update(HELLO).finish();
    equal(all['a stream that verifies COSE'].update(HELLO).finish().contentType, undefined);
    ok(splitsign.PublicKey.isPublicKey(all['a PublicKey']));
  });

  test('what has private state says what it is, and shows nothing', async () => {
    const { PublicKey, Digest } = splitsign;
    for (const [what, owner] of Object.entries(await owners(splitsign))) {
      equal(Object.keys(owner), [], what);
      ok(!(owner instanceof WeakSet) && owner.add === undefined, what);
      ok(Object.prototype.toString.call(owner) === '[object Object]', what);
      ok(typeof owner.constructor.name === 'string' && Object.isExtensible(owner), what);
      ok(what !== 'a PublicKey' || (owner instanceof PublicKey && JSON.parse(JSON.stringify(owner)).kty === 'EC'), what);
      ok(what !== 'a digest' || owner instanceof Digest, what);
      owner.free?.();
    }
  });

  test('a subclass is what it says', () => {
    class Counted extends splitsign.Digest {
      bytes = 0;
      update(chunk) {
        this.bytes += chunk.length;
        return super.update(chunk);
      }
    }
    const counted = new Counted().update(HELLO);
    uncloneable('a subclass', () => structuredClone(counted));
    ok(counted instanceof Counted && counted instanceof splitsign.Digest && counted.bytes === HELLO.length);
    equal(counted.finish(), splitsign.sha256(HELLO));
  });

  test('methods and constructors refuse what is not theirs, and nothing reaches the core', async () => {
    for (const [what, owner] of Object.entries(await owners(splitsign))) {
      const prototype = Object.getPrototypeOf(owner);
      const imitations = [undefined, null, 5, {}, Object.create(prototype), Object.setPrototypeOf({}, prototype),
        Object.setPrototypeOf(new WeakSet(), prototype), new Proxy(owner, {}), Object.create(owner), { ...owner }];
      for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
        if (name === 'constructor') {
          for (const called of [() => value(), () => value.call({}), () => value.apply(owner)]) throwsTypeError(`${what} without new`, called);
          continue;
        }
        for (const self of imitations) {
          const called = () => (get ?? value).call(self, HELLO, { format: 'cose' });
          if (what === 'a signer') await rejectsTypeError(`${what}.${name}`, called);
          else throwsTypeError(`${what}.${name}`, called);
        }
      }
      owner.free?.();
    }
  });

  test('a draft is as it was after it refused something, and attaches again and again', async () => {
    const { publicKey, coseDraft, jwsDraft, dsseDraft, signature } = await specimens(splitsign);
    for (const draft of [coseDraft, jwsDraft, dsseDraft]) {
      const before = draft.digest;
      for (const wrong of [signature, new Uint8Array(64), new Uint8Array(), undefined]) {
        ok(refusal(() => draft.attach(wrong, publicKey))?.name === 'SplitsignError');
      }
      equal(draft.digest, before);
    }
  });

  test('a stream that is over says so, whatever ended it', async () => {
    const { Digest, cose } = splitsign;
    const finished = new Digest();
    finished.finish();
    const freed = new Digest();
    freed.free();
    freed.free();
    const failed = cose.prepareStream({ length: 1 });
    refused('length_mismatch', () => failed.update(HELLO));
    const short = cose.prepareStream({ length: 9 }).update(HELLO);
    refused('length_mismatch', () => short.finish());
    for (const [stream, code] of [[finished, 'stream_finished'], [freed, 'stream_finished'], [failed, 'stream_failed'], [short, 'stream_finished']]) {
      // Streams that began afterwards have the same places in the core.
      const later = [new Digest().update(HELLO), cose.prepareStream({ length: 5 })];
      refused(code, () => stream.update(HELLO));
      refused(code, () => stream.finish());
      stream.free();
      equal(later[0].finish(), splitsign.sha256(HELLO));
      later[1].update(HELLO).finish();
    }
  });

  return tests;
}

function refusal(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The language's own error: a private member that is not there, or a class that was called. */
function throwsTypeError(what, call) {
  const error = refusal(call);
  ok(error instanceof TypeError, `${what}: ${error?.stack ?? 'accepted'}`);
}

async function rejectsTypeError(what, call) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  ok(error instanceof TypeError, `${what}: ${error?.stack ?? 'accepted'}`);
}
