"""Writes the vectors: `python conformance/vectors/generate`; with `--check`, fails where a file is not as it should be."""

import pathlib
import sys

import cose
import cose_key
import digest
import dsse
import ecdsa
import jwk
import jws
import key
import signature

FOLDER = pathlib.Path(__file__).resolve().parent.parent


def files():
    """Every file that there should be, and its text."""
    operations = [
        operation
        for module in (digest, key, jwk, cose_key, signature, ecdsa, cose, jws, dsse)
        for operation in module.operations()
    ]
    return {FOLDER / o.name / f"{part}.json": text for o in operations for part, text in o.files()}


def main(check):
    wanted = files()
    there = set(FOLDER.glob("*/*.json"))
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text.encode()]
    wrong += sorted(there - wanted.keys())
    if check:
        for path in wrong:
            print(f"{path.relative_to(FOLDER)} is not what the generator writes", file=sys.stderr)
        return 1 if wrong else 0
    for path in there - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    count = sum(text.count('"why": ') for text in wanted.values())
    print(f"{count} vectors in {len(wanted)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
