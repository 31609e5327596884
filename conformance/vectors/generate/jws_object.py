"""JWS (RFC 7515), right by default and wrong where a vector wants it so."""

import der
from marked import join, marked, plain
from p256 import ALICE
from text import array, base64, base64url, mapping, quoted, string

PAYLOAD = b"splitsign conformance vectors: the payload"
KID = "acme/release/1"
CHAIN = (der.certificate("leaf"), der.certificate("issuer"))

ALG = ("alg", string("ES256"))
B64 = ("b64", b"false")
CRIT_B64 = ("crit", b'["b64"]')


def header(*members):
    """A header with alg and these members behind it."""
    return mapping(ALG, *members)


def unencoded(*members):
    """A header that says that the payload is not encoded (RFC 7797, 6)."""
    return mapping(ALG, B64, CRIT_B64, *members)


def x5c(certificates):
    return array(*(quoted(base64(certificate)) for certificate in certificates))


def signing_input(protected, payload, encoded=True):
    """What is signed (RFC 7515, 5.1; RFC 7797, 3)."""
    return plain(base64url(plain(protected)) + b"." + (base64url(payload) if encoded else payload))


def signature_of(protected, payload, encoded=True):
    return ALICE.sign_raw(signing_input(protected, payload, encoded))


def compact(protected=header(), payload=PAYLOAD, attached=True, signature=None, encoded=True):
    """A compact token of Alice's."""
    if signature is None:
        signature = signature_of(protected, payload, encoded)
    middle = (base64url(payload) if encoded else marked(payload)) if attached else b""
    return join([base64url(protected), middle, base64url(signature)], b".")


def flattened(protected=header(), payload=PAYLOAD, attached=True, signature=None, encoded=True, unprotected=None, more=()):
    """A flattened object of Alice's, its members in the order that splitsign writes."""
    if signature is None:
        signature = signature_of(protected, payload, encoded)
    members = [("payload", quoted(base64url(payload)) if encoded else string(payload.decode()))] if attached else []
    members += [("protected", quoted(base64url(protected))), ("signature", quoted(base64url(signature)))]
    members += [("header", unprotected)] if unprotected is not None else []
    return mapping(*members, *more)
