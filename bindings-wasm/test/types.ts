// Compiled and never run: everything that the package declares, used as meant, and refused where it must be.
import { Digest, PublicKey, SplitsignError, backend, cose, createSigner, dsse, jws, limits, operations, sha256, sha256From, signatureFromDer, signatureToDer, verifyDigest } from 'splitsign';
import type { ByteSource, CoreCode, Draft, Key, SdkCode, Signed, Stream } from 'splitsign';
import * as coseAlone from 'splitsign/cose';
import * as jwsAlone from 'splitsign/jws';
import * as dsseAlone from 'splitsign/dsse';
import { sha256 as sha256Alone } from 'splitsign/digest';
import { PublicKey as PublicKeyAlone } from 'splitsign/key';
import { createSigner as createSignerAlone } from 'splitsign/signer';
import { limitPresets, resourceLimits, withLimits } from 'splitsign/limits';
import type { LimitPreset, ResourceLimits } from 'splitsign/limits';

const bytes = new Uint8Array(32);
const key: PublicKey = PublicKey.fromSpki(bytes);
const keys: Key[] = [key, PublicKey.fromSec1(bytes.buffer), PublicKey.fromJwk({}), PublicKey.fromJwk('{}'), PublicKey.fromCoseKey(bytes), { spki: bytes }, { jwk: {} }, { sec1: bytes }, { coseKey: bytes }];
const text: string = key.thumbprint() + key.toJwk().x + operations().join() + limits.KEY_ID_BYTES.toFixed();
let some: Uint8Array = sha256('text');
some = sha256Alone(bytes);
some = new Digest().update(bytes).update(new DataView(new ArrayBuffer(1))).finish();
some = signatureFromDer(signatureToDer(bytes));
some = key.toSpki();
verifyDigest({ digest: bytes, signature: bytes, key, lowS: 'require' });

const draft: Draft<Uint8Array> = cose.prepare({ payload: bytes, kid: 'k', x5chain: [bytes], contentType: 50, externalAad: bytes, detached: true, tagged: false, lowS: 'normalise' });
const object: Uint8Array = draft.attach(bytes, key);
const signed: Uint8Array = cose.verify(object, { payload: bytes, key, externalAad: bytes, lowS: 'accept' }).payload;
const stream: Stream<Draft<Uint8Array>> = cose.prepareStream({ length: 1, kid: bytes });
some = stream.update(bytes).finish().digest;
const verifiedKid: Uint8Array | undefined = cose.verifyStream(object, { length: 1, key }).update(bytes).finish().kid;
const detached: boolean = cose.inspect(object).detached && jws.inspect('').detached;

const token: string = jws.prepare({ payload: '{}', kid: 'k', typ: 'JWT', cty: 'a', x5c: [bytes], detached: false, unencoded: false, serialization: 'flattened' }).attach(bytes, { spki: bytes });
const typ: string | undefined = jws.verify(token, { key, payload: 'text' }).typ;
jws.verifyStream(token, { key }).update(bytes).finish().x5c.length;
jws.prepareStream({ kid: 'k' }).free();

const envelope: string = dsse.prepare({ payloadType: 'a/b', payload: bytes, keyid: 'k', signatureEncoding: 'raw' }).attach(bytes, key);
const payloadType: string = dsse.verify(envelope, { key }).payloadType;
const keyids: (string | undefined)[] = dsse.inspect(envelope).keyids;

async function sign(): Promise<void> {
  const signer = createSigner({ url: 'https://signer.example', token: 't', key: 'k', fetch: (input, init) => fetch(input, init), timeoutMs: 1, maxAgeSeconds: 1 });
  const one: Signed<'cose', Uint8Array> = await signer.sign(bytes, { format: 'cose', detached: true, contentType: 'text/plain', signal: AbortSignal.timeout(1) });
  const two: string = (await signer.sign('{}', { format: 'jws', typ: 'JWT', includeChain: false })).object;
  const three: string = (await signer.sign('{}', { format: 'dsse', payloadType: 'a/b', idempotencyKey: 'i' })).object;
  const ms: number = one.timing.prepareMs + one.timing.signMs + one.timing.attachMs + (one.timing.kmsMs ?? 0);
  // @ts-expect-error the key decides its id
  await signer.sign(bytes, { format: 'cose', kid: 'k' });
  // @ts-expect-error an option of another format
  await signer.sign(bytes, { format: 'jws', contentType: 'text/plain' });
  // @ts-expect-error no such format
  await signer.sign(bytes, { format: 'cms' });
  // @ts-expect-error text is not natural for COSE
  await signer.sign('text', { format: 'cose' });
  // @ts-expect-error no key
  createSigner({ url: 'https://signer.example', token: 't' });
  void [two, three, ms];
}

async function read(stream: ReadableStream<Uint8Array>, blob: Blob, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const signal = AbortSignal.timeout(1);
  const sources: ByteSource[] = [stream, blob, chunks, [bytes], bytes];
  const one: Draft<Uint8Array> = await cose.prepareFrom(stream, { length: 5, kid: 'k', signal });
  const two: Draft<string> = await jws.prepareFrom(blob, { kid: 'k', unencoded: true, signal });
  const kids = [(await cose.verifyFrom(object, chunks, { key, length: 5 })).kid, (await jws.verifyFrom(token, [bytes], { key })).kid];
  const digest: Uint8Array = await sha256From(blob, { signal });
  // @ts-expect-error a text has no bytes yet
  await sha256From('text');
  // @ts-expect-error chunks are bytes
  await jws.prepareFrom(['text'], {});
  // @ts-expect-error what was read is not kept
  (await cose.verifyFrom(object, stream, { key, length: 5 })).payload;
  void [sources, one, two, kids, digest];
}

const presetName: LimitPreset = 'production';
const given: ResourceLimits = resourceLimits({ ...limitPresets.production, maxFileSizeBytes: 32_768 });
const bounded = withLimits({ cose, sha256, Digest, createSigner }, given);
const boundedDraft: Draft<Uint8Array> = bounded.cose.prepare({ payload: bytes });
const boundedObject: Uint8Array = withLimits(coseAlone, presetName).prepare({ payload: bytes }).attach(bytes, key);
// @ts-expect-error no such preset
withLimits({ cose }, 'test');
// @ts-expect-error all six have to be said
resourceLimits({ maxMemoryBytes: 1 });
// @ts-expect-error limits do not change
given.maxFileSizeBytes = 1;
// @ts-expect-error jws was not bound
bounded.jws;

try {
  cose.verify(object, { key });
} catch (error) {
  if (error instanceof SplitsignError && error.code === 'bad_signature') {
    const where: number | undefined = error.at;
    const status: number | undefined = error.problem?.status ?? error.status;
    void [where, status, error.number, error.requestId, error.retryAfterMs];
  }
}
function closed(error: SplitsignError): CoreCode | SdkCode | undefined {
  if (error.problem !== undefined) return void (error.problem.code satisfies string);
  // @ts-expect-error the list is closed: a misspelt code is found
  if (error.code === 'cbor_trunkated') return undefined;
  // @ts-expect-error errors are made by this package only
  new SplitsignError('cbor_truncated');
  return error.code;
}
const code: CoreCode = 'cbor_truncated';
const codeOfLimits: SdkCode[] = ['max_memory_exceeded', 'max_execution_exceeded', 'max_file_size_exceeded', 'streaming_disabled'];

// @ts-expect-error a code that does not exist
const noCode: CoreCode = 'cbor_trunkated';
// @ts-expect-error a misspelt option
cose.prepare({ payload: bytes, detatched: true });
// @ts-expect-error text is not natural for COSE
cose.prepare({ payload: 'text' });
// @ts-expect-error a stream needs its length first
cose.prepareStream({ kid: 'k' });
// @ts-expect-error a key is not bytes: in which form would they be?
cose.verify(object, { key: bytes });
// @ts-expect-error two forms leave open which one counts
const twoForms: Key = { spki: bytes, sec1: 5 };
// @ts-expect-error no key
jws.verify(token, {});
// @ts-expect-error a kid of a JWS is text
jws.prepare({ payload: bytes, kid: bytes });
// @ts-expect-error no general serialization
jws.prepare({ payload: bytes, serialization: 'general' });
// @ts-expect-error an envelope needs a type
dsse.prepare({ payload: bytes });
// @ts-expect-error keys are made by from…
new PublicKey(bytes);
// @ts-expect-error not a public key, though it looks like one
const fake: PublicKey = { ...key };
// @ts-expect-error a digest is given and not set
draft.digest = bytes;

const backendHere: 'native' | 'wasm' = backend();
const sameKey: PublicKey = PublicKeyAlone.fromSpki(bytes);

void [closed, backendHere, sameKey, read, boundedDraft, boundedObject, codeOfLimits, keys, text, some, signed, verifiedKid, detached, typ, payloadType, keyids, sign, code, noCode, twoForms, fake, coseAlone.prepare, jwsAlone.prepare, dsseAlone.prepare, createSignerAlone];
