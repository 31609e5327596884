"""The conformance driver of the Python package: conformance/PROTOCOL.md on one side, `splitsign` on the other."""

from __future__ import annotations

import base64
import importlib.metadata
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from splitsign import (
    PublicKey,
    Sha256,
    SplitsignError,
    cose,
    dsse,
    jws,
    operations,
    sha256,
    signature_from_der,
    signature_to_der,
    verify_digest,
)

Arguments = dict[str, Any]
Answer = dict[str, Any]

LOW_S = ["accept", "require", "normalise"]


def encoded(value: bytes | str) -> str:
    octets = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(value: Any) -> Any:
    if isinstance(value, str):
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    return [decoded(item) for item in value] if isinstance(value, list) else value


def made(value: bytes | str) -> Answer:
    return {"bytes": encoded(value)}


def accepted(**fields: Any) -> Answer:
    """What is not there, and a chain without certificates, is left out."""
    there = {name: field(value) for name, value in fields.items() if value is not None and value != []}
    return {"verdict": 1, "fields": there}


def field(value: Any) -> Any:
    if isinstance(value, list):
        return [None if item is None else encoded(item) for item in value]
    return int(value) if isinstance(value, int) else encoded(value)


def key_of(a: Arguments) -> PublicKey:
    forms: dict[str, Callable[[bytes], PublicKey]] = {
        "key": PublicKey.from_sec1,
        "key_spki": PublicKey.from_spki,
        "key_jwk": PublicKey.from_jwk,
        "key_cose": PublicKey.from_cose_key,
    }
    for name, read in forms.items():
        if name in a:
            return read(a[name])
    raise KeyError("key")


def low_s(a: Arguments) -> Any:
    return LOW_S[a.get("low_s", 0)]


def text(a: Arguments, name: str) -> str | None:
    return a[name].decode() if name in a else None


def pieces(a: Arguments, name: str = "payload") -> Iterator[bytes] | None:
    """A payload in the pieces that the case asks for; None, if it does not."""
    if "piece_bytes" not in a:
        return None
    step = max(1, a["piece_bytes"])
    return (a[name][at : at + step] for at in range(0, len(a[name]), step))


def fed(stream: Any, parts: Iterator[bytes]) -> Any:
    for part in parts:
        stream.update(part)
    return stream.finish()


def digest(a: Arguments) -> Answer:
    parts = pieces(a, "data")
    return made(sha256(a["data"]) if parts is None else fed(Sha256(), parts))


def check_digest(a: Arguments) -> Answer:
    key = key_of(a)
    what = sha256(a["message"]) if "message" in a else a["digest"]
    if "signature_der" in a:
        # The digest comes before the signature, which its form must not change.
        if len(what) != 32:
            verify_digest(what, bytes(64), key=key)
        signature = signature_from_der(a["signature_der"])
    else:
        signature = a["signature"]
    verify_digest(what, signature, key=key, low_s=low_s(a))
    return accepted()


def cose_draft(a: Arguments) -> cose.Draft:
    content_type = a["coap_format"] if "coap_format" in a else text(a, "content_type")
    header: dict[str, Any] = {
        "kid": a.get("kid"),
        "content_type": content_type,
        "x5chain": a.get("x5chain"),
        "external_aad": a.get("external_aad"),
        "tagged": a.get("untagged") != 1,
        "low_s": low_s(a),
    }
    parts = pieces(a)
    if parts is not None:
        drafted: cose.Draft = fed(cose.prepare_stream(len(a["payload"]), **header), parts)
        return drafted
    return cose.prepare(a["payload"], detached=a.get("detached") == 1, **header)


def cose_attach(a: Arguments) -> Answer:
    key = key_of(a)
    return made(cose_draft(a).attach(a["signature"], key))


def cose_verify(a: Arguments) -> Answer:
    expected: dict[str, Any] = {"key": key_of(a), "external_aad": a.get("external_aad"), "low_s": low_s(a)}
    payload = a.get("payload")
    parts = None if payload is None else pieces(a)
    found: cose.Protected
    inside = None
    if payload is not None and parts is not None:
        found = fed(cose.verify_stream(a["object"], length=len(payload), **expected), parts)
    else:
        found = verified = cose.verify(a["object"], payload=payload, **expected)
        inside = verified.payload if payload is None else None
    coap = isinstance(found.content_type, int)
    return accepted(
        payload=inside,
        kid=found.kid,
        content_type=None if coap else found.content_type,
        coap_format=found.content_type if coap else None,
        x5chain=found.x5chain,
    )


def cose_inspect(a: Arguments) -> Answer:
    claims = cose.inspect(a["object"])
    return accepted(detached=claims.detached, kid=claims.kid, x5chain=claims.x5chain)


def jws_draft(a: Arguments) -> jws.Draft:
    header: dict[str, Any] = {
        "kid": text(a, "kid"),
        "typ": text(a, "typ"),
        "cty": text(a, "cty"),
        "x5c": a.get("x5c"),
        "unencoded": a.get("unencoded") == 1,
        "serialization": "flattened" if a.get("flattened") == 1 else "compact",
        "low_s": low_s(a),
    }
    parts = pieces(a)
    if parts is not None:
        drafted: jws.Draft = fed(jws.prepare_stream(**header), parts)
        return drafted
    return jws.prepare(a["payload"], detached=a.get("detached") == 1, **header)


def jws_attach(a: Arguments) -> Answer:
    key = key_of(a)
    return made(jws_draft(a).attach(a["signature"], key))


def jws_verify(a: Arguments) -> Answer:
    key = key_of(a)
    payload = a.get("payload")
    parts = None if payload is None else pieces(a)
    found: jws.Protected
    inside = None
    if parts is not None:
        found = fed(jws.verify_stream(a["object"], key=key, low_s=low_s(a)), parts)
    else:
        found = verified = jws.verify(a["object"], key=key, payload=payload, low_s=low_s(a))
        inside = verified.payload if payload is None else None
    return accepted(payload=inside, kid=found.kid, typ=found.typ, cty=found.cty, x5c=found.x5c)


def jws_inspect(a: Arguments) -> Answer:
    claims = jws.inspect(a["object"])
    return accepted(detached=claims.detached, kid=claims.kid, x5c=claims.x5c)


def dsse_draft(a: Arguments) -> dsse.Draft:
    encoding: Any = "raw" if a.get("raw_signature") == 1 else "der"
    payload_type = a["payload_type"].decode()
    return dsse.prepare(
        payload_type, a["payload"], keyid=text(a, "keyid"), signature_encoding=encoding, low_s=low_s(a)
    )


def dsse_attach(a: Arguments) -> Answer:
    key = key_of(a)
    return made(dsse_draft(a).attach(a["signature"], key))


def dsse_verify(a: Arguments) -> Answer:
    found = dsse.verify(a["object"], key=key_of(a), low_s=low_s(a))
    return accepted(payload=found.payload, payload_type=found.payload_type, keyid=found.keyid)


def dsse_inspect(a: Arguments) -> Answer:
    return {"verdict": 1, "fields": {"keyids": field(dsse.inspect(a["object"]).keyids)}}


RUN: dict[str, Callable[[Arguments], Answer]] = {
    "sha256": digest,
    "key_from_sec1": lambda a: made(PublicKey.from_sec1(a["data"]).to_sec1()),
    "key_from_spki": lambda a: made(PublicKey.from_spki(a["data"]).to_sec1()),
    "key_from_jwk": lambda a: made(PublicKey.from_jwk(a["data"]).to_sec1()),
    "key_from_cose_key": lambda a: made(PublicKey.from_cose_key(a["data"]).to_sec1()),
    "key_to_spki": lambda a: made(key_of(a).to_spki()),
    "key_to_jwk": lambda a: made(key_of(a).to_jwk_text()),
    "key_to_cose_key": lambda a: made(key_of(a).to_cose_key()),
    "key_thumbprint": lambda a: {"bytes": key_of(a).thumbprint()},
    "signature_from_der": lambda a: made(signature_from_der(a["data"])),
    "signature_to_der": lambda a: made(signature_to_der(a["data"])),
    "verify_digest": check_digest,
    "cose_sign1_prepare": lambda a: made(cose_draft(a).digest),
    "cose_sign1_attach": cose_attach,
    "cose_sign1_verify": cose_verify,
    "cose_sign1_inspect": cose_inspect,
    "jws_prepare": lambda a: made(jws_draft(a).digest),
    "jws_attach": jws_attach,
    "jws_verify": jws_verify,
    "jws_inspect": jws_inspect,
    "dsse_prepare": lambda a: made(dsse_draft(a).digest),
    "dsse_attach": dsse_attach,
    "dsse_verify": dsse_verify,
    "dsse_inspect": dsse_inspect,
}


def run(request: dict[str, Any]) -> Answer:
    try:
        arguments = {name: decoded(value) for name, value in request["arguments"].items()}
        return RUN[request["operation"]](arguments)
    except SplitsignError as error:
        return {"code": error.code, "at": error.at or 0}
    except Exception as error:  # noqa: BLE001 - whatever else it is, it is the result of the case
        return {"failed": f"{type(error).__name__}: {error}"}


def started() -> Answer:
    # What the package says it has, and this driver knows how to ask for.
    known = [name for name in operations() if name in RUN]
    version = importlib.metadata.version("splitsign")
    return {"name": "python", "version": version, "language": "Python", "operations": known, "codes": 1}


def answered(request: dict[str, Any]) -> Answer:
    match request.get("do"):
        case "start":
            return started()
        case "run":
            return {"id": request.get("id")} | run(request)
        case "stop":
            return {"stopped": 1}
        case other:
            raise ValueError(f"`do` is {other!r}, and not start, run or stop")


def main() -> None:
    for line in sys.stdin.buffer:
        answer = answered(json.loads(line))
        sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
        sys.stdout.flush()
        if "stopped" in answer:
            break


if __name__ == "__main__":
    main()
