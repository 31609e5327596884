"""Signatures by themselves."""

from __future__ import annotations

from typing import Literal

from ._arguments import Bytes, low_s as low_s_of, octets
from ._error import call
from ._key import PublicKey, native_key
from ._native import splitsign as native

LowS = Literal["accept", "require", "normalise"]
"""What to do with a signature whose s is in the upper half of its range; ``normalise`` writes the low one."""


def signature_from_der(der: Bytes) -> bytes:
    """A strict DER signature, as key services return it, in raw form: 64 bytes, r‖s."""
    return call(native.signature_from_der, octets(der, "der"))


def signature_to_der(raw: Bytes) -> bytes:
    """A raw signature in DER."""
    return call(native.signature_to_der, octets(raw, "raw"))


def verify_digest(digest: Bytes, signature: Bytes, *, key: PublicKey, low_s: LowS = "accept") -> None:
    """Raises unless ``signature`` (raw) is the key's signature over ``digest`` (32 bytes)."""
    policy = low_s_of(low_s)
    call(native.verify_digest, octets(digest, "digest"), octets(signature, "signature"), native_key(key), policy)
