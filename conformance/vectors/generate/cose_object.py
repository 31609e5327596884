"""COSE_Sign1 objects (RFC 9052, 4.2), right by default and wrong where a vector wants it so."""

import cbor
import der
from cbor import array, byte_string, integer, mapping, text_string
from marked import plain
from p256 import ALICE

PAYLOAD = b"splitsign conformance vectors: the payload"
KID = b"acme/release/1"
AAD = b"splitsign conformance vectors: not in the object"
CHAIN = (der.certificate("leaf"), der.certificate("issuer"))

#: alg: ES256.
ALG = (integer(1), integer(-7))
TAG_SIGN1 = b"\xd2"


def entry(label, value):
    """A label that is an integer, and its value."""
    return (integer(label), value)


def header(*entries):
    """A protected header with alg and these entries behind it."""
    return mapping(ALG, *entries)


def sig_structure(protected, payload, aad=b""):
    """What is signed (RFC 9052, 4.4)."""
    return plain(array(text_string("Signature1"), byte_string(protected), byte_string(aad), byte_string(payload)))


def sign1(protected=None, unprotected=cbor.mapping(), payload=PAYLOAD, embedded=True, aad=b"", signature=None, tag=TAG_SIGN1):
    """An object of Alice's. `protected` is what is in the byte string; `signature` may be another than hers."""
    protected = header() if protected is None else protected
    if signature is None:
        signature = ALICE.sign_raw(sig_structure(plain(protected), payload, aad))
    content = byte_string(payload) if embedded else cbor.NULL
    return tag + array(byte_string(protected), unprotected, content, byte_string(signature))
