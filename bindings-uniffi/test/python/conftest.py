"""Keys that sign as a remote signer would: in another library, which knows only the digest."""

from __future__ import annotations

from typing import Callable, NamedTuple

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from splitsign import PublicKey, signature_from_der


class Signer(NamedTuple):
    key: PublicKey
    sign: Callable[[bytes], bytes]
    """Of a digest, the raw signature."""
    verify: Callable[[bytes, bytes], None]
    """Of the bytes that were signed and a raw signature, whether the other library agrees."""
    spki: bytes


def signer() -> Signer:
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(digest: bytes) -> bytes:
        return signature_from_der(private.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256()))))

    def verify(message: bytes, raw: bytes) -> None:
        from splitsign import signature_to_der

        public.verify(signature_to_der(raw), message, ec.ECDSA(hashes.SHA256()))

    return Signer(PublicKey.from_spki(spki), sign, verify, spki)


@pytest.fixture(scope="session")
def remote() -> Signer:
    return signer()


@pytest.fixture(scope="session")
def other() -> Signer:
    return signer()
