"""Every class of the package and of what uniffi wrote, with instances: one that is added and is not here fails a test."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, Callable

from conftest import Signer

import splitsign
from splitsign import Sha256, cose, dsse, jws
from splitsign._native import splitsign as native


def modules() -> Iterator[Any]:
    """All of the package, with what uniffi wrote."""
    yield splitsign
    for found in pkgutil.walk_packages(splitsign.__path__, "splitsign."):
        # The library looks like a module, and is none.
        if not found.name.endswith("libsplitsign_uniffi"):
            yield importlib.import_module(found.name)


def inside(holder: Any) -> Iterator[type]:
    """Classes of a module or a class, those inside of them as well."""
    for name, value in vars(holder).items():
        if isinstance(value, type) and value.__module__.startswith("splitsign") and not name.startswith("_"):
            yield value
            yield from inside(value)


def classes() -> dict[str, type]:
    """Every class that has a public name, by the name that says where it is."""
    return {name_of(one): one for module in modules() for one in inside(module)}


def name_of(one: type) -> str:
    return f"{one.__module__.removeprefix('splitsign.').replace('_native.splitsign', 'native')}.{one.__qualname__}"


def cose_object(remote: Signer, **how: Any) -> bytes:
    draft = cose.prepare(b"hello", kid=b"k", **how)
    return draft.attach(remote.sign(draft.digest), remote.key)


def jws_object(remote: Signer, **how: Any) -> str:
    draft = jws.prepare("hello", kid="k", **how)
    return draft.attach(remote.sign(draft.digest), remote.key)


def envelope(remote: Signer) -> str:
    draft = dsse.prepare("a/b", b"hello", keyid="k")
    return draft.attach(remote.sign(draft.digest), remote.key)


def owners(remote: Signer) -> dict[str, Callable[[], Any]]:
    """What owns memory of the core, and is neither copied nor pickled."""
    key, spki = remote.key, remote.spki
    detached, token = cose_object(remote, detached=True), jws_object(remote, detached=True)
    return {
        "_digest.Sha256": lambda: Sha256().update(b"hel"),
        "cose.Draft": lambda: cose.prepare(b"hello"),
        "cose.PrepareStream": lambda: cose.prepare_stream(5).update(b"hel"),
        "cose.VerifyStream": lambda: cose.verify_stream(detached, key=key, length=5).update(b"hel"),
        "jws.Draft": lambda: jws.prepare("hello"),
        "jws.PrepareStream": lambda: jws.prepare_stream().update(b"hel"),
        "jws.VerifyStream": lambda: jws.verify_stream(token, key=key).update(b"hel"),
        "dsse.Draft": lambda: dsse.prepare("a/b", b"hello"),
        "native.CoseDraft": lambda: native.cose_prepare(b"hello", native.CoseParameters()),
        "native.CosePrepareStream": lambda: native.CosePrepareStream(5, native.CoseParameters()),
        "native.CoseVerifyStream": lambda: native.CoseVerifyStream(
            detached, native.PublicKey.from_spki(spki), 5, native.CoseExpected()
        ),
        "native.JwsDraft": lambda: native.jws_prepare(b"hello", native.JwsParameters()),
        "native.JwsPrepareStream": lambda: native.JwsPrepareStream(native.JwsParameters()),
        "native.JwsVerifyStream": lambda: native.JwsVerifyStream(
            token.encode(), native.PublicKey.from_spki(spki), native.JwsExpected()
        ),
        "native.DsseDraft": lambda: native.dsse_prepare("a/b", b"hello", native.DsseParameters()),
        "native.PublicKey": lambda: native.PublicKey.from_spki(spki),
        "native.Sha256Stream": lambda: native.Sha256Stream(),  # type: ignore[no-untyped-call]
    }


def values(remote: Signer) -> dict[str, Callable[[], Any]]:
    """What owns nothing: copies and pickles are equal to it."""
    key, native_key = remote.key, native.PublicKey.from_spki(remote.spki)
    signed, token, sealed = cose_object(remote), jws_object(remote, x5c=[b"\x30\x00"]), envelope(remote)
    detached = cose.verify_stream(cose_object(remote, detached=True), key=key, length=5).update(b"hello")
    jws_detached = jws.verify_stream(jws_object(remote, detached=True), key=key).update(b"hello")
    found: dict[str, Any] = {
        "_key.PublicKey": key,
        "cose.Protected": detached.finish(),
        "cose.Verified": cose.verify(signed, key=key),
        "cose.Claims": cose.inspect(signed),
        "jws.Protected": jws_detached.finish(),
        "jws.Verified": jws.verify(token, key=key),
        "jws.Claims": jws.inspect(token),
        "dsse.Verified": dsse.verify(sealed, key=key),
        "dsse.Claims": dsse.inspect(sealed),
        "native.CoseParameters": native.CoseParameters(kid=b"k", x5chain=[b"\x30\x00"]),
        "native.CoseExpected": native.CoseExpected(payload=b"x"),
        "native.VerifiedCose": native.cose_verify(signed, native_key, native.CoseExpected()),
        "native.CoseClaims": native.cose_inspect(signed),
        "native.JwsParameters": native.JwsParameters(kid="k", low_s=native.LowS.REQUIRE),
        "native.JwsExpected": native.JwsExpected(payload=b"x"),
        "native.VerifiedJwsObject": native.jws_verify(token.encode(), native_key, native.JwsExpected()),
        "native.JwsClaims": native.jws_inspect(token.encode()),
        "native.DsseParameters": native.DsseParameters(keyid="k"),
        "native.VerifiedDsse": native.dsse_verify(sealed.encode(), native_key, None),
        "native.DsseClaims": native.dsse_inspect(sealed.encode()),
        "native.LowS": native.LowS.REQUIRE,
        "native.SignatureEncoding": native.SignatureEncoding.RAW,
        "native.ContentType.MEDIA_TYPE": native.ContentType.MEDIA_TYPE(name="a/b"),
        "native.ContentType.COAP_FORMAT": native.ContentType.COAP_FORMAT(number=60),
    }
    return {name: lambda value=value: value for name, value in found.items()}  # type: ignore[misc]


def raised(function: Callable[[], object]) -> BaseException:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("it was not refused")


def errors() -> dict[str, Callable[[], BaseException]]:
    """What is raised, perhaps in another process, and must say there what it said here."""
    return {
        "_error.SplitsignError": lambda: raised(lambda: cose.inspect(b"\xd2\x84")),
        "native.SplitsignError.Refused": lambda: raised(lambda: native.cose_inspect(b"\xd2\x84")),
        "native.InternalError": lambda: native.InternalError("a panic"),
    }


NOTHING = {
    "_handles.Holder",
    "_handles.Owner",
    # Of these there are only subclasses.
    "native.ContentType",
    "native.SplitsignError",
}
"""Classes that have no instances of their own."""


def kinds(remote: Signer) -> list[set[str]]:
    return [set(owners(remote)), set(values(remote)), set(errors()), NOTHING, set(protocols())]


def protocols() -> dict[str, type]:
    """What uniffi writes for type checkers."""
    return {name: one for name, one in classes().items() if getattr(one, "_is_protocol", False)}

