"""Vectors of one operation, and how they are written."""

import base64
import json

from marked import Marked, marked, plain

ACCEPTED, REFUSED, ORDER = "accepted", "refused", "order"


class Operation:
    """The vectors of one operation, in three parts."""

    def __init__(self, name):
        self.name = name
        self.parts = {ACCEPTED: [], REFUSED: [], ORDER: []}

    def _add(self, part, name, why, spec, arguments, expect):
        if any(vector["id"] == name for vectors in self.parts.values() for vector in vectors):
            raise ValueError(f"{self.name}: {name} is there twice")
        arguments = {k: encoded(v) for k, v in arguments.items() if v is not None}
        self.parts[part].append({"id": name, "why": why, "spec": spec, "arguments": arguments, "expect": expect})

    def bytes(self, name, why, spec, expected, **arguments):
        """Accepted, and these bytes come of it."""
        self._add(ACCEPTED, name, why, spec, arguments, {"bytes": encoded(expected)})

    def fields(self, name, why, spec, fields=None, **arguments):
        """Accepted, and exactly this is known of it; None for an operation that tells nothing."""
        expect = {"verdict": 1}
        if fields is not None:
            expect["fields"] = {k: encoded(v) for k, v in fields.items()}
        self._add(ACCEPTED, name, why, spec, arguments, expect)

    def refuse(self, name, why, spec, code, at=None, part=REFUSED, **arguments):
        """Refused with `code` at the mark in the arguments; `at` only where no byte of them is marked."""
        self._add(part, name, why, spec, arguments, {"code": code, "at": offset(name, arguments, at)})

    def order(self, name, why, spec, code, at=None, **arguments):
        """Two faults, of which the marked one is reported."""
        self.refuse(name, why, spec, code, at, ORDER, **arguments)

    def files(self):
        """(part, text) of each file."""
        for part, vectors in self.parts.items():
            if vectors:
                document = {"$schema": "../schema.json", "operation": self.name, "part": part, "vectors": vectors}
                yield part, json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def offset(name, arguments, at):
    marks = [v.at for v in flat(arguments.values()) if isinstance(v, Marked) and v.at is not None]
    if len(marks) + (at is not None) != 1:
        raise ValueError(f"{name}: one mark, or an offset, is wanted; there are {marks} and {at}")
    return marks[0] if marks else at


def flat(values):
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from flat(value)
        else:
            yield value


def encoded(value):
    """As PROTOCOL.md says: bytes as base64url without padding, numbers and null as they are, lists of these."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, (list, tuple)):
        return [encoded(item) for item in value]
    if isinstance(value, str):
        value = value.encode()
    return base64.urlsafe_b64encode(plain(marked(value))).rstrip(b"=").decode()
