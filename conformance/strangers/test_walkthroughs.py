"""The pages of docs/guides that somebody follows from top to bottom, run as they stand.

Blocks after `<!-- run -->` must succeed, those after `<!-- fails -->` must not. The text block behind either is what it
prints, but for numbers, times and random text. A page is one shell: what a block sets, the next ones have.
"""

import contextlib
import os
import re
import secrets
import signal
import subprocess
from pathlib import Path

import pytest
from test_readme import shape

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
BLOCK = re.compile(r"<!-- (run|fails) -->\n```sh\n(.*?)```\n+(?:```text\n(.*?)```)?", re.DOTALL)
PAGES = ["quickstart.md", "troubleshooting.md"]


def loose(text: str) -> list[str]:
    """The lines that matter. Paths, key identifiers and times differ from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"sst_[0-9a-f]+_\S+", "TOKEN", text)
    return [line for line in shape(text) if line]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_guide_do_what_it_says(page, tmp_path):
    blocks = BLOCK.findall((GUIDES / page).read_text())
    assert len(blocks) >= 5, f"{page} has lost its examples"
    end = secrets.token_hex(8)
    script = "".join(f"{{\n{code}}} 2>&1\necho {end} $?\n" for _, code, _ in blocks)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SPLITSIGN", "AWS_"))},
        "PATH": f"{Path(os.environ['SPLITSIGN_BIN']).parent}:{os.environ['PATH']}",
        # Guides say 8700; a test takes a port that is free.
        "SPLITSIGN__SERVER__LISTEN": "127.0.0.1:0",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    shell = subprocess.Popen(
        ["bash", "-uo", "pipefail", "-c", script],
        cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )
    try:
        # What a guide starts in the background writes to files, so the shell's end is the end of the output.
        output, _ = shell.communicate(timeout=300)
    finally:
        # The service that a page started, unless it started none.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    pieces = output.split(end)
    assert len(pieces) == len(blocks) + 1, f"{page} ended early:\n{output}"
    statuses = [int(piece.split("\n", 1)[0]) for piece in pieces[1:]]
    printed = [pieces[0], *(piece.split("\n", 1)[1] for piece in pieces[1:-1])]
    for (kind, code, expected), status, text in zip(blocks, statuses, printed, strict=True):
        assert (status == 0) == (kind == "run"), f"{page}:\n{code}ended with {status}\n{text}"
        if expected:
            assert loose(text) == loose(expected), f"{page}:\n{code}printed\n{text}"
