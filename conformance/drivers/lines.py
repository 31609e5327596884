"""JSON lines for drivers in Python whose implementation is not ours: conformance/PROTOCOL.md without the operations."""

import base64
import json
import sys


class Refused(Exception):
    """The implementation said no; why is for people."""


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(value):
    if isinstance(value, str):
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    return [decoded(item) for item in value] if isinstance(value, list) else value


def made(data):
    return {"bytes": encoded(data)}


def accepted(**fields):
    return {"verdict": 1, "fields": fields}


def answer(request, operations):
    try:
        arguments = {name: decoded(value) for name, value in request["arguments"].items()}
        return operations[request["operation"]](arguments)
    except Refused as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def serve(identity, operations):
    """Answers until it is told to stop, or nobody asks any more."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["do"] == "start":
            reply = {**identity, "language": "Python", "operations": list(operations), "codes": 0}
        elif request["do"] == "run":
            reply = {**answer(request, operations), "id": request["id"]}
        else:
            reply = {"stopped": 1}
        print(json.dumps(reply), flush=True)
        if request["do"] == "stop":
            break
