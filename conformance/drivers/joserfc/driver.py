"""A driver for a library that is not ours: PyPI `joserfc`, for JWS that is verified and for thumbprints of keys."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey
from lines import Refused, accepted, decoded, encoded, made, serve

# Without it, header parameters that are not registered are refused.
REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


def refusing(operation):
    """joserfc raises its own errors, and those of what it is made of. All are its no."""

    def run(arguments):
        try:
            return operation(arguments)
        except Refused:
            raise
        except Exception as error:
            raise Refused(f"{type(error).__name__}: {error}") from error

    return run


def key_of(arguments):
    if "key_jwk" in arguments:
        return ECKey.import_key(json.loads(arguments["key_jwk"]))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), arguments["key"])
    return ECKey.import_key(point.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def verify(arguments):
    key, text, payload = key_of(arguments), arguments["object"], arguments.get("payload")
    if text.lstrip().startswith(b"{"):
        if payload is not None:
            raise Refused("joserfc has detached payloads in the compact serialization only")
        verified = jws.deserialize_json(json.loads(text), key, registry=REGISTRY)
        protected = verified.member.protected or {}
    else:
        verified = jws.deserialize_compact(text, key, registry=REGISTRY, payload=payload)
        protected = verified.protected
    fields = {name: encoded(protected[name].encode(errors="surrogatepass")) for name in ("kid", "typ", "cty") if name in protected}
    return accepted(**fields, **({} if payload is not None else {"payload": encoded(verified.payload)}))


OPERATIONS = {
    "jws_verify": verify,
    "key_thumbprint": lambda arguments: made(decoded(key_of(arguments).thumbprint())),
}

IDENTITY = {
    "name": "joserfc",
    "version": version("joserfc"),
    "arguments_absent": ["key_spki", "key_cose", "low_s", "piece_bytes"],
}

if __name__ == "__main__":
    serve(IDENTITY, {name: refusing(operation) for name, operation in OPERATIONS.items()})
