// What calls of one signer share, and what they do not: the descriptor, but no deadline, no abort, and nobody's fetch.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SplitsignError, createSigner } from 'splitsign';
import { fakeSigner, problem } from './fake-signer.mjs';

const settings = (server, more) => ({ url: server.url, token: 'secret', key: 'acme/1', ...more });
const descriptors = ({ path }) => path === '/v1/keys/acme%2F1';
const JWS = { format: 'jws' };
const NEVER = () => new Promise(() => {});

/** What came of it: the version of the key, or the code of the error. */
const outcome = (signed) => signed.then(({ keyVersion }) => keyVersion, (error) => (error instanceof SplitsignError ? error.code : error));
const times = (count, act) => Array.from({ length: count }, act);

async function withServer(respond, body) {
  const server = await fakeSigner({ respond });
  try {
    return await body(server, () => server.requests.filter(descriptors).length);
  } finally {
    await server.close();
  }
}

/** The global fetch, but for requests for the descriptor: the first of them go to `ways`, one after the other. */
function fetchDescriptors(...ways) {
  return (url, init) => (init.method === 'GET' && ways.length > 0 ? ways.shift()(url, init) : fetch(url, init));
}

test('each call has its own deadline, whoever fetches and however little time that one has left', () =>
  withServer((request, standard) => (descriptors(request) ? undefined : standard()), async (server) => {
    const signer = createSigner(settings(server, { timeoutMs: 600 }));
    const timed = async (after) => {
      await sleep(after);
      const started = performance.now();
      const code = await outcome(signer.sign('', JWS));
      return [code, performance.now() - started];
    };
    for (const [code, tookMs] of await Promise.all([0, 100, 200, 300, 400, 500].map(timed))) {
      assert.equal(code, 'timeout');
      assert.ok(tookMs > 590 && tookMs < 1_600, `${tookMs} ms, with a timeout of 600 ms`);
    }
  }));

test('who fetches gives up, and the next one too: their requests end, and another one of those who wait makes theirs', () => {
  let gets = 0;
  return withServer((request, standard) => (descriptors(request) && ++gets <= 2 ? undefined : standard()), async (server, count) => {
    const signer = createSigner(settings(server, { timeoutMs: 60_000 }));
    const controllers = times(2, () => new AbortController());
    const leaving = controllers.map(({ signal }) => outcome(signer.sign('', { ...JWS, signal })));
    const waiting = times(8, () => outcome(signer.sign('', JWS)));
    // Those that begin to wait together look in this order.
    for (const [at, controller] of controllers.entries()) {
      const request = await server.seen(descriptors, at + 1);
      controller.abort();
      assert.equal(await leaving[at], 'aborted');
      await request.closed;
    }
    assert.deepEqual(await Promise.all(waiting), times(8, () => 1));
    assert.equal(count(), 3);
  });
});

test('who waits gives up at once, and nobody else is concerned', async () => {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const respond = async (request, standard) => (descriptors(request) && (await released), standard());
  await withServer(respond, async (server, count) => {
    const signer = createSigner(settings(server));
    const owner = outcome(signer.sign('', JWS));
    await server.seen(descriptors);
    const controller = new AbortController();
    const { signal } = controller;
    // One more for each listener, one less for each that is taken off.
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = function (...all) { listeners++; add.apply(this, all); };
    signal.removeEventListener = function (...all) { listeners--; remove.apply(this, all); };
    const waiting = outcome(signer.sign('', { ...JWS, signal }));
    assert.equal(listeners, 1);
    controller.abort(new Error('enough'));
    assert.equal(await waiting, 'aborted');
    assert.equal(listeners, 0);
    release();
    assert.equal(await owner, 1);
    assert.equal(count(), 1);
  });
});

test('who aborted before sends nothing, whatever is given as fetch', async () => {
  const sent = [];
  const signer = createSigner({ url: 'https://signer.example', token: 't', key: 'k', fetch: (url) => (sent.push(url), NEVER()) });
  assert.equal(await outcome(signer.sign('', { ...JWS, signal: AbortSignal.abort() })), 'aborted');
  assert.deepEqual(sent, []);
});

test('a request that never ends costs those who wait a quarter of the timeout, and a second at most', () =>
  withServer(undefined, async (server, count) => {
    for (const [timeoutMs, leaseMs] of [[2_000, 500], [60_000, 1_000]]) {
      const before = count();
      const signer = createSigner(settings(server, { timeoutMs, fetch: fetchDescriptors(NEVER) }));
      const started = performance.now();
      const controller = new AbortController();
      const owner = outcome(signer.sign('', { ...JWS, signal: controller.signal }));
      const waiting = times(8, () => outcome(signer.sign('', JWS)));
      await server.seen(descriptors, before + 1);
      const tookMs = performance.now() - started;
      assert.ok(tookMs >= leaseMs && tookMs < leaseMs + 900, `${tookMs} ms, with a timeout of ${timeoutMs} ms`);
      assert.deepEqual(await Promise.all(waiting), times(8, () => 1));
      assert.equal(count(), before + 1, 'one of the eight');
      // The first of all has the whole of its time, and then what another one fetched.
      if (timeoutMs > 2_000) controller.abort();
      assert.equal(await owner, timeoutMs > 2_000 ? 'aborted' : 1);
    }
  }));

test('the timeout holds where the function that is given as fetch does not heed its signal', () =>
  withServer(undefined, async (server) => {
    const deaf = (method) => (url, init) => (init.method === method ? NEVER() : fetch(url, init));
    for (const method of ['GET', 'POST']) {
      const signer = createSigner(settings(server, { timeoutMs: 200, fetch: deaf(method) }));
      assert.equal(await outcome(signer.sign('', JWS)), 'timeout');
      const controller = new AbortController();
      const waiting = outcome(signer.sign('', { ...JWS, signal: controller.signal }));
      setTimeout(() => controller.abort(), 50);
      assert.equal(await waiting, 'aborted');
    }
    const endless = () => new Response(new ReadableStream({ pull: NEVER }));
    const signer = createSigner(settings(server, { timeoutMs: 200, fetch: async () => endless() }));
    assert.equal(await outcome(signer.sign('', JWS)), 'timeout', 'a body without end');
  }));

test('an answer that comes late is not used where a newer one is there', () =>
  withServer(undefined, async (server, count) => {
    let deliver;
    const delivered = new Promise((resolve) => (deliver = resolve));
    const late = async (url, init) => {
      const response = await fetch(url, init);
      await delivered;
      return response;
    };
    const signer = createSigner(settings(server, { timeoutMs: 60_000, fetch: fetchDescriptors(late) }));
    const owner = outcome(signer.sign('', JWS));
    const request = await server.seen(descriptors);
    await request.closed;
    server.rotate();
    assert.equal(await outcome(signer.sign('', JWS)), 2, 'of its own request');
    deliver();
    assert.equal(await owner, 2);
    assert.equal(await outcome(signer.sign('', JWS)), 2);
    assert.equal(count(), 2);
    assert.deepEqual(server.requests.filter(({ body }) => body?.keyVersion === 1), [], 'the old version was not used');
  }));

test('an answer that comes late is used by all where there is no newer one', () =>
  withServer(undefined, async (server, count) => {
    let deliver;
    const delivered = new Promise((resolve) => (deliver = resolve));
    const late = async (url, init) => (await delivered, fetch(url, init));
    let taken;
    const takenOver = new Promise((resolve) => (taken = resolve));
    const never = () => (taken(), NEVER());
    const signer = createSigner(settings(server, { timeoutMs: 60_000, fetch: fetchDescriptors(late, never) }));
    const controller = new AbortController();
    const [owner, ...others] = times(3, () => outcome(signer.sign('', { ...JWS, signal: controller.signal })));
    await takenOver;
    deliver();
    assert.deepEqual([await owner, await Promise.race(others), await outcome(signer.sign('', JWS))], [1, 1, 1]);
    assert.equal(count(), 1);
    controller.abort();
    assert.deepEqual((await Promise.all(others)).sort(), [1, 'aborted'], 'the one that took over waited for its own');
  }));

test('what the signer refuses is refused to all who wait, with one request', () =>
  withServer((request, standard) => (descriptors(request) ? problem(503, 'unavailable_now', 'Later.') : standard()), async (server, count) => {
    const signer = createSigner(settings(server));
    assert.deepEqual(await Promise.all(times(8, () => outcome(signer.sign('', JWS)))), times(8, () => 'unavailable_now'));
    assert.equal(count(), 1);
  }));

test('where no answer came, one other tries before all fail', () =>
  withServer(undefined, async (server) => {
    const broken = () => Promise.reject(new Error('Too many subrequests.'));
    const once = createSigner(settings(server, { fetch: fetchDescriptors(broken) }));
    assert.deepEqual(await Promise.all(times(8, () => outcome(once.sign('', JWS)))), ['unavailable', ...times(7, () => 1)]);
    let asked = 0;
    const always = createSigner(settings(server, { fetch: () => (asked++, broken()) }));
    assert.deepEqual(await Promise.all(times(8, () => outcome(always.sign('', JWS)))), times(8, () => 'unavailable'));
    assert.equal(asked, 2);
  }));
