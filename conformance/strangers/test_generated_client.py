"""A JavaScript client is generated from docs/openapi.json, type-checked, and signs: nothing of ours is in it."""

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE / "node_modules" / ".bin"
CLIENT = HERE / "generated-client"


def run(*command, **environment):
    done = subprocess.run(
        [str(word) for word in command], cwd=CLIENT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_generated_client_signs(signer):
    assert PROGRAMS.exists(), "run `npm ci` in conformance/strangers; cargo xtask test does"
    document = HERE.parents[1] / "docs" / "openapi.json"
    run(PROGRAMS / "openapi-typescript", document, "--output", "api.d.ts")
    shutil.rmtree(CLIENT / "out", ignore_errors=True)
    run(PROGRAMS / "tsc", "--project", "tsconfig.json")
    environment = {"SPLITSIGN_URL": signer.url, "SPLITSIGN_TOKEN": signer.token, "SPLITSIGN_KEY": signer.KEY}
    said = run("node", "--test", "--test-reporter=tap", "out/client.test.mjs", **environment)
    assert "# pass 6" in said and "# fail 0" in said, said
