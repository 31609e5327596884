"""DSSE envelopes, version 1.0.2, right by default and wrong where a vector wants it so."""

import der
from marked import plain
from p256 import ALICE
from text import array, base64, mapping, quoted, string

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'
TYPE = "application/vnd.in-toto+json"
KEYID = "acme/release/1"


def pae(payload, payload_type=TYPE):
    """The pre-authentication encoding (DSSE protocol, Signature Definition)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload=PAYLOAD, payload_type=TYPE):
    return ALICE.sign(pae(payload, payload_type))


def der_of(signature):
    return plain(der.signature(*signature))


def entry(sig, keyid=KEYID):
    """One signature; `sig` in bytes, or as JSON where it is marked or quoted already."""
    members = [("keyid", string(keyid))] if keyid is not None else []
    return mapping(*members, ("sig", quoted(base64(sig))))


def envelope(*signatures, payload=PAYLOAD, payload_type=TYPE, more=()):
    """An envelope in the order that splitsign writes; signed by Alice in DER where no signature is given."""
    signatures = signatures or (entry(der_of(sign(payload, payload_type))),)
    return mapping(("payload", quoted(base64(payload))), ("payloadType", string(payload_type)), ("signatures", array(*signatures)), *more)
