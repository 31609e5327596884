"""JWS of the command line against joserfc; those of the JavaScript package meet npm `jose` in jose.test.mjs."""

import base64
import hmac
import json

import pytest
from conftest import write_public_key
from joserfc import jws
from joserfc.jwk import ECKey


def test_joserfc_accepts_ours(signer, payload, tmp_path):
    token = signer.sign(payload, tmp_path / "o.jws", "--format", "jws").decode()
    key = ECKey.import_key(signer.descriptor()["publicKey"]["jwk"])
    registry = jws.JWSRegistry(algorithms=["ES256"])
    # Its limit is 512 bytes, and ours carries two certificates.
    registry.max_header_length = 8192
    registry.max_payload_length = 65536
    assert jws.deserialize_compact(token, key, registry=registry).payload == payload.read_bytes()


@pytest.mark.parametrize("flattened", [False, True])
def test_we_accept_theirs(signer, tmp_path, flattened):
    key = ECKey.generate_key("P-256")
    public = write_public_key(tmp_path / "theirs.pem", key.public_key)
    header = {"alg": "ES256", "kid": "theirs"}
    if flattened:
        made = jws.serialize_json({"protected": header}, b"payload", key)
        made = json.dumps(made)
    else:
        made = jws.serialize_compact(header, b"payload", key)
    token = tmp_path / "theirs.jws"
    token.write_text(made)
    done = signer.verify(token, public, "--format", "jws")
    assert done.returncode == 0, done.stderr
    token.write_text(made.replace(made[-9], "A" if made[-9] != "A" else "B", 1) if flattened else made[:-9] + ("A" if made[-9] != "A" else "B") + made[-8:])
    assert signer.verify(token, public, "--format", "jws").returncode == 1


def test_algorithm_confusion_is_refused(signer, tmp_path):
    """Tokens that are MACed with the public key as secret, or not signed at all."""
    public = write_public_key(tmp_path / "ours.pem", signer.public_key())
    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    token = tmp_path / "confused.jws"
    for algorithm in ["HS256", "none"]:
        signing_input = f"{encode(json.dumps({'alg': algorithm}).encode())}.{encode(b'payload')}"
        mac = hmac.digest(public.read_bytes(), signing_input.encode(), "sha256") if algorithm == "HS256" else b""
        token.write_text(f"{signing_input}.{encode(mac)}")
        done = signer.verify(token, public, "--format", "jws")
        assert (done.returncode, "jws_unsupported_algorithm" in done.stderr) == (1, True), done.stderr
