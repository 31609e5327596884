"""COSE_Sign1 against pycose."""

import pytest
from conftest import write_public_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pycose.headers import Algorithm, KID
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import CoseMessage, Sign1Message


def as_cose_key(key, private=False):
    numbers = (key.public_key() if private else key).public_numbers()
    options = {"d": key.private_numbers().private_value.to_bytes(32, "big")} if private else {}
    return EC2Key(crv=P256, x=numbers.x.to_bytes(32, "big"), y=numbers.y.to_bytes(32, "big"), **options)


def accepts(encoded: bytes, key, payload=None, external_aad=b"") -> bool:
    message = CoseMessage.decode(encoded)
    assert isinstance(message, Sign1Message)
    message.key = as_cose_key(key)
    message.external_aad = external_aad
    return message.verify_signature(payload) if payload is not None else message.verify_signature()


def test_pycose_accepts_ours_detached(signer, payload, tmp_path):
    encoded = signer.sign(payload, tmp_path / "o.cose", "--format", "cose", "--detached")
    assert accepts(encoded, signer.public_key(), payload.read_bytes())
    assert not accepts(encoded, signer.public_key(), payload.read_bytes() + b"x")


def test_pycose_accepts_ours_embedded(signer, payload, tmp_path):
    encoded = signer.sign(payload, tmp_path / "o.cose", "--format", "cose")
    assert accepts(encoded, signer.public_key())
    message = CoseMessage.decode(encoded)
    assert message.payload == payload.read_bytes()
    assert message.phdr[KID] == signer.descriptor()["kid"].encode()


def theirs(key, payload: bytes, detached: bool, tag: bool) -> bytes:
    message = Sign1Message(phdr={Algorithm: -7}, uhdr={KID: b"theirs"}, payload=None if detached else payload)
    message.key = as_cose_key(key, private=True)
    if not detached:
        return message.encode(tag=tag)
    return message.encode(tag=tag, detached_payload=payload)


@pytest.mark.parametrize("tag", [True, False])
@pytest.mark.parametrize("detached", [True, False])
def test_we_accept_theirs(signer, payload, tmp_path, detached, tag):
    key = ec.generate_private_key(ec.SECP256R1())
    public = write_public_key(tmp_path / "theirs.pem", key.public_key())
    encoded = tmp_path / "theirs.cose"
    encoded.write_bytes(theirs(key, payload.read_bytes(), detached, tag))
    options = ["--format", "cose"] + (["--payload", payload] if detached else [])
    done = signer.verify(encoded, public, *options)
    assert done.returncode == 0, done.stderr

    other = write_public_key(tmp_path / "other.pem", ec.generate_private_key(ec.SECP256R1()).public_key())
    done = signer.verify(encoded, other, *options)
    assert (done.returncode, "bad_signature" in done.stderr) == (1, True), done.stderr


def test_pycose_accepts_the_demo(demo):
    key = serialization.load_pem_public_key((demo / "public-key.pem").read_bytes())
    objects = sorted(demo.glob("*.cose"))
    assert len(objects) >= 2
    for encoded in objects:
        payload = (demo / encoded.stem).read_bytes()
        assert accepts(encoded.read_bytes(), key, payload), encoded
