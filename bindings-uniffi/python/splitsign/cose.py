"""COSE_Sign1 (RFC 9052): prepare, attach, verify."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import _stream
from ._arguments import (
    Bytes,
    chain,
    flag,
    kind,
    low_s as low_s_of,
    octets,
    octets_or_text,
    optional_octets,
    text,
    view,
    whole,
)
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
    "Verified",
    "VerifyStream",
    "inspect",
    "prepare",
    "prepare_stream",
    "verify",
    "verify_stream",
]

_U64_MAX = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True)
class Protected:
    """What a signature covers besides the payload."""

    kid: bytes | None
    content_type: str | int | None
    x5chain: list[bytes]
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
    kid: bytes | None
    x5chain: list[bytes]


class Draft(Owner):
    """A COSE_Sign1 whose digest is known and whose signature is to come."""

    __slots__ = ()
    _instead = "prepare it again where it is needed, or pass its digest on"
    _native: native.CoseDraft

    def __init__(self, draft: native.CoseDraft) -> None:
        self._native = native_of(draft, native.CoseDraft, "a draft is made by cose.prepare")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the Sig_structure: the 32 bytes that the signer signs."""
        return self._native.digest()

    def attach(self, signature: Bytes, key: PublicKey) -> bytes:
        """Checks the signature (raw, 64 bytes) against the key, and gives the object."""
        return call(self._native.attach, octets(signature, "signature"), native_key(key))


def prepare(
    payload: Bytes,
    *,
    detached: bool = False,
    kid: Bytes | str | None = None,
    x5chain: Iterable[Bytes] | None = None,
    content_type: str | int | None = None,
    external_aad: Bytes | None = None,
    tagged: bool = True,
    low_s: LowS = "accept",
) -> Draft:
    """Computes the digest that is to be signed. All parameters go into the protected header, or are signed and not carried."""
    parameters = _parameters(flag(detached, "detached"), kid, x5chain, content_type, external_aad, tagged, low_s)
    if detached and _stream.is_long(payload):
        return PrepareStream(view(payload, "payload").nbytes, parameters).update(payload).finish()
    return Draft(call(native.cose_prepare, octets(payload, "payload"), parameters))


def prepare_stream(
    length: int,
    *,
    kid: Bytes | str | None = None,
    x5chain: Iterable[Bytes] | None = None,
    content_type: str | int | None = None,
    external_aad: Bytes | None = None,
    tagged: bool = True,
    low_s: LowS = "accept",
) -> PrepareStream:
    """The same for a detached payload of ``length`` bytes that comes in pieces."""
    parameters = _parameters(True, kid, x5chain, content_type, external_aad, tagged, low_s)
    return PrepareStream(whole(length, "length", _U64_MAX), parameters)


class PrepareStream(Owner):
    """A detached payload that comes in pieces."""

    __slots__ = ()
    _instead = "start another one where the bytes are"
    _native: native.CosePrepareStream

    def __init__(self, length: int, parameters: native.CoseParameters) -> None:
        given = native_of(parameters, native.CoseParameters, "a stream is made by cose.prepare_stream")
        self._native = call(native.CosePrepareStream, length, given)

    def update(self, chunk: Bytes) -> PrepareStream:
        """Takes the next bytes of the payload."""
        _stream.update(self._native.update, chunk)
        return self

    def finish(self) -> Draft:
        """The draft, once all bytes have come. The stream is over, also when this raises."""
        return Draft(call(self._native.finish))


def verify(
    object: Bytes,
    *,
    key: PublicKey,
    payload: Bytes | None = None,
    external_aad: Bytes | None = None,
    low_s: LowS = "accept",
) -> Verified:
    """Raises unless the signature is right. A detached payload must be given."""
    if payload is not None and _stream.is_long(payload):
        length = view(payload, "payload").nbytes
        stream = verify_stream(object, key=key, length=length, external_aad=external_aad, low_s=low_s)
        found = stream.update(payload).finish()
        return Verified(found.kid, found.content_type, found.x5chain, bytes(payload))
    detached = optional_octets(payload, "payload")
    expected = native.CoseExpected(
        payload=detached, external_aad=optional_octets(external_aad, "external_aad"), low_s=low_s_of(low_s)
    )
    verified = call(native.cose_verify, octets(object, "object"), native_key(key), expected)
    inside = verified.payload if detached is None else detached
    return Verified(verified.kid, _content_type(verified.content_type), verified.x5chain, inside or b"")


def verify_stream(
    object: Bytes,
    *,
    key: PublicKey,
    length: int,
    external_aad: Bytes | None = None,
    low_s: LowS = "accept",
) -> VerifyStream:
    """The same for a detached payload of ``length`` bytes that comes in pieces."""
    expected = native.CoseExpected(external_aad=optional_octets(external_aad, "external_aad"), low_s=low_s_of(low_s))
    number = whole(length, "length", _U64_MAX)
    return VerifyStream(call(native.CoseVerifyStream, octets(object, "object"), native_key(key), number, expected))


class VerifyStream(Owner):
    """A detached payload that comes in pieces, to be verified."""

    __slots__ = ()
    _instead = "start another one where the bytes are"
    _native: native.CoseVerifyStream

    def __init__(self, stream: native.CoseVerifyStream) -> None:
        self._native = native_of(stream, native.CoseVerifyStream, "a stream is made by cose.verify_stream")

    def update(self, chunk: Bytes) -> VerifyStream:
        """Takes the next bytes of the payload."""
        _stream.update(self._native.update, chunk)
        return self

    def finish(self) -> Protected:
        """Raises unless the signature is right; then, what it covers. The stream is over, also when this raises."""
        verified = call(self._native.finish)
        return Protected(verified.kid, _content_type(verified.content_type), verified.x5chain)


def inspect(object: Bytes) -> Claims:
    """What an object claims: hints for choosing a key, unverified."""
    claims = call(native.cose_inspect, octets(object, "object"))
    return Claims(claims.detached, claims.kid, claims.x5chain)


def _parameters(
    detached: bool,
    kid: Bytes | str | None,
    x5chain: Iterable[Bytes] | None,
    content_type: str | int | None,
    external_aad: Bytes | None,
    tagged: bool,
    low_s: LowS,
) -> native.CoseParameters:
    return native.CoseParameters(
        kid=None if kid is None else octets_or_text(kid, "kid"),
        x5chain=chain(x5chain, "x5chain"),
        content_type=_native_content_type(content_type),
        external_aad=optional_octets(external_aad, "external_aad"),
        detached=detached,
        tagged=flag(tagged, "tagged"),
        low_s=low_s_of(low_s),
    )


def _native_content_type(value: str | int | None) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        return native.ContentType.MEDIA_TYPE(name=text(value, "content_type"))
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"content_type must be str or int, not {kind(value)}")
    return native.ContentType.COAP_FORMAT(number=whole(value, "content_type", 0xFFFF))


def _content_type(value: Any) -> str | int | None:
    if value is None:
        return None
    found: str | int = value.name if value.is_MEDIA_TYPE() else value.number
    return found
