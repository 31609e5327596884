"""Vault Transit: `hvac`, the Python client of Vault, signs, verifies and reads keys."""

import base64
import hashlib
import os
from pathlib import Path

import hvac
import pytest
from conftest import Signer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

MESSAGE = b"what hvac sends"


def b64(data):
    return base64.b64encode(data).decode()


class TransitSigner(Signer):
    KEY = "acme/transit"
    SETTINGS = {"SPLITSIGN__DROPINS__TRANSIT": "true"}


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    signer = TransitSigner(Path(os.environ["SPLITSIGN_BIN"]), tmp_path_factory.mktemp("transit"))
    yield signer
    signer.stop()


@pytest.fixture(scope="module")
def transit(signer):
    return hvac.Client(url=signer.url, token=signer.token).secrets.transit


def public_key(transit, version):
    key = transit.read_key("transit")["data"]
    assert key["type"] == "ecdsa-p256" and key["supports_signing"]
    return serialization.load_pem_public_key(key["keys"][str(version)]["public_key"].encode())


@pytest.mark.parametrize("prehashed", [True, False])
@pytest.mark.parametrize("marshaling", ["asn1", "jws"])
def test_what_hvac_has_signed_is_valid(transit, prehashed, marshaling):
    data = hashlib.sha256(MESSAGE).digest() if prehashed else MESSAGE
    options = {"hash_algorithm": "sha2-256", "prehashed": prehashed, "marshaling_algorithm": marshaling}
    signed = transit.sign_data("transit", hash_input=b64(data), **options)["data"]
    version, encoded = signed["signature"].removeprefix("vault:v").split(":")
    assert signed["key_version"] == int(version) == 1
    if marshaling == "asn1":
        der = base64.b64decode(encoded)
    else:
        raw = base64.urlsafe_b64decode(encoded + "==")
        der = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    # A third opinion.
    public_key(transit, version).verify(der, MESSAGE, ec.ECDSA(hashes.SHA256()))
    for other, valid in [(data, True), (hashlib.sha256(b"other").digest(), False)]:
        verdict = transit.verify_signed_data("transit", b64(other), signature=signed["signature"], **options)
        assert verdict["data"]["valid"] is valid


def test_a_batch(transit):
    items = [{"input": b64(b"a"), "reference": "first"}, {"input": b64(b"b"), "reference": "second"}, {"input": "?"}]
    results = transit.sign_data("transit", batch_input=items)["data"]["batch_results"]
    assert [result.get("reference") for result in results] == ["first", "second", None]
    assert "error" in results[2] and "signature" not in results[2]
    verdict = transit.verify_signed_data("transit", b64(b"b"), signature=results[1]["signature"])
    assert verdict["data"]["valid"] is True


def test_a_version_that_is_named(signer, transit):
    signer.run("keys", "create", "acme/rotated")
    client = hvac.Client(url=signer.url, token=token(signer, "acme", "acme/rotated")).secrets.transit
    first = client.sign_data("rotated", hash_input=b64(b"x"), key_version=1)["data"]
    assert first["signature"].startswith("vault:v1:")
    with pytest.raises(hvac.exceptions.VaultError):
        client.sign_data("rotated", hash_input=b64(b"x"), key_version=2)


def token(signer, tenant, key):
    return signer.run("token", "create", "--tenant", tenant, "--key", key).stdout.strip()


def test_failures_are_those_that_hvac_knows(signer, transit):
    with pytest.raises(hvac.exceptions.InvalidPath):
        transit.read_key("nothing")
    with pytest.raises(hvac.exceptions.InvalidRequest, match="nothing"):
        transit.sign_data("nothing", hash_input=b64(b"x"))
    with pytest.raises(hvac.exceptions.InvalidRequest, match="hash_algorithm"):
        transit.sign_data("transit", hash_input=b64(b"x"), hash_algorithm="sha2-512")
    with pytest.raises(hvac.exceptions.InvalidRequest, match="signature"):
        transit.verify_signed_data("transit", b64(b"x"), signature="vault:v1:AAAA")
    with pytest.raises(hvac.exceptions.InvalidPath):
        transit.encrypt_data("transit", plaintext=b64(b"x"))
    signer.run("keys", "create", "umbrella/transit")
    for wrong in ["hvs.nothing", "sst_0000000000000000_AAAA"]:
        with pytest.raises(hvac.exceptions.Forbidden, match="permission denied"):
            hvac.Client(url=signer.url, token=wrong).secrets.transit.sign_data("transit", hash_input=b64(b"x"))
    # The same name is another key to another tenant.
    stranger = hvac.Client(url=signer.url, token=token(signer, "umbrella", "umbrella/transit")).secrets.transit
    theirs = stranger.sign_data("transit", hash_input=b64(b"x"))["data"]["signature"]
    assert transit.verify_signed_data("transit", b64(b"x"), signature=theirs)["data"]["valid"] is False
