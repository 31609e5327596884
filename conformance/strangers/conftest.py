"""A running signer, and the command line that the tests drive it with.

`SPLITSIGN_BIN` names the binary; `cargo xtask test` sets it. Nothing here imports code of ours.
"""

import base64
import json
import os
import secrets
import subprocess
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization


class Signer:
    """A signer on loopback with its own data folder, one key and one token."""

    KEY = "acme/strangers"
    # Of its configuration, as the environment has it.
    SETTINGS: dict[str, str] = {}

    def __init__(self, binary: Path, data: Path):
        self.binary, self.data = binary, data
        passphrase = data / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_hex(32))
        self.environment = {
            **os.environ,
            "SPLITSIGN__STORAGE__DIRECTORY": str(data / "signer"),
            "SPLITSIGN__PROVIDERS__FILE__PASSPHRASE__FILE": str(passphrase),
            "SPLITSIGN__SERVER__LISTEN": "127.0.0.1:0",
            **self.SETTINGS,
        }
        self.run("keys", "create", self.KEY)
        created = self.run("token", "create", "--tenant", "acme", "--key", self.KEY, "--json")
        self.token = json.loads(created.stdout)["token"]
        self.environment["SPLITSIGN_TOKEN"] = self.token
        self.process = subprocess.Popen(
            [binary, "serve"], cwd=data, env=self.environment, stdout=subprocess.PIPE, stderr=(data / "log").open("w"), text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), (data / "log").read_text()
        self.url = line.removeprefix("listening on ").strip()

    def run(self, *arguments, check=True):
        """Runs the command line; its failure is the test's."""
        done = subprocess.run([self.binary, *arguments], cwd=self.data, env=self.environment, capture_output=True, text=True)
        if check:
            assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done

    def sign(self, file: Path, out: Path, *options) -> bytes:
        self.run("sign", "--url", self.url, "--key", self.KEY, *options, file, "-o", out)
        return out.read_bytes()

    def verify(self, thing: Path, key: Path, *options):
        return self.run("verify", "--key", key, *options, thing, check=False)

    def request(self, path, body=None, headers=None):
        """A plain HTTP request; returns status, headers and body."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def descriptor(self):
        status, _, body = self.request(f"/v1/keys/{self.KEY}")
        assert status == 200, body
        return json.loads(body)

    def public_key(self):
        return serialization.load_der_public_key(base64.b64decode(self.descriptor()["publicKey"]["spki"]))

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, (self.data / "log").read_text()


@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    signer = Signer(Path(os.environ["SPLITSIGN_BIN"]), tmp_path_factory.mktemp("signer"))
    yield signer
    signer.stop()


@pytest.fixture(scope="session")
def demo():
    """The folder that `cargo xtask demo --out` wrote."""
    return Path(os.environ["SPLITSIGN_DEMO_DIR"])


@pytest.fixture
def payload(tmp_path):
    file = tmp_path / "payload.bin"
    file.write_bytes(bytes(range(256)) * 20)
    return file


def write_public_key(path: Path, key) -> Path:
    path.write_bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return path
