"""Prepare, attach and verify signatures whose keys are elsewhere: COSE_Sign1, JWS and DSSE, with ES256.

Every format has the same three verbs: ``prepare`` gives the 32 bytes that are to be signed, ``attach`` checks the
signature that came back and gives the object, ``verify`` checks an object that came from anywhere. Everything refuses
with :class:`SplitsignError`, and with ``TypeError`` what is of the wrong type.
"""

from . import cose, dsse, jws
from ._catalogue import limits, operations
from ._codes import Code
from ._digest import Sha256, sha256
from ._error import SplitsignError
from ._key import PublicKey
from ._signature import signature_from_der, signature_to_der, verify_digest

__all__ = [
    "Code",
    "PublicKey",
    "Sha256",
    "SplitsignError",
    "cose",
    "dsse",
    "jws",
    "limits",
    "operations",
    "sha256",
    "signature_from_der",
    "signature_to_der",
    "verify_digest",
]
