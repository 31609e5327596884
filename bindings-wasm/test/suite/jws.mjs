// The suite: JWS, against tokens that are put together here.
import { equal, ok, refused } from '../assert.mjs';
import { HELLO, KID, LEAF, ROOT, signed } from '../examples.mjs';
import { base64url, bytesOf, makeKey, signingInput, utf8 } from '../oracle.mjs';

export function jwsFormat(splitsign) {
  const { jws } = splitsign;
  const tests = [];
  const test = (name, run) => tests.push([name, run]);

  test('JWS: all forms agree with tokens put together here', async () => {
    const key = await makeKey();
    const chain = [LEAF, ROOT];
    for (const [more, header] of [
      [{}, { alg: 'ES256' }],
      [{ kid: 'acme/1', typ: 'JWT', cty: 'a"b' }, { alg: 'ES256', cty: 'a"b', kid: 'acme/1', typ: 'JWT' }],
      [{ x5c: chain }, { alg: 'ES256', x5c: chain.map((der) => btoa(String.fromCharCode(...der))) }],
      [{ unencoded: true }, { alg: 'ES256', b64: false, crit: ['b64'] }],
    ]) {
      for (const [detached, serialization] of [[false, 'compact'], [true, 'compact'], [false, 'flattened'], [true, 'flattened']]) {
        const tbs = signingInput(header, HELLO);
        const draft = jws.prepare({ payload: 'hello', ...more, detached, serialization });
        const signature = await signed(draft, tbs, key);
        const token = draft.attach(signature, { spki: key.spki });
        const [encoded, text] = [base64url(utf8(JSON.stringify(header))), more.unencoded ? 'hello' : base64url(HELLO)];
        if (serialization === 'compact') equal(token, `${encoded}.${detached ? '' : text}.${base64url(signature)}`);
        else equal(JSON.parse(token), { ...(detached ? {} : { payload: text }), protected: encoded, signature: base64url(signature) });
        const result = jws.verify(token, { key: { spki: key.spki }, payload: detached ? HELLO : undefined });
        equal(result, { payload: HELLO, kid: more.kid, typ: more.typ, cty: more.cty, x5c: more.x5c ?? [] });
        equal(jws.inspect(token), { kid: more.kid, x5c: more.x5c ?? [], detached });
        equal(jws.verify(utf8(token), { key: { spki: key.spki }, payload: detached ? 'hello' : undefined }).payload, HELLO);
      }
    }
  });

  test('JWS: payloads in pieces, and large ones', async () => {
    const key = await makeKey();
    const payload = new Uint8Array(1_500_001).fill(97);
    for (const unencoded of [false, true]) {
      const tbs = signingInput(unencoded ? { alg: 'ES256', b64: false, crit: ['b64'], kid: 'k' } : { alg: 'ES256', kid: 'k' }, payload);
      const stream = jws.prepareStream({ kid: 'k', unencoded });
      for (let at = 0; at < payload.length; at += 333_333) stream.update(payload.subarray(at, at + 333_333));
      const draft = stream.finish();
      equal(draft.digest, jws.prepare({ payload, kid: 'k', unencoded, detached: true }).digest);
      const token = draft.attach(await signed(draft, tbs, key), { spki: key.spki });
      ok(jws.verify(token, { key: { spki: key.spki }, payload }).payload.buffer === payload.buffer);
      equal(jws.verifyStream(token, { key: { spki: key.spki } }).update(payload).finish().kid, 'k');
      refused('bad_signature', () => jws.verifyStream(token, { key: { spki: key.spki } }).update(HELLO).finish());
    }
  });

  test('JWS: drafts refuse foreign signatures and a payload that has changed', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const payload = HELLO.slice();
    const draft = jws.prepare({ payload });
    const signature = await key.sign(signingInput({ alg: 'ES256' }, HELLO));
    refused('bad_signature', () => draft.attach(signature, { spki: other.spki }));
    payload[0] ^= 1;
    refused('digest_mismatch', () => draft.attach(signature, { spki: key.spki }));
  });

  test('JWS: malformed tokens, each refused for its reason', async () => {
    const key = await makeKey();
    const token = async (header, payload = HELLO) => {
      const tbs = signingInput(header, payload);
      const text = new TextDecoder().decode(tbs);
      return `${text}.${base64url(await key.sign(tbs))}`;
    };
    const check = (code, object, more) => refused(code, () => jws.verify(object, { key: { spki: key.spki }, ...more }));
    const good = await token({ alg: 'ES256' });
    const [header, payload, signature] = good.split('.');
    check('jws_invalid_compact', '');
    check('jws_invalid_compact', `${header}.${payload}`);
    check('jws_invalid_compact', `${good}.`);
    check('jws_unsupported_algorithm', await token({ alg: 'none' }));
    check('jws_unsupported_algorithm', await token({ alg: 'HS256' }));
    check('jws_missing_algorithm', await token({}));
    check('jws_unknown_critical', await token({ alg: 'ES256', crit: ['exp'], exp: 1 }));
    check('jws_invalid_critical', await token({ alg: 'ES256', crit: [] }));
    check('jws_invalid_critical', await token({ alg: 'ES256', b64: false }));
    check('base64_invalid_length', `${header}=.${payload}.${signature}`);
    check('base64_invalid_character', `${header.slice(0, -1)}=.${payload}.${signature}`);
    check('base64_invalid_character', `${good.slice(0, -1)}\n`);
    check('signature_wrong_length', `${header}.${payload}.${base64url(splitsign.signatureToDer(bytesOf(signature)))}`);
    check('jws_payload_attached', good, { payload: HELLO });
    check('jws_payload_missing', `${header}..${signature}`);
    check('bad_signature', `${header}.${base64url(utf8('hellO'))}.${signature}`);
    check('json_duplicate_member', `${base64url(utf8('{"alg":"ES256","alg":"ES256"}'))}.${payload}.${signature}`);
    check('jws_general_serialization', JSON.stringify({ payload, signatures: [] }));
    check('jws_duplicate_parameter', JSON.stringify({
      payload, protected: base64url(utf8('{"alg":"ES256","kid":"a"}')), header: { kid: 'b' }, signature,
    }));
    refused('jws_unencoded_payload', () => jws.prepare({ payload: 'a.b', unencoded: true }));
    refused('invalid_argument', () => jws.prepare({ payload: HELLO, kid: '\ud800' }));
    refused('invalid_argument', () => jws.prepare({ payload: HELLO, kid: KID }));
    refused('invalid_argument', () => jws.prepare({ payload: HELLO, serialization: 'general' }));
  });

  return tests;
}
