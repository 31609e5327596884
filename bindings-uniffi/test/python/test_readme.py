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
    listing = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    packages = subprocess.run([python, "-c", listing], cwd=tmp_path, capture_output=True, text=True, check=True)
    names = packages.stdout.split()
    assert names == ["splitsign"], f"not an environment with nothing but the wheel: {names}"
    done = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (promised[1], 0), done.stderr
