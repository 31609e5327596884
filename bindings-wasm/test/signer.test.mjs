// createSigner against a signer on loopback that keeps the protocol, or breaks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SplitsignError, cose, createSigner, dsse, jws } from 'splitsign';
import { fakeSigner, problem } from './fake-signer.mjs';

const HELLO = new TextEncoder().encode('hello');

/** Runs `body` with a signer and a client for it. */
async function withSigner(body, { respond, ...settings } = {}) {
  const server = await fakeSigner({ respond });
  try {
    await body(createSigner({ url: server.url, token: 'secret', key: 'acme/1', ...settings }), server);
  } finally {
    await server.close();
  }
}

const coded = (code, more = () => true) => (error) => {
  assert.ok(error instanceof SplitsignError, error.stack);
  assert.equal(error.code, code, error.message);
  return more(error) !== false;
};
function deferred() {
  let resolve;
  return { promise: new Promise((done) => (resolve = done)), resolve: () => resolve() };
}
const onSign = (answer) => (request, standard) => (request.method === 'POST' ? answer(standard) : standard());
const onGet = (answer) => (request, standard) => (request.method === 'GET' ? answer(standard) : standard());

test('signs in all formats, with kid and chain of the descriptor, and says what happened', () =>
  withSigner(async (signer, server) => {
    const { object, publicKey, ...rest } = await signer.sign(HELLO, { format: 'cose', detached: true, contentType: 'text/plain' });
    const verified = cose.verify(object, { payload: HELLO, key: publicKey });
    assert.equal(new TextDecoder().decode(verified.kid), 'acme/1#1');
    assert.deepEqual(verified.x5chain, [Uint8Array.of(0x30, 3, 2, 1, 1)]);
    assert.equal(rest.format, 'cose');
    assert.deepEqual([rest.keyId, rest.keyVersion, rest.kid], ['acme/1', 1, 'acme/1#1']);
    assert.deepEqual([rest.digest.length, rest.signature.length, rest.certificateChain.length], [32, 64, 1]);
    assert.equal(rest.timing.kmsMs, 1.5);
    for (const name of ['prepareMs', 'signMs', 'attachMs']) assert.ok(rest.timing[name] >= 0, name);

    const token = await signer.sign('{}', { format: 'jws', typ: 'JWT', includeChain: false });
    assert.deepEqual(jws.verify(token.object, { key: publicKey }).x5c, []);
    const envelope = await signer.sign('{}', { format: 'dsse', payloadType: 'application/json' });
    assert.equal(dsse.verify(envelope.object, { key: publicKey }).keyid, 'acme/1#1');

    const [descriptor, ...signs] = server.requests;
    assert.equal(descriptor.path, '/v1/keys/acme%2F1');
    assert.deepEqual(signs.map(({ path }) => path), ['/v1/sign', '/v1/sign', '/v1/sign'], 'the descriptor is cached');
    assert.deepEqual(signs.map(({ body }) => body.profile), ['cose-sign1', 'jws', 'dsse']);
    const { digest, ...body } = signs[0].body;
    assert.deepEqual(body, { key: 'acme/1', keyVersion: 1, digestAlgorithm: 'sha-256', profile: 'cose-sign1' });
    assert.equal(Buffer.from(digest, 'base64url').compare(rest.digest), 0);
    assert.equal(signs[0].headers.authorization, 'Bearer secret');
    const keys = signs.map(({ headers }) => headers['idempotency-key']);
    assert.equal(new Set(keys).size, 3);
    assert.match(keys[0], /^[0-9a-f-]{36}$/);
  }));

test('a given idempotency key is used', () =>
  withSigner(async (signer, server) => {
    await signer.sign(HELLO, { format: 'jws', idempotencyKey: 'mine' });
    assert.equal(server.requests[1].headers['idempotency-key'], 'mine');
  }));

test('many at once fetch the descriptor once; a max-age of zero fetches it each time', async () => {
  const gets = (server) => server.requests.filter(({ method }) => method === 'GET').length;
  await withSigner(async (signer, server) => {
    await Promise.all(Array.from({ length: 8 }, () => signer.sign(HELLO, { format: 'jws' })));
    assert.equal(gets(server), 1);
  });
  await withSigner(async (signer, server) => {
    await signer.sign(HELLO, { format: 'jws' });
    await signer.sign(HELLO, { format: 'jws' });
    assert.equal(gets(server), 2);
  }, { maxAgeSeconds: 0 });
});

test('a rotated key: prepared once more, with the new kid and another idempotency key', () =>
  withSigner(async (signer, server) => {
    await signer.sign(HELLO, { format: 'jws' });
    server.rotate();
    const { object, keyVersion, publicKey } = await signer.sign(HELLO, { format: 'jws', idempotencyKey: 'mine' });
    assert.equal(keyVersion, 2);
    assert.equal(jws.verify(object, { key: publicKey }).kid, 'acme/1#2');
    const signs = server.requests.filter(({ method }) => method === 'POST');
    assert.equal(signs.length, 3);
    assert.equal(signs[1].headers['idempotency-key'], 'mine');
    assert.equal(signs[2].headers['idempotency-key'], 'mine~v2');
    assert.equal(server.requests.filter(({ method }) => method === 'GET').length, 1, 'the refusal brought the descriptor');
  }));

test('a rotated key: who retries after a lost reply sends the same request again', async () => {
  const keysOf = (server) => server.requests.filter(({ method }) => method === 'POST').map(({ headers, body }) => [headers['idempotency-key'], body.digest]);
  let lost = false;
  await withSigner(async (signer, server) => {
    await signer.sign(HELLO, { format: 'jws' });
    server.rotate();
    lost = true;
    await assert.rejects(signer.sign(HELLO, { format: 'jws', idempotencyKey: 'mine' }), coded('timeout'));
    lost = false;
    assert.equal((await signer.sign(HELLO, { format: 'jws', idempotencyKey: 'mine' })).keyVersion, 2);
    const [, first, second, third] = keysOf(server);
    assert.deepEqual([first[0], second[0]], ['mine', 'mine~v2']);
    assert.deepEqual(third, second, 'the same key for the same digest');
  }, { timeoutMs: 200, respond: onSign((standard) => {
    const answer = standard();
    return lost && answer.status === undefined ? undefined : answer;
  }) });
});

test('a rotated key: long idempotency keys stay within 255 characters and apart; without one it is random', () =>
  withSigner(async (signer, server) => {
    const long = 'k'.repeat(254);
    const before = await signer.sign(HELLO, { format: 'jws' });
    assert.equal(before.keyVersion, 1);
    const others = [`${long}a`, `${long}b`, undefined];
    server.rotate();
    // All three hold the old descriptor when they are refused.
    await Promise.all(others.map((idempotencyKey) => signer.sign(HELLO, { format: 'jws', idempotencyKey })));
    const sent = server.requests.filter(({ method, body }) => method === 'POST' && body.keyVersion === 2).map(({ headers }) => headers['idempotency-key']);
    assert.equal(new Set(sent).size, 3);
    const derived = sent.filter((key) => key.startsWith('kkk'));
    assert.equal(derived.length, 2);
    for (const key of derived) assert.match(key, /^k+~[\w-]{43}~v2$/);
    for (const key of derived) assert.equal(key.length, 255);
    assert.match(sent.find((key) => !key.startsWith('kkk')), /^[0-9a-f-]{36}$/);
  }));

test('a rotated key: a refusal without descriptor leads to a GET, one with a bad descriptor to an error', async () => {
  const withDescriptor = (descriptor) => onSign((standard) => {
    const answer = standard();
    return answer.status === 409 ? { ...answer, body: { ...answer.body, descriptor } } : answer;
  });
  for (const absent of [undefined, null]) {
    await withSigner(async (signer, server) => {
      await signer.sign(HELLO, { format: 'jws' });
      server.rotate();
      assert.equal((await signer.sign(HELLO, { format: 'jws' })).keyVersion, 2);
      assert.equal(server.requests.filter(({ method }) => method === 'GET').length, 2);
    }, { respond: withDescriptor(absent) });
  }
  for (const bad of ['x', 5, [], {}, { key: 'acme/2' }]) {
    await withSigner(async (signer, server) => {
      await signer.sign(HELLO, { format: 'jws' });
      server.rotate();
      await assert.rejects(signer.sign(HELLO, { format: 'jws' }), coded('bad_response'), JSON.stringify(bad));
    }, { respond: withDescriptor(bad) });
  }
});

test('a rotated key: a descriptor that was on its way when the key was refused does not come back', async () => {
  const server = await fakeSigner();
  let hold = false;
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let gets = 0;
  const slow = async (url, init) => {
    const response = await fetch(url, init);
    if (init.method === 'GET') gets++;
    // Answered by the server before the rotation, delivered after it.
    if (init.method === 'GET' && hold) await held;
    return response;
  };
  try {
    // A cache that is stale at once, so that the second call fetches while the first one signs.
    const delayed = deferred();
    const fetchBoth = async (url, init) => {
      if (init.method === 'POST' && !hold) await delayed.promise;
      return slow(url, init);
    };
    const signer = createSigner({ url: server.url, token: 'secret', key: 'acme/1', fetch: fetchBoth, maxAgeSeconds: 0 });
    const first = signer.sign(HELLO, { format: 'jws' });
    while (gets < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    hold = true;
    const second = signer.sign(HELLO, { format: 'jws' });
    while (gets < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    server.rotate();
    delayed.resolve();
    assert.equal((await first).keyVersion, 2, 'the descriptor of the refusal');
    hold = false;
    release();
    assert.equal((await second).keyVersion, 2);
    const refusals = server.requests.filter(({ method, body }) => method === 'POST' && body.keyVersion === 1);
    assert.equal(refusals.length, 1, 'the stale one was not used');
    assert.equal(gets, 3);
  } finally {
    await server.close();
  }
});

test('no cache answers for the signer', async () => {
  const inits = [];
  const recording = (url, init) => (inits.push(init), fetch(url, init));
  await withSigner(async (signer) => {
    await signer.sign(HELLO, { format: 'jws' });
    const { Request } = globalThis;
    // As a Worker of before November 2024.
    globalThis.Request = class { constructor() { throw new Error("The 'cache' field is not implemented."); } };
    try {
      await signer.sign(HELLO, { format: 'jws' });
    } finally {
      globalThis.Request = Request;
    }
    const [modern, , old] = inits;
    assert.equal(modern.cache, 'no-store');
    assert.equal(modern.headers['cache-control'], undefined);
    assert.deepEqual(['cache' in old, old.headers['cache-control']], [false, 'no-cache']);
  }, { fetch: recording, maxAgeSeconds: 0 });
});

test('superseded for ever: twice, and then the error', () =>
  withSigner(async (signer, server) => {
    await assert.rejects(signer.sign(HELLO, { format: 'jws' }), coded('key_version_superseded', ({ status }) => status === 409));
    assert.equal(server.requests.filter(({ method }) => method === 'POST').length, 2);
  }, { respond: onSign(() => problem(409, 'key_version_superseded', 'The key was rotated.')) }));

test('a problem is an error with its code, status, detail, request id and retry time', () =>
  withSigner(async (signer) => {
    await assert.rejects(signer.sign(HELLO, { format: 'cose' }), coded('rate_limited', (error) => {
      assert.deepEqual(
        [error.status, error.detail, error.requestId, error.retryAfterMs, error.number],
        [429, 'Too many.', 'request-0', 250, 0],
      );
      assert.equal(error.message, 'rate_limited: Too many. See the documentation of the signer.');
    }));
  }, { respond: onSign(() => problem(429, 'rate_limited', 'Too many.', { retryAfterMs: 250 })) }));

test('a wrong token is the signer’s error', () =>
  withSigner(async (signer) => {
    await assert.rejects(signer.sign(HELLO, { format: 'cose' }), coded('unauthorized'));
  }, { token: 'other' }));

test('answers that are nonsense are bad_response', async () => {
  const signed = (change) => onSign((standard) => ({ body: { ...standard().body, ...change } }));
  const described = (change) => onGet((standard) => ({ body: { ...standard().body, ...change } }));
  const nonsense = {
    'HTML with 200': onSign(() => ({ headers: { 'content-type': 'text/html' }, body: '<html>' })),
    'HTML with 502': onSign(() => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' })),
    'JSON with 500 and no code': onSign(() => ({ status: 500, body: {} })),
    'an empty body': onSign(() => ({ body: '' })),
    'an array': onSign(() => ({ body: [] })),
    'a redirect': onSign(() => ({ status: 307, headers: { location: 'http://127.0.0.1:9/' }, body: '' })),
    'an answer without end': onSign(() => ({ body: `"${'x'.repeat(300_000)}"` })),
    'no signature': signed({ signature: undefined }),
    'a DER signature': signed({ signature: 'MAYCAQECAQE' }),
    'another algorithm': signed({ algorithm: 'ES384' }),
    'another version': signed({ keyVersion: 7 }),
    'no request id': signed({ requestId: 5 }),
    'a descriptor of another key': described({ key: 'acme/2' }),
    'a descriptor for RSA': described({ algorithm: 'RS256' }),
    'a descriptor without kid': described({ kid: undefined }),
    'a descriptor with a bad key': described({ publicKey: { spki: 'AAAA' } }),
    'a descriptor with a bad chain': described({ certificateChain: ['MA=A'] }),
    'a descriptor with no max-age': described({ maxAgeSeconds: -1 }),
    'a descriptor in HTML': onGet(() => ({ body: '<html>' })),
  };
  for (const [name, respond] of Object.entries(nonsense)) {
    await withSigner(async (signer) => {
      await assert.rejects(signer.sign(HELLO, { format: 'jws' }), coded('bad_response'), name);
    }, { respond });
  }
});

test('a signature that is not right never becomes an object', () =>
  withSigner(async (signer) => {
    await assert.rejects(signer.sign(HELLO, { format: 'cose' }), coded('bad_signature'));
  }, { respond: onSign((standard) => ({ body: { ...standard().body, signature: Buffer.alloc(64, 1).toString('base64url') } })) }));

test('a signer that does not answer is a timeout; one that is not there is unavailable', async () => {
  await withSigner(async (signer) => {
    await assert.rejects(signer.sign(HELLO, { format: 'cose' }), coded('timeout'));
  }, { respond: onSign(() => undefined), timeoutMs: 100 });
  const gone = await fakeSigner();
  await gone.close();
  const signer = createSigner({ url: gone.url, token: 'secret', key: 'acme/1' });
  await assert.rejects(signer.sign(HELLO, { format: 'cose' }), coded('unavailable'));
});

test('a failed descriptor is not kept', () => {
  let failures = 1;
  return withSigner(async (signer) => {
    await assert.rejects(signer.sign(HELLO, { format: 'jws' }), coded('unavailable_now'));
    assert.ok(await signer.sign(HELLO, { format: 'jws' }));
  }, { respond: onGet((standard) => (failures-- > 0 ? problem(503, 'unavailable_now', 'Later.') : standard())) });
});

test('the caller can abort, before and meanwhile', async () => {
  await withSigner(async (signer) => {
    await assert.rejects(signer.sign(HELLO, { format: 'cose', signal: AbortSignal.abort() }), coded('aborted'));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(signer.sign(HELLO, { format: 'cose', signal: controller.signal }), coded('aborted'));
  }, { respond: onSign(() => undefined) });
});

test('bad settings and options are refused before anything is sent', async () => {
  const good = { url: 'https://signer.example', token: 't', key: 'k' };
  for (const bad of [
    { url: 'signer' }, { url: 'ftp://signer.example' }, { url: 'https://user:pw@signer.example' }, { url: undefined },
    { token: '' }, { token: 5 }, { token: 'a\nb' }, { key: '' }, { key: undefined }, { fetch: 5 }, { timeoutMs: 0 },
    { timeoutMs: '5' }, { maxAgeSeconds: -1 }, { uri: 'x' },
  ]) {
    assert.throws(() => createSigner({ ...good, ...bad }), coded('invalid_argument'), JSON.stringify(bad));
  }
  await withSigner(async (signer, server) => {
    for (const bad of [
      undefined, {}, { format: 'cms' }, { format: 'toString' }, { format: 'jws', kid: 'x' }, { format: 'cose', x5chain: [] },
      { format: 'jws', idempotencyKey: '' }, { format: 'jws', idempotencyKey: 'ü' }, { format: 'jws', signal: {} },
      { format: 'jws', includeChain: 1 },
    ]) {
      await assert.rejects(signer.sign(HELLO, bad), coded('invalid_argument'), JSON.stringify(bad));
    }
    await assert.rejects(signer.sign(HELLO, { format: 'jws', detatched: true }), coded('invalid_argument'));
    await assert.rejects(signer.sign(5, { format: 'jws' }), coded('invalid_argument'));
    assert.equal(server.requests.filter(({ method }) => method === 'POST').length, 0);
  });
});
