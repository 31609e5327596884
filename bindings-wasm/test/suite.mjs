// What every runtime must do. `suite(splitsign)` is a list of [name, function]; the runners run it.
import { equal } from './assert.mjs';
import { givenArguments } from './suite/arguments.mjs';
import { buffers } from './suite/buffers.mjs';
import { coseFormat } from './suite/cose.mjs';
import { digests } from './suite/digest.mjs';
import { dsseFormat } from './suite/dsse.mjs';
import { handles } from './suite/handles.mjs';
import { jwsFormat } from './suite/jws.mjs';
import { keys } from './suite/keys.mjs';
import { limits } from './suite/limits.mjs';
import { malformed } from './suite/malformed.mjs';
import { mutations } from './suite/mutations.mjs';
import { signers } from './suite/signer.mjs';
import { streams } from './suite/streams.mjs';
import { wrongTypes } from './suite/types.mjs';

const OPERATIONS = [
  'sha256', 'key_from_sec1', 'key_from_spki', 'key_from_jwk', 'key_from_cose_key', 'key_to_spki', 'key_to_jwk',
  'key_to_cose_key', 'key_thumbprint', 'signature_from_der', 'signature_to_der', 'verify_digest', 'cose_sign1_prepare',
  'cose_sign1_attach', 'cose_sign1_verify', 'cose_sign1_inspect', 'jws_prepare', 'jws_attach', 'jws_verify', 'jws_inspect',
  'dsse_prepare', 'dsse_attach', 'dsse_verify', 'dsse_inspect',
];

export function suite(splitsign) {
  return [
    ['operations are those of the core', () => equal(splitsign.operations(), OPERATIONS)],
    ...digests(splitsign),
    ...keys(splitsign),
    ...coseFormat(splitsign),
    ...jwsFormat(splitsign),
    ...dsseFormat(splitsign),
    ...streams(splitsign),
    ...limits(splitsign),
    ...givenArguments(splitsign),
    ...wrongTypes(splitsign),
    ...handles(splitsign),
    ...buffers(splitsign),
    ...malformed(splitsign),
    ...mutations(splitsign),
    ...signers(splitsign),
  ];
}
