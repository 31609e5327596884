"""The examples of docs/guides/signing-api.md, run as they stand, print what the page says."""

import re
import subprocess
from pathlib import Path

import pytest
from test_readme import folder, shape  # noqa: F401  (folder is a fixture)

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "signing-api.md").read_text()
EXAMPLES = re.findall(r"<!-- run -->\n```sh\n(.*?)```\n+```text\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) == PAGE.count("```sh\n") == 7


@pytest.mark.parametrize("code, expected", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example(code, expected, folder):  # noqa: F811
    place, environment = folder
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], cwd=place, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shape(done.stdout) == shape(expected)
