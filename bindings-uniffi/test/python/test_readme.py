"""The README's Python, as a new user would run it: in an environment that has nothing but the wheel."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_says_what_it_prints(tmp_path: Path) -> None:
    text = README.read_text()
    program = "\n".join(re.findall(r"<!-- run: python.*? -->\n```python\n(.*?)```", text, re.S))
    assert program.count("cose.prepare(") == 2, "both examples are here"
    promised = re.search(r"```text\n(b'hello'.*?)\n```", text)
    assert promised
    python = os.environ["SPLITSIGN_EMPTY_PYTHON"]
    packages = subprocess.run([python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True)
    names = {line.split("==")[0] for line in packages.stdout.split()}
    assert names <= {"pip", "setuptools", "splitsign"} and "splitsign" in names, f"not an empty environment: {names}"
    done = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (promised[1], 0), done.stderr
