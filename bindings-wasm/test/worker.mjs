// The worker: runs the suite and answers with what came out. With ?signer=URL it signs through that signer instead.
import * as splitsign from 'splitsign';
import { results } from './results.mjs';

export default {
  async fetch(request) {
    const signerUrl = new URL(request.url).searchParams.get('signer');
    return Response.json(await (signerUrl === null ? results(splitsign) : signOnce(signerUrl)));
  },
};

async function signOnce(url) {
  const signer = splitsign.createSigner({ url, token: 'secret', key: 'acme/1' });
  const { object, publicKey } = await signer.sign('hello', { format: 'jws' });
  return { payload: new TextDecoder().decode(splitsign.jws.verify(object, { key: publicKey }).payload) };
}
