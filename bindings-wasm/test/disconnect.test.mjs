// Requests of a Worker that end while they sign: their client resets the connection, or their handler answers without waiting.
// Nothing of theirs may be missed by the requests after them, which share a signer with them. In the real runtime.
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { bundle } from './bundle.mjs';
import { fakeSigner, problem } from './fake-signer.mjs';
import { serve } from './workerd.mjs';

/** The old one is from before promises of other requests were taken care of (handle_cross_request_promise_resolution). */
const WORKERS = { main: '2025-06-01', old: '2024-09-23', signals: { date: '2025-06-01', flags: ['enable_request_signal'] } };
const CONDITIONS = ['workerd', 'worker', 'browser'];

/** Milliseconds: what a call may take, what a dead request may cost, and what nothing here takes. */
const TIMEOUT_MS = 2_000;
const LEASE_MS = 500;
const PATIENCE_MS = 10_000;

let script;
let server;
before(async () => {
  script = await bundle(`export { default } from './disconnect-worker.mjs'`, CONDITIONS);
  server = await serve(script, WORKERS);
});
after(() => server?.stop());

async function within(promise, what, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A client of its own connection. */
function connect(url, query) {
  const request = get(`${url}?${encodeURIComponent(JSON.stringify(query))}`, { agent: false });
  let over = false;
  const answer = new Promise((resolve, reject) => request.once('error', reject).once('response', (response) => resolve(json(response))));
  // Nobody waits for that of a client that is gone.
  answer.catch(() => {}).finally(() => (over = true));
  // With SO_LINGER 0: what arrives is a reset, not the end of what the client had to say. A socket in its orderly end cannot.
  return { answer, disconnect: () => over || request.socket.resetAndDestroy() };
}

let ids = 0;

/** Runs `body` with a signer on loopback and clients of one Worker, which keeps one `createSigner` for all of them. */
async function withSigner(worker, body, { respond, settings, urls = server.urls } = {}) {
  const signer = await fakeSigner({ respond });
  const shared = { id: ids++, url: signer.url, settings: { timeoutMs: TIMEOUT_MS, ...settings } };
  const clients = [];
  const client = (query) => {
    clients.push(connect(urls[worker], { ...shared, ...query }));
    return clients.at(-1);
  };
  try {
    await body(client, signer);
  } finally {
    // Else workerd would wait for those that hang before it ends.
    for (const { disconnect } of clients) disconnect();
    await signer.close();
  }
}

const descriptors = ({ path }) => path === '/v1/keys/acme%2F1';
const signatures = ({ path }) => path === '/v1/sign';
const marks = (name) => ({ path }) => path === `/${name}`;

/** Its answer comes when the test says so. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

/** Clients that began to sign, and wait. */
async function waiters(client, signer, count, query) {
  const all = Array.from({ length: count }, () => client({ mark: 'waiter', ...query }));
  await within(signer.seen(marks('waiter'), count), 'the waiters');
  return all;
}

/** How the request that fetches the descriptor ends; `gone` makes it so. */
const ENDS = [
  ['its client disconnects', ['main', 'old', 'signals'], {}, async (owner) => owner.disconnect()],
  ['its client disconnects, and its signal is that of the call', ['signals'], { signal: 'request' }, async (owner) => owner.disconnect()],
  ['its handler does not wait for it', ['main', 'old'], { leave: 'return' }, async (owner) => assert.deepEqual(await owner.answer, { left: true })],
  ['its handler aborts it', ['main', 'old'], { leave: 'abort' }, async (owner) => assert.deepEqual(await owner.answer, { code: 'aborted' })],
];

/** What it was fetching. `count` says which request for the descriptor it is, `answer` what comes of it: nothing unless said. */
const FETCHES = {
  'the first descriptor': { count: 1 },
  'the rest of a descriptor': { count: 1, answer: (standard) => ({ ...standard(), stalled: true }) },
  'a descriptor that is not cached': { count: 2, settings: { maxAgeSeconds: 0 } },
  'the descriptor after a rotation': { count: 2, rotate: true },
};

describe('a request ends while it fetches', { concurrency: 4 }, () => {
  for (const [fetched, { count, answer = () => undefined, settings, rotate = false }] of Object.entries(FETCHES)) {
    for (const [end, workers, query, gone] of ENDS) {
      for (const worker of workers) {
        test(`${fetched}, and ${end} (${worker}): all others sign`, async () => {
          const leave = gate();
          let seen = 0;
          const respond = async (request, standard) => {
            if (marks('owner')(request)) await leave.opened;
            if (descriptors(request) && ++seen === count) return answer(standard);
            const all = standard();
            return all.status === 409 ? { ...all, body: { ...all.body, descriptor: undefined } } : all;
          };
          await withSigner(worker, async (client, signer) => {
            if (count > 1) assert.deepEqual(await within(client().answer, 'the call before'), { keyVersion: 1 });
            if (rotate) signer.rotate();
            const owner = client({ ...query, mark: query.leave && 'owner' });
            const request = await within(signer.seen(descriptors, count), 'the request for the descriptor');
            const began = performance.now();
            const waiting = await waiters(client, signer, 4);
            leave.open();
            await gone(owner);
            await within(request.closed, 'the end of the request');
            const all = [...waiting, client(), client({ signal: 'timeout' })];
            const expected = { keyVersion: rotate ? 2 : 1 };
            for (const one of all) assert.deepEqual(await within(one.answer, 'a signature'), expected);
            const more = signer.requests.filter(descriptors).length - count;
            const leases = Math.floor((performance.now() - began) / LEASE_MS);
            if (settings === undefined) assert.ok(more >= 1 && more <= 1 + leases, `${more} more requests in ${leases} leases`);
          }, { respond, settings });
        });
      }
    }
  }
});

for (const worker of ['main', 'old']) {
  test(`one that waits disconnects (${worker}): the one that fetches and the others sign`, async () => {
    const [descriptor, mark] = [gate(), gate()];
    const respond = async (request, standard) => {
      if (descriptors(request)) await descriptor.opened;
      if (marks('leaving')(request)) await mark.opened;
      return standard();
    };
    await withSigner(worker, async (client, signer) => {
      const owner = client();
      await within(signer.seen(descriptors), 'the request for the descriptor');
      // The first of those who wait, as what they share by mistake would be its own.
      const leaving = client({ mark: 'leaving' });
      const request = await within(signer.seen(marks('leaving')), 'the one that will leave');
      const waiting = await waiters(client, signer, 3);
      leaving.disconnect();
      await within(request.closed, 'its end');
      descriptor.open();
      for (const one of [owner, ...waiting, client()]) assert.deepEqual(await within(one.answer, 'a signature'), { keyVersion: 1 });
    }, { respond, settings: { timeoutMs: 60_000 } });
  });

  test(`a client disconnects while its digest is signed (${worker}): the next one signs`, async () => {
    let posts = 0;
    const respond = (request, standard) => (signatures(request) && ++posts === 1 ? undefined : standard());
    await withSigner(worker, async (client, signer) => {
      const first = client();
      const request = await within(signer.seen(signatures), 'the request for a signature');
      first.disconnect();
      await within(request.closed, 'its end');
      assert.deepEqual(await within(client().answer, 'a signature'), { keyVersion: 1 });
      assert.equal(signer.requests.filter(descriptors).length, 1);
    }, { respond });
  });

  test(`the descriptor is refused (${worker}): all who waited for it hear so, and the next one asks again`, async () => {
    const refusal = gate();
    let refused = true;
    const respond = async (request, standard) => {
      if (!descriptors(request) || !refused) return standard();
      await refusal.opened;
      return problem(503, 'unavailable_now', 'Later.');
    };
    await withSigner(worker, async (client, signer) => {
      const owner = client();
      await within(signer.seen(descriptors), 'the request for the descriptor');
      const waiting = await waiters(client, signer, 4);
      refusal.open();
      for (const one of [owner, ...waiting]) assert.deepEqual(await within(one.answer, 'the refusal'), { code: 'unavailable_now' });
      assert.ok(signer.requests.filter(descriptors).length < 5, 'each asked by itself');
      refused = false;
      assert.deepEqual(await within(client().answer, 'a signature'), { keyVersion: 1 });
    }, { respond, settings: { timeoutMs: 60_000 } });
  });

  test(`no descriptor ever comes (${worker}): each call times out by its own deadline, also after a disconnect`, async () => {
    const respond = (request, standard) => (descriptors(request) ? undefined : standard());
    await withSigner(worker, async (client, signer) => {
      const owner = client();
      const request = await within(signer.seen(descriptors), 'the request for the descriptor');
      const waiting = await waiters(client, signer, 4);
      owner.disconnect();
      await within(request.closed, 'its end');
      for (const one of [...waiting, client()]) assert.deepEqual(await within(one.answer, 'a timeout'), { code: 'timeout' });
    }, { respond, settings: { timeoutMs: 400 } });
  });

  for (const [what, kind] of [['descriptor', descriptors], ['signature', signatures]]) {
    test(`a ${what} whose body does not end is a timeout (${worker})`, () =>
      withSigner(worker, async (client) => {
        assert.deepEqual(await within(client().answer, 'a timeout'), { code: 'timeout' });
      }, { respond: (request, standard) => ({ ...standard(), stalled: kind(request) }), settings: { timeoutMs: 400 } }));
  }

  test(`the first request of all disconnects, which has made the instance of the core (${worker}): the next one signs`, async () => {
    const { urls, stop } = await serve(script, { [worker]: WORKERS[worker] });
    let posts = 0;
    const respond = (request, standard) => (signatures(request) && ++posts === 1 ? undefined : standard());
    try {
      await withSigner(worker, async (client, signer) => {
        const first = client();
        const request = await within(signer.seen(signatures), 'the request for a signature');
        first.disconnect();
        await within(request.closed, 'its end');
        assert.deepEqual(await within(client().answer, 'a signature'), { keyVersion: 1 });
      }, { respond, urls });
    } finally {
      await stop();
    }
  });
}

test('no promise was rejected that nobody waited for', async () => {
  for (const url of Object.values(server.urls)) assert.deepEqual(await (await fetch(url)).json(), []);
});
