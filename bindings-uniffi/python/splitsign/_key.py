"""Public keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Callable, Literal

from ._arguments import Bytes, kind, octets, octets_or_text
from ._error import call, invalid
from ._handles import Holder
from ._native import splitsign as native


class PublicKey(Holder):
    """A point of P-256, for ES256. Whoever holds one holds a valid one; that it is the right one is yours to know."""

    __slots__ = ()
    _native: native.PublicKey

    def __init__(self) -> None:
        raise TypeError("PublicKey is made by from_spki, from_sec1, from_jwk or from_cose_key")

    @classmethod
    def from_sec1(cls, sec1: Bytes) -> PublicKey:
        """From a SEC 1 point, 65 or 33 bytes."""
        return _made(call(native.PublicKey.from_sec1, octets(sec1, "sec1")))

    @classmethod
    def from_spki(cls, spki: Bytes) -> PublicKey:
        """From a SubjectPublicKeyInfo in DER."""
        return _made(call(native.PublicKey.from_spki, octets(spki, "spki")))

    @classmethod
    def from_jwk(cls, jwk: Bytes | str | Mapping[str, Any]) -> PublicKey:
        """From a JWK: its text, or a dict."""
        if isinstance(jwk, Mapping):
            try:
                jwk = json.dumps(dict(jwk), allow_nan=False)
            except (ValueError, RecursionError):
                raise invalid("jwk cannot be written as JSON.") from None
        return _made(call(native.PublicKey.from_jwk, octets_or_text(jwk, "jwk")))

    @classmethod
    def from_cose_key(cls, cose_key: Bytes) -> PublicKey:
        """From a COSE_Key in CBOR."""
        return _made(call(native.PublicKey.from_cose_key, octets(cose_key, "cose_key")))

    def prepared(self) -> PublicKey:
        """The same key with a table of 44 KiB, with which a verification takes about a quarter of the time. To make it
        takes as long as some verifications do: worth it for a key that is used again."""
        return _made(call(self._native.prepared))

    @property
    def is_prepared(self) -> bool:
        """Whether it has a table."""
        return self._native.is_prepared()

    def to_sec1(self) -> bytes:
        """The uncompressed SEC 1 point, 65 bytes."""
        return self._native.to_sec1()

    def to_spki(self) -> bytes:
        """SubjectPublicKeyInfo in DER."""
        return self._native.to_spki()

    def to_jwk(self) -> dict[str, str]:
        """JWK, with the required members."""
        jwk: dict[str, str] = json.loads(self.to_jwk_text())
        return jwk

    def to_jwk_text(self) -> str:
        """The same as text, with the members in the order of RFC 7638."""
        return call(self._native.to_jwk)

    def to_cose_key(self) -> bytes:
        """COSE_Key in CBOR."""
        return call(self._native.to_cose_key)

    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638) with SHA-256, in base64url."""
        return base64.urlsafe_b64encode(self._native.thumbprint()).rstrip(b"=").decode()

    def __eq__(self, other: object) -> bool:
        return self.to_sec1() == other.to_sec1() if isinstance(other, PublicKey) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_sec1())

    def __repr__(self) -> str:
        return f"<PublicKey {self.thumbprint()}>"

    # It cannot change, so a copy is as good as the key itself.
    def __copy__(self) -> PublicKey:
        return self

    def __deepcopy__(self, memo: object) -> PublicKey:
        return self

    def __reduce__(self) -> tuple[Callable[[Bytes], PublicKey], tuple[bytes], Literal[True] | None]:
        return PublicKey.from_sec1, (self.to_sec1(),), True if self.is_prepared else None

    def __setstate__(self, prepared: object) -> None:
        """A table is not pickled but made anew."""
        if prepared is not True:
            raise TypeError("a PublicKey is pickled as its bytes, and this pickle has something else")
        self._native = call(self._native.prepared)


def _made(key: native.PublicKey) -> PublicKey:
    made = PublicKey.__new__(PublicKey)
    made._native = key
    return made


def native_key(value: PublicKey, name: str = "key") -> native.PublicKey:
    """The key as the core has it."""
    if not isinstance(value, PublicKey):
        raise TypeError(f"{name} must be a PublicKey, not {kind(value)}")
    return value._native
