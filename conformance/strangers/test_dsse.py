"""DSSE envelopes against securesystemslib, the library of in-toto and TUF."""

import json

import pytest
from conftest import write_public_key
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

TYPE = "application/vnd.in-toto+json"


def as_their_key(key) -> SSlibKey:
    return SSlibKey.from_crypto(key)


def test_securesystemslib_accepts_ours(signer, payload, tmp_path):
    made = signer.sign(payload, tmp_path / "o.dsse", "--format", "dsse", "--payload-type", TYPE)
    document = json.loads(made)
    key = as_their_key(signer.public_key())
    document["signatures"][0]["keyid"] = key.keyid
    envelope = Envelope.from_dict(document)
    assert (envelope.payload, envelope.payload_type) == (payload.read_bytes(), TYPE)
    assert envelope.verify([key], 1)
    envelope.payload += b"x"
    with pytest.raises(VerificationError):
        envelope.verify([key], 1)


def test_we_accept_theirs(signer, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    envelope = Envelope(b'{"_type":"https://in-toto.io/Statement/v1"}', TYPE, {})
    envelope.sign(CryptoSigner(key))
    public = write_public_key(tmp_path / "theirs.pem", key.public_key())
    file = tmp_path / "theirs.dsse"
    file.write_text(json.dumps(envelope.to_dict()))
    done = signer.verify(file, public, "--format", "dsse")
    assert done.returncode == 0, done.stderr

    envelope.payload_type = "text/plain"
    file.write_text(json.dumps(envelope.to_dict()))
    done = signer.verify(file, public, "--format", "dsse")
    assert (done.returncode, "bad_signature" in done.stderr) == (1, True), done.stderr
