"""JWS (RFC 7515, RFC 7797): prepare, attach, verify."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from . import _stream
from ._arguments import Bytes, chain, choice, flag, low_s as low_s_of, octets, octets_or_text, optional_text
from ._error import call
from ._handles import Owner, native_of
from ._key import PublicKey, native_key
from ._native import splitsign as native
from ._signature import LowS

__all__ = [
    "Claims",
    "Draft",
    "PrepareStream",
    "Protected",
    "Serialization",
    "Verified",
    "VerifyStream",
    "inspect",
    "prepare",
    "prepare_stream",
    "verify",
    "verify_stream",
]

Serialization = Literal["compact", "flattened"]


@dataclass(frozen=True)
class Protected:
    """What a signature covers besides the payload."""

    kid: str | None
    typ: str | None
    cty: str | None
    x5c: list[bytes]
    """Leaf first. Signed, and not validated."""


@dataclass(frozen=True)
class Verified(Protected):
    """What a signature covers."""

    payload: bytes
    """The one in the object, or the one that was given."""


@dataclass(frozen=True)
class Claims:
    """What an object claims: hints for choosing a key, unverified."""

    detached: bool
    """Whether the payload is not in the object. A compact JWS with an empty payload looks as if it were detached."""
    kid: str | None
    x5c: list[bytes]


class Draft(Owner):
    """A JWS whose digest is known and whose signature is to come."""

    __slots__ = ()
    _instead = "prepare it again where it is needed, or pass its digest on"
    _native: native.JwsDraft

    def __init__(self, draft: native.JwsDraft) -> None:
        self._native = native_of(draft, native.JwsDraft, "a draft is made by jws.prepare")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the signing input: the 32 bytes that the signer signs."""
        return self._native.digest()

    def attach(self, signature: Bytes, key: PublicKey) -> str:
        """Checks the signature (raw, 64 bytes) against the key, and gives the object."""
        return call(self._native.attach, octets(signature, "signature"), native_key(key))


def prepare(
    payload: Bytes | str,
    *,
    detached: bool = False,
    kid: str | None = None,
    typ: str | None = None,
    cty: str | None = None,
    x5c: Iterable[Bytes] | None = None,
    unencoded: bool = False,
    serialization: Serialization = "compact",
    low_s: LowS = "accept",
) -> Draft:
    """Computes the digest that is to be signed. All parameters go into the protected header.

    ``unencoded`` signs the payload as it is, not its base64url form (RFC 7797).
    """
    parameters = _parameters(flag(detached, "detached"), kid, typ, cty, x5c, unencoded, serialization, low_s)
    if detached and not isinstance(payload, str) and _stream.is_long(payload):
        return PrepareStream(parameters).update(payload).finish()
    return Draft(call(native.jws_prepare, octets_or_text(payload, "payload"), parameters))


def prepare_stream(
    *,
    kid: str | None = None,
    typ: str | None = None,
    cty: str | None = None,
    x5c: Iterable[Bytes] | None = None,
    unencoded: bool = False,
    serialization: Serialization = "compact",
    low_s: LowS = "accept",
) -> PrepareStream:
    """The same for a detached payload that comes in pieces."""
    return PrepareStream(_parameters(True, kid, typ, cty, x5c, unencoded, serialization, low_s))


class PrepareStream(Owner):
    """A detached payload that comes in pieces."""

    __slots__ = ()
    _instead = "start another one where the bytes are"
    _native: native.JwsPrepareStream

    def __init__(self, parameters: native.JwsParameters) -> None:
        given = native_of(parameters, native.JwsParameters, "a stream is made by jws.prepare_stream")
        self._native = call(native.JwsPrepareStream, given)

    def update(self, chunk: Bytes) -> PrepareStream:
        """Takes the next bytes of the payload."""
        _stream.update(self._native.update, chunk)
        return self

    def finish(self) -> Draft:
        """The draft over all that was taken. The stream is over."""
        return Draft(call(self._native.finish))


def verify(
    token: Bytes | str,
    *,
    key: PublicKey,
    payload: Bytes | str | None = None,
    low_s: LowS = "accept",
) -> Verified:
    """Raises unless the signature is right. A detached payload must be given. The claims of a JWT are not looked at."""
    if payload is not None and not isinstance(payload, str) and _stream.is_long(payload):
        found = verify_stream(token, key=key, low_s=low_s).update(payload).finish()
        return Verified(found.kid, found.typ, found.cty, found.x5c, bytes(payload))
    detached = None if payload is None else octets_or_text(payload, "payload")
    expected = native.JwsExpected(payload=detached, low_s=low_s_of(low_s))
    verified = call(native.jws_verify, octets_or_text(token, "token"), native_key(key), expected)
    inside = verified.payload if detached is None else detached
    return Verified(verified.kid, verified.typ, verified.cty, verified.x5c, inside or b"")


def verify_stream(token: Bytes | str, *, key: PublicKey, low_s: LowS = "accept") -> VerifyStream:
    """The same for a detached payload that comes in pieces."""
    expected = native.JwsExpected(low_s=low_s_of(low_s))
    return VerifyStream(call(native.JwsVerifyStream, octets_or_text(token, "token"), native_key(key), expected))


class VerifyStream(Owner):
    """A detached payload that comes in pieces, to be verified."""

    __slots__ = ()
    _instead = "start another one where the bytes are"
    _native: native.JwsVerifyStream

    def __init__(self, stream: native.JwsVerifyStream) -> None:
        self._native = native_of(stream, native.JwsVerifyStream, "a stream is made by jws.verify_stream")

    def update(self, chunk: Bytes) -> VerifyStream:
        """Takes the next bytes of the payload."""
        _stream.update(self._native.update, chunk)
        return self

    def finish(self) -> Protected:
        """Raises unless the signature is right; then, what it covers. The stream is over, also when this raises."""
        verified = call(self._native.finish)
        return Protected(verified.kid, verified.typ, verified.cty, verified.x5c)


def inspect(token: Bytes | str) -> Claims:
    """What an object claims: hints for choosing a key, unverified."""
    claims = call(native.jws_inspect, octets_or_text(token, "token"))
    return Claims(claims.detached, claims.kid, claims.x5c)


def _parameters(
    detached: bool,
    kid: str | None,
    typ: str | None,
    cty: str | None,
    x5c: Iterable[Bytes] | None,
    unencoded: bool,
    serialization: Serialization,
    low_s: LowS,
) -> native.JwsParameters:
    return native.JwsParameters(
        kid=optional_text(kid, "kid"),
        typ=optional_text(typ, "typ"),
        cty=optional_text(cty, "cty"),
        x5c=chain(x5c, "x5c"),
        detached=detached,
        unencoded=flag(unencoded, "unencoded"),
        flattened=choice(serialization, "serialization", {"compact": False, "flattened": True}),
        low_s=low_s_of(low_s),
    )
