"""A driver for a library that is not ours: PyPI `cryptography`, which is OpenSSL. An afternoon's work, as PROTOCOL.md says."""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from lines import Refused, accepted, made, serve

REFUSALS = (InvalidSignature, UnsupportedAlgorithm, ValueError)


def refusing(operation):
    """What the library raises for input that it does not take, is a refusal."""

    def run(arguments):
        try:
            return operation(arguments)
        except REFUSALS as error:
            raise Refused(f"{type(error).__name__}: {error}") from error

    return run


def from_sec1(data):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def from_spki(data):
    key = load_der_public_key(data)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("not a key on P-256")
    return key


def key_of(arguments):
    return from_spki(arguments["key_spki"]) if "key_spki" in arguments else from_sec1(arguments["key"])


def point(key):
    return made(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def sha256(arguments):
    data = arguments["data"]
    step = arguments.get("piece_bytes", len(data) or 1)
    digest = Hash(SHA256())
    for at in range(0, len(data), step):
        digest.update(data[at : at + step])
    return made(digest.finalize())


def signature_from_der(arguments):
    r, s = decode_dss_signature(arguments["data"])
    if not all(0 <= scalar < 2**256 for scalar in (r, s)):
        raise Refused("r or s does not fit into 32 bytes")
    return made(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def to_der(raw):
    if len(raw) != 64:
        raise Refused("r and s have 32 bytes each")
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def verify_digest(arguments):
    signature = arguments["signature_der"] if "signature_der" in arguments else to_der(arguments["signature"])
    if "message" in arguments:
        data, algorithm = arguments["message"], SHA256()
    else:
        data, algorithm = arguments["digest"], Prehashed(SHA256())
    key_of(arguments).verify(signature, data, ec.ECDSA(algorithm))
    return accepted()


OPERATIONS = {
    "sha256": sha256,
    "key_from_sec1": lambda arguments: point(from_sec1(arguments["data"])),
    "key_from_spki": lambda arguments: point(from_spki(arguments["data"])),
    "key_to_spki": lambda arguments: made(
        key_of(arguments).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ),
    "signature_from_der": signature_from_der,
    "signature_to_der": lambda arguments: made(to_der(arguments["data"])),
    "verify_digest": verify_digest,
}

IDENTITY = {
    "name": "cryptography",
    "version": version("cryptography"),
    "arguments_absent": ["key_jwk", "key_cose", "low_s"],
}

if __name__ == "__main__":
    serve(IDENTITY, {name: refusing(operation) for name, operation in OPERATIONS.items()})
