"""Checks each file against `schema.json`, and what a schema cannot say: `python conformance/vectors/generate/check_schema.py`."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator

FOLDER = pathlib.Path(__file__).resolve().parent.parent


def problems():
    schema = json.loads((FOLDER / "schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    files = sorted(FOLDER.glob("*/*.json"))
    if not files:
        yield f"{FOLDER}: there are no vectors"
    names = set()
    for path in files:
        name = path.relative_to(FOLDER)
        document = json.loads(path.read_text("utf-8"))
        for error in validator.iter_errors(document):
            yield f"{name}: {error.json_path}: {error.message[:300]}"
        if path != FOLDER / document.get("operation", "") / f"{document.get('part')}.json":
            yield f"{name}: operation and part are the names of folder and file"
        for vector in document.get("vectors", []):
            full = (document.get("operation"), vector.get("id"))
            if full in names:
                yield f"{name}: {vector['id']} is there twice in this operation"
            names.add(full)


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) or "every file is as the schema says")
    sys.exit(1 if found else 0)
