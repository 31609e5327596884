"""The digest and the signature themselves, and the certificate chain, against the `openssl` program."""

import base64
import hashlib
import json
import shutil
import subprocess

import cbor2
import pytest
from conftest import write_public_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the program `openssl` is not installed")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)


def as_der(raw: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def test_dgst_accepts_the_signature_over_the_sig_structure(signer, payload, tmp_path):
    encoded = signer.sign(payload, tmp_path / "o.cose", "--format", "cose", "--detached")
    protected, _, _, signature = cbor2.loads(encoded).value
    tbs = tmp_path / "tbs"
    tbs.write_bytes(cbor2.dumps(["Signature1", protected, b"", payload.read_bytes()]))
    der = tmp_path / "signature.der"
    der.write_bytes(as_der(signature))
    public = write_public_key(tmp_path / "public.pem", signer.public_key())
    done = openssl("dgst", "-sha256", "-verify", public, "-signature", der, tbs)
    assert done.stdout.strip() == "Verified OK", done.stderr
    tbs.write_bytes(tbs.read_bytes() + b"x")
    assert openssl("dgst", "-sha256", "-verify", public, "-signature", der, tbs).returncode != 0


def test_pkeyutl_accepts_what_the_api_signs(signer, tmp_path):
    digest = hashlib.sha256(b"thirty-two bytes travel").digest()
    body = {
        "key": signer.KEY,
        "digest": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "digestAlgorithm": "sha-256",
        "profile": "raw",
    }
    status, _, answer = signer.request("/v1/sign", body)
    assert status == 200, answer
    signature = base64.urlsafe_b64decode(json.loads(answer)["signature"] + "==")
    assert len(signature) == 64
    (tmp_path / "digest").write_bytes(digest)
    (tmp_path / "signature").write_bytes(as_der(signature))
    public = write_public_key(tmp_path / "public.pem", signer.public_key())
    done = openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", public, "-in", tmp_path / "digest", "-sigfile", tmp_path / "signature"
    )
    assert "Verified Successfully" in done.stdout, done.stderr


def test_development_chain_verifies(signer, tmp_path):
    leaf, *rest = [base64.b64decode(certificate) for certificate in signer.descriptor()["certificateChain"]]
    pem = lambda der: "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"
    (tmp_path / "leaf.pem").write_text(pem(leaf))
    (tmp_path / "root.pem").write_text(pem(rest[-1]))
    (tmp_path / "between.pem").write_text("".join(map(pem, rest[:-1])) or pem(rest[-1]))
    done = openssl(
        "verify", "-x509_strict", "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "between.pem", tmp_path / "leaf.pem"
    )
    assert done.returncode == 0, done.stdout + done.stderr
