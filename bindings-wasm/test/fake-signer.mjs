// A signer on loopback that keeps the protocol, or breaks it in one way where a test wants that.
import { generateKeyPairSync } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { p256Sign } from './sign-digest.mjs';

/**
 * `respond` may promise its answer; undefined is none, and an answer with `stalled` ends in the middle of its body. Of each
 * request, `closed` resolves when it is answered, or its client gone.
 * @param {{ respond?: (request: object, standard: () => object) => object | undefined | Promise<object | undefined> }} [break_]
 */
export async function fakeSigner({ respond = (_, standard) => standard() } = {}) {
  const versions = [keyOf(1), keyOf(2)];
  const state = { current: 0, requests: [] };
  const arrivals = new EventEmitter();
  const server = createServer(async (incoming, outgoing) => {
    const pieces = [];
    for await (const piece of incoming) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    const request = {
      method: incoming.method, path: incoming.url, headers: incoming.headers, body: text === '' ? undefined : JSON.parse(text),
      closed: new Promise((resolve) => outgoing.once('close', resolve)),
    };
    state.requests.push(request);
    arrivals.emit('request');
    const answer = await respond(request, () => standard(request), state);
    // No answer at all: the request hangs.
    if (answer === undefined) return;
    const { status = 200, headers = {}, body, stalled = false } = answer;
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
    const all = typeof body === 'string' ? body : JSON.stringify(body);
    if (stalled) outgoing.write(all.slice(0, all.length / 2));
    else outgoing.end(all);
  });

  function standard({ method, path, headers, body }) {
    if (headers.authorization !== 'Bearer secret') return problem(401, 'unauthorized', 'The token is not known.');
    const { version, spki, jwk, privateKey } = versions[state.current];
    const descriptor = {
      key: 'acme/1', version, state: 'active', algorithm: 'ES256', kid: `acme/1#${version}`, publicKey: { spki, jwk },
      certificateChain: ['MAMCAQE='], maxAgeSeconds: 300,
    };
    if (method === 'GET' && path === '/v1/keys/acme%2F1') return { body: descriptor };
    if (method !== 'POST' || path !== '/v1/sign') return problem(404, 'not_found', 'There is no such thing here.');
    if (body.keyVersion !== version) return problem(409, 'key_version_superseded', 'The key was rotated.', { descriptor });
    return {
      body: {
        signature: p256Sign(privateKey, Buffer.from(body.digest, 'base64url')).toString('base64url'), algorithm: 'ES256',
        keyId: 'acme/1', keyVersion: version, kid: `acme/1#${version}`, certificateChain: ['MAMCAQE='], timestampToken: null,
        receipt: null, timing: { kms_ms: 1.5, total_ms: 2 }, requestId: `request-${state.requests.length}`,
      },
    };
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests: state.requests,
    /** The request that is the `count`th of its kind, once it is there. */
    async seen(kind, count = 1) {
      for (;;) {
        const found = state.requests.filter(kind);
        if (found.length >= count) return found[count - 1];
        await once(arrivals, 'request');
      }
    },
    rotate: () => (state.current = 1),
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

export function problem(status, code, detail, more) {
  return {
    status, headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:splitsign:${code}`, title: code, status, code, detail, requestId: 'request-0', ...more },
  };
}

function keyOf(version) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    version, privateKey: privateKey.export({ format: 'jwk' }),
    spki: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'), jwk: publicKey.export({ format: 'jwk' }),
  };
}
