// The worker: runs the suite and answers with what came out. With ?signer=URL it signs through that signer instead.
import * as splitsign from 'splitsign';
import { suite } from './suite.mjs';

export default {
  async fetch(request) {
    const signerUrl = new URL(request.url).searchParams.get('signer');
    return Response.json(await (signerUrl === null ? runAll() : signOnce(signerUrl)));
  },
};

async function runAll() {
  const results = [];
  for (const [name, run] of suite(splitsign)) {
    try {
      await run();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: `${error?.stack ?? error}` });
    }
  }
  return results;
}

async function signOnce(url) {
  const signer = splitsign.createSigner({ url, token: 'secret', key: 'acme/1' });
  const { object, publicKey } = await signer.sign('hello', { format: 'jws' });
  return { payload: new TextDecoder().decode(splitsign.jws.verify(object, { key: publicKey }).payload) };
}
