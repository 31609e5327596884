"""`c2patool`, the command line of the C2PA reference implementation, signs a JPEG with our keys.

It takes minutes to build: `cargo xtask test --long` installs it and says where it is in `SPLITSIGN_C2PATOOL`.
"""

import json
import os
import subprocess

import pytest
from test_c2pa import MANIFEST, info, is_accepted, jpeg, signer, url  # noqa: F401, the fixtures

C2PATOOL = os.environ.get("SPLITSIGN_C2PATOOL")
pytestmark = pytest.mark.skipif(not C2PATOOL, reason="SKIPPED: c2patool is installed by `cargo xtask test --long`")


@pytest.fixture
def folder(tmp_path, jpeg, info):
    (tmp_path / "in.jpg").write_bytes(jpeg)
    (tmp_path / "chain.pem").write_text(info["sign_cert"])
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "settings.toml").write_text("")
    return tmp_path


def c2patool(folder, signer, *arguments, token=None):
    environment = {
        **signer.environment,
        "SPLITSIGN_URL": signer.url,
        "SPLITSIGN_KEY": signer.KEY,
        "SPLITSIGN_TOKEN": token or signer.token,
    }
    command = [C2PATOOL, "in.jpg", "-m", "manifest.json", "-o", "out.jpg", "-f", "--settings", "settings.toml"]
    return subprocess.run([*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def subprocess_option(signer):
    return ["--signer-path", f"{signer.binary} c2pa-signer"]


def test_signer_path_asks_for_signer_info(folder, signer, info):
    done = c2patool(folder, signer, *subprocess_option(signer))
    assert done.returncode == 0, done.stderr
    is_accepted((folder / "out.jpg").read_bytes(), info)


def test_signer_path_with_the_certificate_in_the_manifest(folder, signer, info):
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, "alg": "es256", "sign_cert": "chain.pem"}))
    done = c2patool(folder, signer, *subprocess_option(signer))
    assert done.returncode == 0, done.stderr
    is_accepted((folder / "out.jpg").read_bytes(), info)


def test_signer_path_that_is_refused_makes_no_file_and_says_why(folder, signer):
    done = c2patool(folder, signer, *subprocess_option(signer), token="sst_0000000000000000_AAAA")
    assert done.returncode != 0 and "unauthorized" in done.stderr, done.stderr
    assert not (folder / "out.jpg").exists()


def remote(url, info):
    return f"[signer.remote]\nurl = {json.dumps(url)}\nalg = 'es256'\nsign_cert = '''{info['sign_cert']}'''\n"


def test_signer_remote(folder, signer, info, url):
    (folder / "settings.toml").write_text(remote(url, info))
    done = c2patool(folder, signer)
    assert done.returncode == 0, done.stderr
    is_accepted((folder / "out.jpg").read_bytes(), info)


def test_signer_remote_that_is_refused_makes_no_file(folder, signer, info, url):
    (folder / "settings.toml").write_text(remote(url + "x", info))
    assert c2patool(folder, signer).returncode != 0
    assert not (folder / "out.jpg").exists()
