"""The README's examples, run as they stand, print what the README says: but for numbers and random text."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Signer

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()

# <!-- run[: what] -->, a block of code, and, in the next block, its output.
EXAMPLES = re.findall(r"<!-- run(?:: ([^>]*?))? -->\n```\w+\n(.*?)```\n+```text\n(.*?)```", README, re.DOTALL)


def shape(text: str) -> list[str]:
    """Lines without what differs from run to run: long random text, hexadecimal, numbers, runs of spaces."""
    text = re.sub(r"[A-Za-z0-9_-]{40,}", "RANDOM", text)
    text = re.sub(r"\d+", "0", text)
    return [re.sub(r" +", " ", line).strip() for line in text.strip().splitlines()]


class ReadmeSigner(Signer):
    """The signer that the README sets up: its key, and its first block as the way to make it."""

    KEY = "acme/docs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    signer = ReadmeSigner(Path(os.environ["SPLITSIGN_BIN"]), tmp_path_factory.mktemp("readme"))
    folder = signer.data
    (folder / "letter.txt").write_text("hello\n")
    modules = folder / "node_modules"
    modules.mkdir()
    (modules / "splitsign").symlink_to(ROOT / "bindings-wasm")
    environment = {
        **signer.environment,
        "SPLITSIGN_URL": signer.url,
        "PATH": f"{signer.binary.parent}:{os.environ['PATH']}",
    }
    yield folder, environment
    signer.stop()


def run(what: str, code: str, folder: Path, environment: dict) -> str:
    if what.startswith("rust "):
        command = [os.environ["SPLITSIGN_EXAMPLES"] + "/sign_file", "letter.txt"]
    elif what == "javascript":
        (folder / "example.mjs").write_text(code)
        command = ["node", "example.mjs"]
    else:
        command = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_examples():
    assert len(EXAMPLES) >= 6


def test_set_up(tmp_path):
    """The first block, in an empty folder of its own."""
    environment = {**os.environ, "PATH": f"{Path(os.environ['SPLITSIGN_BIN']).parent}:{os.environ['PATH']}"}
    what, code, expected = EXAMPLES[0]
    assert shape(run(what, code, tmp_path, environment)) == shape(expected)
    assert (tmp_path / "token").read_text().startswith("sst_")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the program `curl` is not installed")
@pytest.mark.parametrize("example", EXAMPLES[1:], ids=lambda example: example[1].strip().splitlines()[0][:40])
def test_example(example, folder):
    what, code, expected = example
    assert shape(run(what, code, *folder)) == shape(expected)


def test_rust_example_is_the_file():
    for what, code, _ in EXAMPLES:
        if what.startswith("rust "):
            source = (ROOT / what.removeprefix("rust ")).read_text()
            lines = [line.strip() for line in source.splitlines()]
            missing = [line for line in code.splitlines() if line.strip() and line.strip() not in lines]
            assert not missing, f"in the README, and not in the file: {missing}"
