// What calls of one signer share. The signer here answers in the same program: it has a descriptor, and refuses to sign.
import { equal, refusedLater } from '../assert.mjs';
import { base64, makeKey } from '../oracle.mjs';

const JWS = { format: 'jws' };

/** A signer whose descriptor comes as `get` says, and how often it was asked for. */
async function signerOf(splitsign, timeoutMs, get) {
  const spki = base64((await makeKey()).spki);
  const descriptor = { key: 'k', version: 1, algorithm: 'ES256', kid: 'k#1', publicKey: { spki }, certificateChain: [], maxAgeSeconds: 300 };
  const counts = { gets: 0 };
  const answer = async (_, { method }) => {
    if (method !== 'GET') return Response.json({ code: 'reached' }, { status: 400 });
    counts.gets++;
    await get(counts.gets);
    return Response.json(descriptor);
  };
  const settings = { url: 'https://signer.example', token: 't', key: 'k', timeoutMs, fetch: answer };
  return { signer: splitsign.createSigner(settings), counts };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const eight = (act) => Promise.all(Array.from({ length: 8 }, act));

export function signers(splitsign) {
  return [
    ['many calls at once ask for the descriptor once, and all of them have it', async () => {
      const { signer, counts } = await signerOf(splitsign, 10_000, turn);
      await eight(() => refusedLater('reached', signer.sign('', JWS)));
      equal(counts.gets, 1);
    }],
    ['a request for the descriptor that never ends is made again by one of those who wait', async () => {
      const { signer, counts } = await signerOf(splitsign, 2_000, (count) => (count === 1 ? new Promise(() => {}) : turn()));
      await eight(() => refusedLater('reached', signer.sign('', JWS)));
      equal(counts.gets, 2);
    }],
    ['a descriptor that never comes is a timeout for all who wait', async () => {
      const { signer } = await signerOf(splitsign, 400, () => new Promise(() => {}));
      await eight(() => refusedLater('timeout', signer.sign('', JWS)));
    }],
  ];
}
