// Signs files with a remote signer: `node sign-files.mjs OUT FILE…`, with SPLITSIGN_URL, SPLITSIGN_TOKEN and
// SPLITSIGN_KEY in the environment. Each file becomes a detached COSE_Sign1 (FILE.cose) and a JWS (FILE.jws); the
// files, the certificate chain and the public key are put beside them. Prints one line of JSON a file.
//
// The key never comes here: only digests leave, and signatures come back.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { cose, createSigner, jws } from 'splitsign';

const [out, ...files] = process.argv.slice(2);
const { SPLITSIGN_URL: url, SPLITSIGN_TOKEN: token, SPLITSIGN_KEY: key } = process.env;
if (!out || files.length === 0 || !url || !token || !key) {
  console.error('usage: SPLITSIGN_URL=… SPLITSIGN_TOKEN=… SPLITSIGN_KEY=… node sign-files.mjs OUT FILE…');
  process.exit(2);
}

const pem = (label, der) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

const timed = (work) => {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
};

async function main() {
  mkdirSync(out, { recursive: true });
  const signer = createSigner({ url, token, key });
  for (const file of files) {
    const name = basename(file);
    const payload = readFileSync(file);
    copyFileSync(file, join(out, name));

    const coseSigned = await signer.sign(payload, { format: 'cose', detached: true });
    const { publicKey, certificateChain } = coseSigned;
    writeFileSync(join(out, 'public-key.pem'), pem('PUBLIC KEY', publicKey.toSpki()));
    writeFileSync(join(out, 'chain.pem'), certificateChain.map((der) => pem('CERTIFICATE', der)).join(''));
    const [, coseVerify] = timed(() => cose.verify(coseSigned.object, { payload, key: publicKey }));
    writeFileSync(join(out, `${name}.cose`), coseSigned.object);

    const jwsSigned = await signer.sign(payload, { format: 'jws' });
    const [, jwsVerify] = timed(() => jws.verify(jwsSigned.object, { key: publicKey }));
    writeFileSync(join(out, `${name}.jws`), jwsSigned.object);

    for (const [format, signed, verify] of [['cose', coseSigned, coseVerify], ['jws', jwsSigned, jwsVerify]]) {
      console.log(
        JSON.stringify({
          file: name,
          format,
          payloadBytes: payload.length,
          objectBytes: signed.object.length,
          digest: Buffer.from(signed.digest).toString('hex'),
          signature: Buffer.from(signed.signature).toString('hex'),
          prepareMs: signed.timing.prepareMs,
          signMs: signed.timing.signMs,
          attachMs: signed.timing.attachMs,
          verifyMs: verify,
        }),
      );
    }
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
