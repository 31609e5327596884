// A round trip through each subpath of the package, with the runtime's own WebCrypto in place of a signer.
import * as cose from 'splitsign/cose';
import { sha256 } from 'splitsign/digest';
import * as dsse from 'splitsign/dsse';
import * as jws from 'splitsign/jws';
import { PublicKey } from 'splitsign/key';
import { withLimits } from 'splitsign/limits';
import { createSigner } from 'splitsign/signer';
import { makeKey, pae, sigStructure, signingInput, utf8 } from '../test/oracle.mjs';

/** What comes back as verified, as text. */
export async function roundTrips() {
  const { sign, spki } = await makeKey();
  const key = PublicKey.fromSpki(spki);
  const payload = utf8('hello');
  const object = cose.prepare({ payload }).attach(await sign(sigStructure({ payload }).tbs), key);
  const token = jws.prepare({ payload }).attach(await sign(signingInput({ alg: 'ES256' }, payload)), key);
  const envelope = dsse.prepare({ payload, payloadType: 'a/b' }).attach(await sign(pae('a/b', payload)), key);
  const text = (verified) => new TextDecoder().decode(verified.payload);
  return {
    cose: text(cose.verify(object, { key })), jws: text(withLimits(jws, 'production').verify(token, { key })), dsse: text(dsse.verify(envelope, { key })),
    digest: sha256(payload)[0], signer: typeof createSigner({ url: 'https://signer.example', token: 't', key: 'k' }).sign,
  };
}
