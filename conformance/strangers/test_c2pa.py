"""C2PA: `c2pa-python` signs a JPEG with our keys, as a subprocess and over a URL, and its reader says what it thinks."""

import io
import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import c2pa
import pytest
from conftest import Signer
from PIL import Image

MANIFEST = {
    "claim_generator_info": [{"name": "splitsign strangers"}],
    "title": "a gradient",
    "assertions": [
        {
            "label": "c2pa.actions",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
                    }
                ]
            },
        }
    ],
}


class C2paSigner(Signer):
    """A signer whose key is for photos, with the drop-in on."""

    KEY = "acme/photos"
    SETTINGS = {"SPLITSIGN__DROPINS__C2PA": "true"}


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    signer = C2paSigner(Path(os.environ["SPLITSIGN_BIN"]), tmp_path_factory.mktemp("c2pa"))
    yield signer
    signer.stop()


@pytest.fixture(scope="module")
def url(signer):
    """What stands in [signer.remote]."""
    token = json.loads(signer.run("token", "create", "--c2pa", signer.KEY, "--json").stdout)["token"]
    return f"{signer.url}/c2pa/v1/{signer.KEY}/sign?token={token}"


@pytest.fixture(scope="module")
def info(signer):
    return json.loads(subprocess_signer(signer, "--signer-info"))


@pytest.fixture(scope="module")
def jpeg():
    image = Image.new("RGB", (64, 64))
    image.putdata([(x * 4, y * 4, 128) for y in range(64) for x in range(64)])
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def subprocess_signer(signer, *arguments, data=b""):
    """As c2patool calls `--signer-path "splitsign c2pa-signer"`."""
    environment = {**signer.environment, "SPLITSIGN_URL": signer.url, "SPLITSIGN_KEY": signer.KEY}
    done = subprocess.run([signer.binary, "c2pa-signer", *arguments], env=environment, input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def post(url, data):
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method="POST")) as response:
        assert response.status == 200
        return response.read()


def sign(jpeg, info, callback):
    out = io.BytesIO()
    with c2pa.Signer.from_callback(callback, c2pa.C2paSigningAlg.ES256, info["sign_cert"]) as signer:
        with c2pa.Builder(MANIFEST) as builder:
            builder.sign(signer, "image/jpeg", io.BytesIO(jpeg), out)
    return out.getvalue()


def read(jpeg, anchors=None):
    """Validation state, and the codes of what was found wrong."""
    settings = {"verify": {"verify_trust": True}}
    if anchors:
        settings["trust"] = {"user_anchors": anchors}
    with c2pa.Context.from_dict(settings) as context:
        with c2pa.Reader("image/jpeg", io.BytesIO(jpeg), context=context) as reader:
            results = reader.get_validation_results()["activeManifest"]
            codes = {kind: [entry["code"] for entry in results[kind]] for kind in ("success", "failure")}
            return reader.get_validation_state(), codes


def is_accepted(jpeg, info):
    """But for the root, which nobody trusts; and with it, in everything."""
    state, codes = read(jpeg)
    assert "claimSignature.validated" in codes["success"], codes
    assert codes["failure"] == ["signingCredential.untrusted"], codes
    root = info["sign_cert"][info["sign_cert"].rindex("-----BEGIN") :]
    state, codes = read(jpeg, root)
    assert (state, codes["failure"]) == ("Trusted", []), codes
    assert "signingCredential.trusted" in codes["success"], codes


def test_signer_info_is_what_c2patool_reads(info):
    assert info["alg"] == "es256"
    assert info["sign_cert"].count("-----BEGIN CERTIFICATE-----") == 2
    assert info["reserve_size"] > 2000


def test_the_subprocess_signs_and_the_reader_accepts(signer, jpeg, info):
    is_accepted(sign(jpeg, info, lambda data: subprocess_signer(signer, data=data)), info)


def test_the_url_signs_and_the_reader_accepts(jpeg, info, url):
    is_accepted(sign(jpeg, info, lambda data: post(url, data)), info)


class SettingsContext(c2pa.Context):
    """The signer is in the settings, which the Python package does not look for there: the library below it does."""

    @property
    def has_signer(self):
        return True


def remote(url, info):
    remote = {"url": url, "alg": "es256", "sign_cert": info["sign_cert"]}
    return SettingsContext(settings=c2pa.Settings.from_dict({"signer": {"remote": remote}}))


def test_signer_remote_of_the_settings_signs_and_the_reader_accepts(jpeg, info, url):
    out = io.BytesIO()
    with remote(url, info) as context, c2pa.Builder(MANIFEST, context=context) as builder:
        builder.sign("image/jpeg", io.BytesIO(jpeg), out)
    is_accepted(out.getvalue(), info)


def test_signer_remote_that_is_refused_makes_no_file(signer, jpeg, info, url):
    """c2pa-rs does not look at the status: an empty body is what stops it."""
    revoked = json.loads(signer.run("token", "create", "--c2pa", signer.KEY, "--json").stdout)
    signer.run("token", "revoke", revoked["id"])
    for wrong in [url.split("?")[0] + f"?token={revoked['token']}", url + "x", url.replace("photos", "others")]:
        with pytest.raises(urllib.error.HTTPError) as refusal:
            post(wrong, b"")
        assert refusal.value.read() == b""
        with remote(wrong, info) as context, c2pa.Builder(MANIFEST, context=context) as builder:
            with pytest.raises(c2pa.C2paError):
                builder.sign("image/jpeg", io.BytesIO(jpeg), io.BytesIO())


def test_a_file_that_was_changed_is_refused(signer, jpeg, info):
    signed = bytearray(sign(jpeg, info, lambda data: subprocess_signer(signer, data=data)))
    # In the image, after the manifest.
    signed[-10] ^= 1
    state, codes = read(bytes(signed), info["sign_cert"])
    assert state == "Invalid"
    assert "assertion.dataHash.mismatch" in codes["failure"], codes


def test_a_signature_by_another_key_is_refused(signer, jpeg, info):
    signer.run("keys", "create", "acme/others")
    token = json.loads(signer.run("token", "create", "--c2pa", "acme/others", "--json").stdout)["token"]
    url = f"{signer.url}/c2pa/v1/acme/others/sign?token={token}"
    with pytest.raises(c2pa.C2paError):
        state, codes = read(sign(jpeg, info, lambda data: post(url, data)), info["sign_cert"])
        assert state == "Invalid", codes
        raise c2pa.C2paError("the reader refused it")
