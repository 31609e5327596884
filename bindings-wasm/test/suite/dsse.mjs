// The suite: DSSE, against envelopes that are put together here.
import { equal, refused } from '../assert.mjs';
import { HELLO, signed } from '../examples.mjs';
import { makeKey, pae, utf8 } from '../oracle.mjs';

export function dsseFormat(splitsign) {
  const { dsse } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  test('DSSE: envelopes agree with those put together here', async () => {
    const key = await makeKey();
    const payloadType = 'application/vnd.in-toto+json';
    for (const [signatureEncoding, keyid] of [[undefined, undefined], ['der', 'acme/1'], ['raw', 'acme/ü']]) {
      const draft = dsse.prepare({ payloadType, payload: '{}', keyid, signatureEncoding });
      const raw = await signed(draft, pae(payloadType, utf8('{}')), key);
      const envelope = draft.attach(raw, { spki: key.spki });
      const sig = btoa(String.fromCharCode(...(signatureEncoding === 'raw' ? raw : splitsign.signatureToDer(raw))));
      equal(JSON.parse(envelope), { payload: btoa('{}'), payloadType, signatures: [{ keyid: keyid ?? '', sig }] });
      equal(dsse.verify(envelope, { key: { spki: key.spki } }), { payloadType, payload: utf8('{}'), keyid: keyid ?? '' });
      equal(dsse.inspect(utf8(envelope)), { keyids: [keyid ?? ''] });
    }
  });

  test('DSSE: malformed envelopes, each refused for its reason', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const check = (code, envelope, more) => refused(code, () => dsse.verify(envelope, { key: { spki: key.spki }, ...more }));
    const payload = HELLO.slice();
    const draft = dsse.prepare({ payloadType: 'text/plain', payload });
    const raw = await key.sign(pae('text/plain', HELLO));
    const good = JSON.parse(draft.attach(raw, { spki: key.spki }));
    check('bad_signature', JSON.stringify(good), { key: { spki: other.spki } });
    check('bad_signature', JSON.stringify({ ...good, payload: btoa('hellO') }));
    check('bad_signature', JSON.stringify({ ...good, payloadType: 'text/html' }));
    check('dsse_no_signature', JSON.stringify({ ...good, signatures: [] }));
    check('dsse_too_many_signatures', JSON.stringify({ ...good, signatures: new Array(17).fill(good.signatures[0]) }));
    check('json_missing_member', JSON.stringify({ ...good, payload: undefined }));
    check('dsse_invalid_payload_type', JSON.stringify({ ...good, payloadType: '' }));
    check('json_unexpected_type', '[]');
    check('json_truncated', '{');
    refused('dsse_invalid_payload_type', () => dsse.prepare({ payloadType: '', payload }));
    refused('invalid_argument', () => dsse.prepare({ payload }));
    refused('bad_signature', () => draft.attach(raw, { spki: other.spki }));
    payload[0] ^= 1;
    refused('digest_mismatch', () => draft.attach(raw, { spki: key.spki }));
  });

  return tests;
}
