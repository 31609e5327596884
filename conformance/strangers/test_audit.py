"""The audit trail, checked with the program that docs/audit.md gives, which knows nothing of us."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = re.search(r"```python\n(.*?)```", (ROOT / "docs/audit.md").read_text(), re.DOTALL)[1]


def check(folder: Path):
    return subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True)


def test_the_documented_program_agrees_with_ours(signer, payload, tmp_path):
    signer.sign(payload, tmp_path / "o.jws", "--format", "jws")
    theirs = check(signer.data / "signer")
    assert theirs.returncode == 0, theirs.stderr
    number, head = theirs.stdout.split()
    ours = signer.run("audit", "verify").stdout
    assert f"{number}:{head}" in ours, ours


def test_both_see_a_record_that_was_changed(signer, payload, tmp_path):
    signer.sign(payload, tmp_path / "o.jws", "--format", "jws")
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    source = sqlite3.connect(f"file:{signer.data / 'signer' / 'splitsign.sqlite'}?mode=ro", uri=True)
    target = sqlite3.connect(copy / "splitsign.sqlite")
    source.backup(target)
    triggers = [name for (name,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for trigger in triggers:
        target.execute(f"DROP TRIGGER {trigger}")
    target.execute("UPDATE audit_records SET body = replace(body, '\"tenant\":\"acme\"', '\"tenant\":\"evil\"') WHERE seq = 2")
    target.commit()
    target.close()
    (copy / "splitsign.sqlite").chmod(0o600)
    assert check(copy).returncode != 0
    assert signer.run("audit", "verify", "--data", copy, check=False).returncode == 3
