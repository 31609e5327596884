// A Worker that signs for its clients. Its signers live as long as the isolate, as their token comes with the first request.
import { createSigner } from 'splitsign';

const signers = new Map();

/** Rejections that nobody handled, in any request so far. Of some that are handled, workerd says so a moment later. */
const unhandled = new Map();
addEventListener('unhandledrejection', ({ promise, reason }) => unhandled.set(promise, `${reason}`));
addEventListener('rejectionhandled', ({ promise }) => unhandled.delete(promise));

/** What ends a call, beside its signer. */
const SIGNALS = {
  none: () => ({}),
  request: (request) => ({ signal: request.signal }),
  timeout: () => ({ signal: AbortSignal.timeout(60_000) }),
};

export default {
  async fetch(request) {
    const query = decodeURIComponent(new URL(request.url).search.slice(1));
    if (query === '') return Response.json([...unhandled.values()]);
    const { id, url, settings, signal = 'none', mark, leave } = JSON.parse(query);
    if (!signers.has(id)) signers.set(id, createSigner({ url, token: 'secret', key: 'acme/1', ...settings }));

    const own = new AbortController();
    const options = leave === 'abort' ? { signal: own.signal } : SIGNALS[signal](request);
    const result = signers.get(id).sign('hello', { format: 'jws', ...options })
      .then(({ keyVersion }) => ({ keyVersion }), ({ code }) => ({ code }));
    // Whoever reads this knows that the call began, and so waits for its descriptor.
    const marked = mark === undefined ? undefined : fetch(`${url}/${mark}`).then((answer) => answer.body.cancel());
    if (leave !== undefined) await marked;
    if (leave === 'return') return Response.json({ left: true });
    if (leave === 'abort') own.abort();
    await marked;
    return Response.json(await result);
  },
};
