"""DSSE envelopes (in-toto, Sigstore): prepare, attach, verify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._arguments import Bytes, choice, low_s as low_s_of, octets, octets_or_text, optional_text, text
from ._error import call
from ._handles import Owner, native_of
from ._key import PublicKey, native_key
from ._native import splitsign as native
from ._signature import LowS

__all__ = ["Claims", "Draft", "SignatureEncoding", "Verified", "inspect", "prepare", "verify"]

SignatureEncoding = Literal["der", "raw"]


@dataclass(frozen=True)
class Verified:
    """What a signature covers, and the key id beside it."""

    payload_type: str
    """Look at it before the payload: it says how that is to be understood."""
    payload: bytes
    keyid: str | None
    """Not signed, never a basis for trust."""


@dataclass(frozen=True)
class Claims:
    """What an envelope claims, unverified."""

    keyids: list[str | None]
    """One for each signature: hints, never signed."""


class Draft(Owner):
    """An envelope whose digest is known and whose signature is to come."""

    __slots__ = ()
    _instead = "prepare it again where it is needed, or pass its digest on"
    _native: native.DsseDraft

    def __init__(self, draft: native.DsseDraft) -> None:
        self._native = native_of(draft, native.DsseDraft, "a draft is made by dsse.prepare")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the pre-authentication encoding: the 32 bytes that the signer signs."""
        return self._native.digest()

    def attach(self, signature: Bytes, key: PublicKey) -> str:
        """Checks the signature (raw, 64 bytes) against the key, and gives the envelope."""
        return call(self._native.attach, octets(signature, "signature"), native_key(key))


def prepare(
    payload_type: str,
    payload: Bytes | str,
    *,
    keyid: str | None = None,
    signature_encoding: SignatureEncoding = "der",
    low_s: LowS = "accept",
) -> Draft:
    """Computes the digest that is to be signed. The key id is a hint and not signed: that is how DSSE is made."""
    encodings = {"der": None, "raw": native.SignatureEncoding.RAW}
    parameters = native.DsseParameters(
        keyid=optional_text(keyid, "keyid"),
        signature_encoding=choice(signature_encoding, "signature_encoding", encodings),
        low_s=low_s_of(low_s),
    )
    named = text(payload_type, "payload_type")
    return Draft(call(native.dsse_prepare, named, octets_or_text(payload, "payload"), parameters))


def verify(envelope: Bytes | str, *, key: PublicKey, low_s: LowS = "accept") -> Verified:
    """Raises unless one of the envelope's signatures is this key's."""
    policy = low_s_of(low_s)
    verified = call(native.dsse_verify, octets_or_text(envelope, "envelope"), native_key(key), policy)
    return Verified(verified.payload_type, verified.payload, verified.keyid)


def inspect(envelope: Bytes | str) -> Claims:
    """What an envelope claims: one key id for each signature, never signed."""
    return Claims(call(native.dsse_inspect, octets_or_text(envelope, "envelope")).keyids)
