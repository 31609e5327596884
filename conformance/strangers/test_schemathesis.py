"""schemathesis reads the OpenAPI document of the live service and sends what it allows and what it does not.

`schemathesis.toml` has the settings with their reasons; the seed is fixed.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 60


def look(signer, tmp_path, token, *options):
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{signer.url}/openapi.json", "--header", f"Authorization: Bearer {token}", *options]
    command += ["--checks", "all", "--max-examples", "60", "--no-color"]
    # That few random strings have exactly 32 bytes says nothing about the service.
    command += ["--suppress-health-check", "filter_too_much"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=5 * SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    generated, passed = re.search(r"(\d+) generated, (\d+) passed", done.stdout).groups()
    assert int(passed) > 0, done.stdout
    log = (signer.data / "log").read_text()
    assert "panicked" not in log and "ERROR" not in log, log[-2000:]
    return done, int(passed)


def test_finds_nothing(signer, tmp_path):
    done, passed = look(signer, tmp_path, signer.token)
    # It did what it was to do: every operation, all checks, and signatures were made.
    assert passed > 500, done.stdout
    selected, all_of_them = re.search(r"Selected: (\d+)/(\d+)", done.stdout).groups()
    assert selected == all_of_them, done.stdout
    log = (signer.data / "log").read_text()
    assert len(re.findall(r" signed request_id=", log)) > 50, "hardly anything was signed"


def test_finds_nothing_as_an_admin(signer, tmp_path):
    created = signer.run("token", "create", "--tenant", "acme", "--admin", "--json")
    token = json.loads(created.stdout)["token"]
    # Answers of 403 would say that the token opens nothing.
    done, passed = look(signer, tmp_path, token, "--include-path-regex", "^/(metrics|api/admin)")
    assert passed > 50 and "Authentication failed" not in done.stdout, done.stdout
