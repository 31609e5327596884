"""A driver for a library that is not ours: PyPI `pycose`, for COSE_Sign1."""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from lines import Refused, accepted, encoded, made, serve
from pycose.algorithms import Es256
from pycose.headers import KID, Algorithm, ContentType, X5chain
from pycose.keys import CoseKey, EC2Key
from pycose.keys.curves import P256
from pycose.messages import CoseMessage, Sign1Message


def refusing(operation):
    """pycose raises whatever its parts raise: AttributeError, KeyError, IndexError, TypeError and its own. All are its no."""

    def run(arguments):
        try:
            return operation(arguments)
        except Refused:
            raise
        except Exception as error:
            raise Refused(f"{type(error).__name__}: {error}") from error

    return run


def key_of(arguments):
    if "key_cose" in arguments:
        return CoseKey.decode(arguments["key_cose"])
    numbers = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), arguments["key"]).public_numbers()
    return EC2Key(crv=P256, x=numbers.x.to_bytes(32, "big"), y=numbers.y.to_bytes(32, "big"))


def draft(arguments):
    """In the order of encoded labels, as RFC 8949, 4.2.1 says; pycose writes what it is given as it is given."""
    header = {Algorithm: Es256}
    if "content_type" in arguments:
        header[ContentType] = arguments["content_type"].decode()
    if "coap_format" in arguments:
        header[ContentType] = arguments["coap_format"]
    if "kid" in arguments:
        header[KID] = arguments["kid"]
    if "x5chain" in arguments:
        chain = arguments["x5chain"]
        header[X5chain] = chain[0] if len(chain) == 1 else chain
    detached = arguments.get("detached") == 1
    message = Sign1Message(phdr=header, payload=None if detached else arguments["payload"])
    message.external_aad = arguments.get("external_aad", b"")
    return message, arguments["payload"] if detached else None


def prepare(arguments):
    message, detached = draft(arguments)
    return made(hashlib.sha256(message._create_sig_structure(detached)).digest())


def attach(arguments):
    message, detached = draft(arguments)
    message.key, message.signature = key_of(arguments), arguments["signature"]
    if not message.verify_signature(detached):
        raise Refused("the signature is wrong")
    return made(message.encode(tag=arguments.get("untagged") != 1, sign=False))


def verify(arguments):
    message = CoseMessage.decode(arguments["object"])
    if not isinstance(message, Sign1Message):
        raise Refused(f"not a COSE_Sign1 but a {type(message).__name__}")
    message.key, message.external_aad = key_of(arguments), arguments.get("external_aad", b"")
    if not message.verify_signature(arguments.get("payload")):
        raise Refused("the signature is wrong")
    return accepted(**known(message))


def known(message):
    fields = {} if message.payload is None else {"payload": encoded(message.payload)}
    if KID in message.phdr:
        fields["kid"] = encoded(message.phdr[KID])
    kind = message.phdr.get(ContentType)
    if isinstance(kind, int):
        fields["coap_format"] = kind
    elif kind is not None:
        fields["content_type"] = encoded(kind.encode())
    chain = message.phdr.get(X5chain)
    if chain is not None:
        fields["x5chain"] = [encoded(certificate) for certificate in (chain if isinstance(chain, list) else [chain])]
    return fields


OPERATIONS = {"cose_sign1_prepare": prepare, "cose_sign1_attach": attach, "cose_sign1_verify": verify}

IDENTITY = {
    "name": "pycose",
    "version": version("pycose"),
    "arguments_absent": ["key_spki", "key_jwk", "low_s", "piece_bytes"],
}

if __name__ == "__main__":
    serve(IDENTITY, {name: refusing(operation) for name, operation in OPERATIONS.items()})
