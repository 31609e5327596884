"""Makes the files of the suites `jose` and `dsse`, and checks each signature in them with PyPI `cryptography`.

    python published.py            # writes jose/*.json and dsse/*.json
    python published.py --check    # fails if they are not what it would write

Values of standards are written here as they are published; a value that does not verify ends the program. What the
standards say in words, they have no values for: those objects are signed with the published private key of an example
(RFC 6979 signatures, so that they are the same in each run), and are right but for the one thing that the case is about.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

HERE = Path(__file__).parent


def b64(data):
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def number(text):
    return int.from_bytes(unb64(text), "big")


class File:
    def __init__(self, source):
        self.source, self.cases, self.unsupported = source, [], []

    def case(self, identity, operation, spec, why, expect, **arguments):
        case = {"id": identity, "operation": operation, "why": why, "spec": spec}
        self.cases.append({**case, "arguments": arguments, "expect": expect})

    def leave_out(self, what, cases, reason):
        self.unsupported.append({"what": what, "cases": cases, "reason": reason})

    def text(self):
        whole = {"source": self.source, "cases": self.cases, "unsupported": self.unsupported}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def accepted(**fields):
    return {"verdict": 1, "fields": fields}


REFUSED = {"refused": 1}


def digest_of(data):
    return {"bytes": {"hex": hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()}}


# ES256

JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
# RFC 7515, A.3.1.
PRIVATE = ec.derive_private_key(number("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"), ec.SECP256R1())
KEY = compact_json(JWK)


def public(jwk, curve=None):
    return ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), curve or ec.SECP256R1()).public_key()


assert public(JWK) == PRIVATE.public_key()


def sec1(jwk):
    return {"hex": (b"\x04" + unb64(jwk["x"]) + unb64(jwk["y"])).hex()}


def raw(der, size=32):
    r, s = decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def der(signature):
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def es256(data, private=PRIVATE):
    data = data if isinstance(data, bytes) else data.encode()
    return raw(private.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))


def check_es256(data, signature, key=None):
    data = data if isinstance(data, bytes) else data.encode()
    (key or PRIVATE.public_key()).verify(der(signature), data, ec.ECDSA(SHA256()))


def check_token(token, jwk):
    signed, signature = token.rsplit(".", 1)
    check_es256(signed, unb64(signature), public(jwk))


# RFC 7515

PAYLOAD = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
SIGNED = "eyJhbGciOiJFUzI1NiJ9." + b64(PAYLOAD)
SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
TOKEN = f"{SIGNED}.{SIGNATURE}"
check_token(TOKEN, JWK)

RSA_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
    "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e"
    "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
RSA_MODULUS = (
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"
    "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
    "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
)
HMAC_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
HMAC_TOKEN = f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{b64(PAYLOAD)}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ES512_JWK = {
    "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
    "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
}
ES512_TOKEN = (
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_"
    "7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
)


def check_the_other_algorithms():
    signed, tag = HMAC_TOKEN.rsplit(".", 1)
    assert hmac.digest(unb64(HMAC_KEY), signed.encode(), "sha256") == unb64(tag)
    signed, signature = ES512_TOKEN.rsplit(".", 1)
    public(ES512_JWK, ec.SECP521R1()).verify(der(unb64(signature)), signed.encode(), ec.ECDSA(SHA512()))
    rsa_key = rsa.RSAPublicNumbers(65537, number(RSA_MODULUS)).public_key()
    rsa_signed = b64('{"alg":"RS256"}') + "." + b64(PAYLOAD)
    rsa_key.verify(unb64(RSA_SIGNATURE), rsa_signed.encode(), padding.PKCS1v15(), SHA256())
    return f"{rsa_signed}.{RSA_SIGNATURE}"


def compact(header, payload=PAYLOAD, sign=es256):
    """A token of this header, which is JSON or its text."""
    signed = b64(header if isinstance(header, str) else compact_json(header)) + "." + b64(payload)
    return f"{signed}.{b64(sign(signed))}"


def rfc7515():
    file = File("RFC 7515")
    a3 = "RFC 7515, A.3"
    attached = {"payload": PAYLOAD}
    file.case("a3-verify", "jws_verify", a3, "the example", accepted(**attached), object=TOKEN, key_jwk=KEY)
    file.case("a3-verify-sec1", "jws_verify", a3, "the example, under the point", accepted(**attached), object=TOKEN, key=sec1(JWK))
    file.case("a3-inspect", "jws_inspect", a3, "the example claims nothing", accepted(detached=0), object=TOKEN)
    file.case("a3-prepare", "jws_prepare", a3, "what the example signs", digest_of(SIGNED), **attached)
    file.case("a3-attach", "jws_attach", a3, "the example, made again", {"bytes": TOKEN}, **attached, key_jwk=KEY, signature={"base64url": SIGNATURE})
    file.case("a3-key", "key_from_jwk", a3, "the key of the example", {"bytes": sec1(JWK)}, data=KEY)
    detached = f"{TOKEN.split('.')[0]}..{SIGNATURE}"
    appendix_f = "RFC 7515, appendix F"
    file.case("f-verify", "jws_verify", appendix_f, "the example, detached", accepted(), object=detached, key_jwk=KEY, **attached)
    file.case("f-verify-in-pieces", "jws_verify", appendix_f, "detached, in pieces of 7 bytes", accepted(), object=detached, key_jwk=KEY, **attached, piece_bytes=7)
    file.case("f-verify-without", "jws_verify", appendix_f, "the payload is detached, and none is given", REFUSED, object=detached, key_jwk=KEY)
    file.case("f-inspect", "jws_inspect", appendix_f, "it is detached", accepted(detached=1), object=detached)
    file.case("f-prepare", "jws_prepare", appendix_f, "the same is signed, detached or not", digest_of(SIGNED), **attached, detached=1)
    file.case("f-attach", "jws_attach", appendix_f, "the example, detached", {"bytes": detached}, **attached, detached=1, key_jwk=KEY, signature={"base64url": SIGNATURE})
    kid = "e9bc097a-ce51-4036-9562-d2ade882db0d"
    flattened = {"payload": b64(PAYLOAD), "protected": SIGNED.split(".")[0], "header": {"kid": kid}, "signature": SIGNATURE}
    a7 = "RFC 7515, A.7"
    file.case("a7-verify", "jws_verify", a7, "flattened; an unprotected kid is not known by a signature", accepted(**attached), object=json.dumps(flattened, indent=1), key_jwk=KEY)
    file.case("a7-inspect", "jws_inspect", a7, "flattened; an unprotected kid is claimed", accepted(detached=0, kid=kid), object=json.dumps(flattened, indent=1))
    without = {name: value for name, value in flattened.items() if name != "header"}
    file.case("a7-attach", "jws_attach", a7, "flattened, without the unprotected header", {"bytes": compact_json(without)}, **attached, flattened=1, key_jwk=KEY, signature={"base64url": SIGNATURE})

    refused = lambda identity, spec, why, value: file.case(identity, "jws_verify", spec, why, REFUSED, object=value, key_jwk=KEY)
    good = lambda identity, spec, why, value, **fields: file.case(identity, "jws_verify", spec, why, accepted(payload=PAYLOAD, **fields), object=value, key_jwk=KEY)
    header = SIGNED.split(".")[0]
    refused("a1-hs256", "RFC 7515, A.1", "an HMAC is no ES256 signature", HMAC_TOKEN)
    refused("a2-rs256", "RFC 7515, A.2", "an RSA signature is no ES256 signature", check_the_other_algorithms())
    refused("a4-es512", "RFC 7515, A.4", "a signature with another curve and hash", ES512_TOKEN)
    refused("a5-none", "RFC 7515, A.5", "alg none: it is not signed", f"eyJhbGciOiJub25lIn0.{b64(PAYLOAD)}.")
    refused("a5-none-signed", "RFC 7518, 3.6", "alg none with a signature that is right otherwise", compact({"alg": "none"}))
    e_header = '{"alg":"none",\r\n "crit":["http://example.com/UNDEFINED"],\r\n "http://example.com/UNDEFINED":true\r\n}'
    refused("e-crit", "RFC 7515, appendix E", "the negative test case for crit", f"{b64(e_header)}.{b64('FAIL')}.")

    good("header-typ-cty-kid", "RFC 7515, 4.1", "typ, cty and kid are signed", compact({"alg": "ES256", "typ": "JOSE", "cty": "example", "kid": "a/b"}), typ="JOSE", cty="example", kid="a/b")
    good("header-white-space", "RFC 7515, 4", "the header is any JSON text, as in A.1", compact('{"typ":"JWT",\r\n "alg":"ES256"}'), typ="JWT")
    good("header-escapes", "RFC 7515, 5.3", "escapes are no part of what is compared", compact('{"alg":"ES256","kid":"\\u00e9\\/"}'), kid="é/")
    good("header-not-understood", "RFC 7515, 4", "a parameter that is not understood is ignored", compact({"alg": "ES256", "http://example.com/x": {"a": [1, 2.5e3, None]}}))
    refused("alg-absent", "RFC 7515, 4.1.1", "alg MUST be present", compact({"typ": "JWT"}))
    refused("alg-case", "RFC 7515, 4.1.1", "alg is case-sensitive", compact({"alg": "es256"}))
    refused("alg-number", "RFC 7515, 4.1.1", "alg is a string", compact({"alg": 256}))
    refused("alg-es384", "RFC 7518, 3.4", "another alg with a signature that is right otherwise", compact({"alg": "ES384"}))
    critical = "RFC 7515, 4.1.11"
    refused("crit-unknown", critical, "an extension that is not understood", compact({"alg": "ES256", "crit": ["exp"], "exp": 1363284000}))
    refused("crit-empty", critical, "crit MUST NOT be empty", compact({"alg": "ES256", "crit": []}))
    refused("crit-absent-name", critical, "crit names what is not in the header", compact({"alg": "ES256", "crit": ["b64"]}))
    refused("crit-registered", critical, "crit names what the standard itself defines", compact({"alg": "ES256", "crit": ["alg"]}))
    refused("crit-twice", critical, "crit names the same twice", compact({"alg": "ES256", "b64": True, "crit": ["b64", "b64"]}))
    refused("crit-text", critical, "crit is an array", compact({"alg": "ES256", "b64": True, "crit": "b64"}))
    refused("crit-number", critical, "crit is an array of strings", compact({"alg": "ES256", "crit": [7]}))
    refused("kid-number", "RFC 7515, 4.1.4", "kid is a string", compact({"alg": "ES256", "kid": 7}))
    refused("header-array", "RFC 7515, 4", "the header is an object", compact(["ES256"]))
    refused("header-no-json", "RFC 7515, 5.2", "the header is JSON", compact("alg=ES256"))
    refused("header-trailing", "RFC 7515, 5.2", "the header is one JSON value", compact('{"alg":"ES256"}{}'))
    refused("header-not-utf-8", "RFC 7515, 5.2", "the header is UTF-8", compact_bytes(b'{"alg":"ES256","kid":"\xff"}'))
    refused("header-empty", "RFC 7515, 5.2", "there is no header", f".{b64(PAYLOAD)}.{SIGNATURE}")

    refused("payload-changed", "RFC 7515, 5.2", "another payload", f"{header}.{b64(PAYLOAD + ' ')}.{SIGNATURE}")
    refused("header-changed", "RFC 7515, 5.2", "another header", f"{b64(json.dumps({'alg': 'ES256'}))}.{b64(PAYLOAD)}.{SIGNATURE}")
    refused("signature-empty", "RFC 7515, 5.2", "no signature", f"{SIGNED}.")
    refused("signature-der", "RFC 7518, 3.4", "DER stands where r and s should", f"{SIGNED}.{b64(der(unb64(SIGNATURE)))}")
    refused("signature-short", "RFC 7518, 3.4", "the signature has 63 bytes", f"{SIGNED}.{b64(unb64(SIGNATURE)[:-1])}")
    refused("signature-long", "RFC 7518, 3.4", "the signature has 65 bytes", f"{SIGNED}.{b64(unb64(SIGNATURE) + b'0')}")
    refused("signature-zero", "RFC 7518, 3.4", "r and s are zero", f"{SIGNED}.{b64(bytes(64))}")
    refused("parts-two", "RFC 7515, 7.1", "two parts", SIGNED)
    refused("parts-four", "RFC 7515, 7.1", "four parts", f"{TOKEN}.")
    refused("padding", "RFC 7515, 2", "base64url has no padding here", f"{TOKEN}==")
    refused("line-break", "RFC 7515, 2", "base64url has no line breaks here", f"{header}.\n{b64(PAYLOAD)}.{SIGNATURE}")
    refused("standard-alphabet", "RFC 7515, 2", "+ and / are not base64url", TOKEN.replace("-", "+").replace("_", "/"))
    refused("empty", "RFC 7515, 7.1", "nothing at all", "")

    flat = "RFC 7515, 7.2.2"
    with_more = {**flattened, "http://example.com/more": [1]}
    good("flattened-more-members", "RFC 7515, 7.2", "members that are not understood are ignored", compact_json(with_more))
    refused("flattened-unprotected-alg", "RFC 7515, 10.7", "alg is not integrity protected, which the section advises to require", flattened_with(None, {"alg": "ES256"}))
    refused("flattened-in-both", flat, "the header parameters of both are disjoint", flattened_with({"alg": "ES256", "kid": "a"}, {"kid": "a"}))
    refused("flattened-unprotected-crit", critical, "crit MUST be integrity protected", flattened_with({"alg": "ES256"}, {"crit": ["x"], "x": 1}))
    refused("flattened-no-signature", flat, "signature MUST be present", compact_json({k: v for k, v in flattened.items() if k != "signature"}))
    refused("flattened-signature-number", flat, "signature is a string", compact_json({**flattened, "signature": 1}))
    file.leave_out("A.6, the general serialization", 1, "an operation takes one signature: compact and flattened")
    return file


def compact_bytes(header):
    signed = f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{b64(PAYLOAD)}"
    return f"{signed}.{b64(es256(signed))}"


def flattened_with(protected, unprotected):
    encoded = b64(compact_json(protected)) if protected else ""
    members = {"payload": b64(PAYLOAD), "protected": encoded, "header": unprotected}
    members["signature"] = b64(es256(f"{encoded}.{members['payload']}"))
    return compact_json({name: value for name, value in members.items() if value})


# RFC 7797


def rfc7797():
    file = File("RFC 7797")
    section = "RFC 7797, 4.2 with ES256"
    header = compact_json({"alg": "ES256", "b64": False, "crit": ["b64"]})
    payload = "$.02"
    signature = b64(es256(f"{b64(header)}.{payload}"))
    detached = f"{b64(header)}..{signature}"
    arguments = {"payload": payload, "unencoded": 1}
    signed = {"key_jwk": KEY, "signature": {"base64url": signature}}
    verify = lambda identity, spec, why, expect, value, **more: file.case(identity, "jws_verify", spec, why, expect, object=value, key_jwk=KEY, **more)
    verify("detached", section, "the payload of the example, detached", accepted(), detached, payload=payload)
    verify("detached-in-pieces", section, "the same in pieces of one byte", accepted(), detached, payload=payload, piece_bytes=1)
    file.case("inspect", "jws_inspect", section, "it is detached", accepted(detached=1), object=detached)
    file.case("prepare", "jws_prepare", section, "the payload is signed as it is", digest_of(f"{b64(header)}.{payload}"), **arguments, detached=1)
    file.case("attach", "jws_attach", section, "the object has no payload", {"bytes": detached}, **arguments, detached=1, **signed)
    flattened = compact_json({"payload": payload, "protected": b64(header), "signature": signature})
    verify("flattened", section, "the payload is a string of the JSON text", accepted(payload=payload), flattened)
    file.case("attach-flattened", "jws_attach", section, "the payload is a string of the JSON text", {"bytes": flattened}, **arguments, flattened=1, **signed)
    characters = 'é"\\\n'
    escaped = compact_json({"payload": characters, "protected": b64(header), "signature": b64(es256(f"{b64(header)}.{characters}"))})
    verify("flattened-escapes", "RFC 7797, 5.3", "what is signed is the string without its escapes", accepted(payload=characters), escaped)
    plain = "plain~text_-$02"
    verify("compact", "RFC 7797, 5.2", "characters that may stand in a compact JWS", accepted(payload=plain), f"{b64(header)}.{plain}.{b64(es256(f'{b64(header)}.{plain}'))}")
    verify("compact-with-a-dot", "RFC 7797, 5.2", "a dot MUST NOT be in a compact payload", REFUSED, f"{b64(header)}.{payload}.{signature}")
    file.case("prepare-with-a-dot", "jws_prepare", "RFC 7797, 5.2", "a dot MUST NOT be in a compact payload", REFUSED, **arguments)
    both = f"{b64(header)}.{b64(payload)}"
    verify("signed-encoded", "RFC 7797, 3", "b64 is false, and the encoded payload was signed", REFUSED, f"{b64(header)}..{b64(es256(both))}", payload=payload)
    encoded = compact_json({"alg": "ES256"})
    verify("signed-unencoded", "RFC 7797, 3", "b64 is absent, and the payload was signed as it is", REFUSED, f"{b64(encoded)}..{b64(es256(f'{b64(encoded)}.{payload}'))}", payload=payload)

    def rule(identity, spec, why, header, expect=REFUSED, unencoded=True):
        signed = b64(compact_json(header)) + "."
        signature = b64(es256(signed + (payload if unencoded else b64(payload))))
        verify(identity, spec, why, expect, f"{signed}.{signature}", payload=payload)

    rule("without-crit", "RFC 7797, 6", "b64 false MUST be in crit", {"alg": "ES256", "b64": False})
    rule("crit-without-b64", "RFC 7515, 4.1.11", "crit names b64, which is not there", {"alg": "ES256", "crit": ["b64"]}, unencoded=False)
    rule("b64-text", "RFC 7797, 3", "b64 is a boolean", {"alg": "ES256", "b64": "false", "crit": ["b64"]})
    rule("b64-null", "RFC 7797, 3", "b64 is a boolean", {"alg": "ES256", "b64": None, "crit": ["b64"]}, unencoded=False)
    rule("b64-true", "RFC 7797, 3", "b64 true is the default, said aloud", {"alg": "ES256", "b64": True, "crit": ["b64"]}, accepted(), unencoded=False)
    rule("b64-and-another", "RFC 7515, 4.1.11", "crit names something else, too", {"alg": "ES256", "b64": False, "crit": ["b64", "x"], "x": 1})
    unprotected = {"payload": payload, "protected": b64(encoded), "header": {"b64": False}}
    unprotected["signature"] = b64(es256(f"{b64(encoded)}.{payload}"))
    verify("b64-unprotected", "RFC 7797, 3", "b64 MUST be integrity protected", REFUSED, compact_json(unprotected))
    file.leave_out("4.1 and 4.2 as they are published", 2, "HS256: there is no operation for MACs")
    return file


# RFC 7517, 7518, 7638 and 9449


def keys():
    file = File("RFC 7517, 7518, 7638 and 9449")
    read = lambda identity, spec, why, expect, jwk: file.case(identity, "key_from_jwk", spec, why, expect, data=jwk if isinstance(jwk, str) else compact_json(jwk))
    point = {"bytes": sec1(JWK)}
    other = {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
    public(other)
    read("section-3", "RFC 7517, 3", "the example", point, {**JWK, "kid": "Public key used in JWS spec Appendix A.3 example"})
    read("a1-without-use", "RFC 7517, A.1", "the key of the example", {"bytes": sec1(other)}, {**other, "kid": "1"})
    read("a1-use-enc", "RFC 7517, 4.2", "the example: the key is for encryption", REFUSED, {**other, "use": "enc", "kid": "1"})
    rsa_jwk = {"kty": "RSA", "n": RSA_MODULUS, "e": "AQAB"}
    read("a1-rsa", "RFC 7517, A.1", "an RSA key is no key for ES256", REFUSED, rsa_jwk)
    read("use-sig", "RFC 7517, 4.2", "the key is for signatures", point, {**JWK, "use": "sig"})
    read("key-ops-verify", "RFC 7517, 4.3", "the key is for verification", point, {**JWK, "key_ops": ["verify"]})
    read("key-ops-derive", "RFC 7517, 4.3", "the key is for something else", REFUSED, {**JWK, "key_ops": ["deriveBits"]})
    read("alg", "RFC 7517, 4.4", "the key is for ES256", point, {**JWK, "alg": "ES256"})
    read("alg-ecdh", "RFC 7517, 4.4", "the key is for another algorithm", REFUSED, {**JWK, "alg": "ECDH-ES"})
    read("not-understood", "RFC 7517, 4", "members that are not understood are ignored", point, {**JWK, "http://example.com/x": [{}, None]})
    read("order", "RFC 7517, 4", "members have no order, and white space is none of them", point, json.dumps(dict(reversed(JWK.items())), indent=2))
    without = lambda name: {key: value for key, value in JWK.items() if key != name}
    read("kty-absent", "RFC 7517, 4.1", "kty MUST be present", REFUSED, without("kty"))
    read("kty-case", "RFC 7517, 4.1", "kty is case-sensitive", REFUSED, {**JWK, "kty": "ec"})
    for name in ["crv", "x", "y"]:
        read(f"{name}-absent", "RFC 7518, 6.2.1", f"{name} MUST be present", REFUSED, without(name))
    read("crv-p-384", "RFC 7518, 6.2.1.1", "another curve", REFUSED, {**JWK, "crv": "P-384"})
    read("x-number", "RFC 7518, 6.2.1.2", "x is a string", REFUSED, {**JWK, "x": 7})
    read("x-short", "RFC 7518, 6.2.1.2", "x MUST have the full size of a coordinate", REFUSED, {**JWK, "x": b64(unb64(JWK["x"])[1:])})
    read("x-long", "RFC 7518, 6.2.1.2", "x MUST have the full size of a coordinate", REFUSED, {**JWK, "x": b64(b"\0" + unb64(JWK["x"]))})
    read("x-padded", "RFC 7518, 6.2.1.2", "base64url has no padding here", REFUSED, {**JWK, "x": JWK["x"] + "="})
    read("x-standard-alphabet", "RFC 7518, 6.2.1.2", "+ and / are not base64url", REFUSED, {**JWK, "y": JWK["y"].replace("_", "/")})
    read("no-point", "RFC 7518, 6.2.1", "x and y are those of two points", REFUSED, {**JWK, "y": other["y"]})
    read("set", "RFC 7517, 5", "a set of keys is no key", REFUSED, {"keys": [JWK]})
    read("array", "RFC 7517, 4", "a key is an object", REFUSED, "[]")

    canonical = lambda jwk: compact_json({name: jwk[name] for name in ["crv", "kty", "x", "y"]})
    dpop = {"kty": "EC", "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA", "crv": "P-256"}
    thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert hashlib.sha256(canonical(dpop).encode()).digest() == unb64(thumbprint)
    file.case("thumbprint", "key_thumbprint", "RFC 9449, 6.1", "jkt of the example", {"bytes": {"base64url": thumbprint}}, key_jwk=compact_json(dpop))
    for name, jwk in [("section-3", JWK), ("a1", other), ("dpop", dpop)]:
        file.case(f"to-jwk-{name}", "key_to_jwk", "RFC 7638, 3.2 and 3.3", "the members that a thumbprint has, in its order", {"bytes": canonical(jwk)}, key=sec1(jwk))
        file.case(f"thumbprint-{name}", "key_thumbprint", "RFC 7638, 3", "the hash of those members", digest_of(canonical(jwk)), key_jwk=compact_json(jwk))
    token = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldW"
        "QVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2My"
        "bFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP"
        "0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
    )
    check_token(token, dpop)
    payload = unb64(token.split(".")[1]).decode()
    file.case("dpop-proof", "jws_verify", "RFC 9449, 4.1", "the proof of the example; the key that it brings is not used", accepted(payload=payload, typ="dpop+jwt"), object=token, key_jwk=compact_json(dpop))
    file.case("dpop-proof-inspect", "jws_inspect", "RFC 9449, 4.1", "the proof of the example names no key", accepted(detached=0), object=token)
    file.case("dpop-proof-other-key", "jws_verify", "RFC 7515, 10.7", "the key that the object brings is not believed", REFUSED, object=token, key_jwk=KEY)
    file.leave_out("RFC 7638, 3.1: the thumbprint of an RSA key", 1, "there is no operation for RSA keys")
    return file


def rfc7520():
    file = File("RFC 7520")
    file.leave_out("4.1 and 4.2: RS256 and PS384", 2, "there is no operation for RSA yet")
    file.leave_out("4.3: ES512", 1, "there is no operation for P-521 yet")
    file.leave_out("4.4 to 4.7: HS256", 4, "there is no operation for MACs")
    file.leave_out("4.8: RS256, ES512 and HS256 in one object", 1, "an operation takes one signature")
    return file


# DSSE

DSSE_X = 46950820868899156662930047687818585632848591499744589407958293238635476079160
DSSE_Y = 5640078356564379163099075877009565129882514886557779369047442380624545832820
DSSE_PRIVATE = ec.derive_private_key(97358161215184420915383655311931858321456579547487070936769975997791359926199, ec.SECP256R1())
DSSE_JWK = {"x": b64(DSSE_X.to_bytes(32, "big")), "y": b64(DSSE_Y.to_bytes(32, "big"))}
assert public(DSSE_JWK) == DSSE_PRIVATE.public_key()


def pae(payload_type, payload):
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def by_securesystemslib(envelope):
    """Whether securesystemslib verifies an envelope under the key of the example, whose keyid it takes to be `k`."""
    pem = DSSE_PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = SSlibKey("k", "ecdsa", "ecdsa-sha2-nistp256", {"public": pem.decode()})
    try:
        return bool(Envelope.from_dict(json.loads(envelope)).verify([key], 1))
    except (VerificationError, ValueError):
        return False


def protocol():
    file = File("DSSE protocol.md")
    section = "DSSE protocol.md, Test Vectors"
    kind, payload = "http://example.com/HelloWorld", b"hello world"
    signature = base64.b64decode("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==")
    assert pae(kind, payload) == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert es256(pae(kind, payload), DSSE_PRIVATE) == signature
    example = {"payload": "aGVsbG8gd29ybGQ=", "payloadType": kind, "signatures": [{"sig": base64.b64encode(signature).decode()}]}
    known = accepted(payload=payload.decode(), payload_type=kind)
    arguments = {"payload_type": kind, "payload": payload.decode()}
    file.case("example", "dsse_verify", section, "the example", known, object=json.dumps(example), key=sec1(DSSE_JWK))
    file.case("example-inspect", "dsse_inspect", section, "the example: one signature without a keyid", accepted(keyids=[None]), object=json.dumps(example))
    file.case("example-prepare", "dsse_prepare", section, "the PAE of the example", digest_of(pae(kind, payload)), **arguments)
    # envelope.md: empty fields may be omitted. Ours writes the empty keyid.
    written = {**example, "signatures": [{"keyid": "", **example["signatures"][0]}]}
    file.case("example-attach", "dsse_attach", section, "the example with its empty keyid, without its white space", {"bytes": compact_json(written)}, **arguments, raw_signature=1, key=sec1(DSSE_JWK), signature={"hex": signature.hex()})
    definition = "DSSE protocol.md, Signature Definition"
    for name, kind, payload, why in [
        ("in-toto", "application/vnd.in-toto+json", '{"_type":"https://in-toto.io/Statement/v1"}', "the payload type of in-toto"),
        ("empty-payload", "application/vnd.in-toto+json", "", "an empty body: the PAE ends with a space"),
        ("type-in-bytes", "application/vnd.exämple+json", "{}", "LEN(type) counts bytes of UTF-8, not characters"),
        ("payload-in-bytes", "text/x", "é😀", "LEN(body) counts bytes"),
        ("ten-bytes", "t", "0123456789", "lengths are decimal"),
        ("spaces", "a b", " 1 ", "spaces in type and body"),
    ]:
        file.case(f"pae-{name}", "dsse_prepare", definition, why, digest_of(pae(kind, payload.encode())), payload_type=kind, payload=payload)
    file.leave_out("testvectors/vectors.json of the specification's repository", 9, "Ed25519, and thresholds: there is no operation for either")
    return file


def envelopes():
    file = File("DSSE envelope.md, and in-toto")
    kind = "application/vnd.in-toto+json"
    statement = compact_json({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "letter.txt", "digest": {"sha256": hashlib.sha256(b"hello world").hexdigest()}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"buildDefinition": {"buildType": "https://example.com/build/v1"}},
    })
    signature = es256(pae(kind, statement.encode()), DSSE_PRIVATE)
    standard = lambda data: base64.b64encode(data).decode()
    sig = {"keyid": "k", "sig": standard(der(signature))}
    envelope = {"payload": standard(statement.encode()), "payloadType": kind, "signatures": [sig]}
    known = {"payload": statement, "payload_type": kind}
    arguments = {"payload_type": kind, "payload": statement}

    def case(identity, why, value, expect, spec="DSSE envelope.md", sslib=None):
        text = value if isinstance(value, str) else compact_json(value)
        if sslib is not None:
            assert by_securesystemslib(text) == sslib, identity
        file.case(identity, "dsse_verify", spec, why, expect, object=text, key=sec1(DSSE_JWK))

    in_toto = "in-toto attestation, envelope v1"
    case("in-toto", "a statement, signed in DER as in-toto's tools do", envelope, accepted(**known, keyid="k"), in_toto, True)
    file.case("in-toto-inspect", "dsse_inspect", in_toto, "its keyid is claimed", accepted(keyids=["k"]), object=compact_json(envelope))
    file.case("in-toto-prepare", "dsse_prepare", in_toto, "its PAE", digest_of(pae(kind, statement.encode())), **arguments)
    file.case("in-toto-attach", "dsse_attach", in_toto, "the envelope, made again", {"bytes": compact_json(envelope)}, **arguments, keyid="k", key=sec1(DSSE_JWK), signature={"hex": signature.hex()})
    case("in-toto-raw", "the same with r and s, as the example of DSSE has them", {**envelope, "signatures": [{"sig": standard(signature)}]}, accepted(**known))
    case("url-safe", "either alphabet MUST be accepted", {**envelope, "payload": base64.urlsafe_b64encode(statement.encode()).decode(), "signatures": [{"keyid": "k", "sig": base64.urlsafe_b64encode(der(signature)).decode()}]}, accepted(**known, keyid="k"), "DSSE protocol.md, Protocol")
    case("more-members", "members that are not known MUST be ignored", {**envelope, "extra": {"a": [1]}, "signatures": [{**sig, "cert": "x"}]}, accepted(**known, keyid="k"))
    case("white-space", "the envelope is any JSON text", json.dumps(envelope, indent=2), accepted(**known, keyid="k"), sslib=True)
    case("keyid-changed", "keyid is a hint, and is not signed", {**envelope, "signatures": [{**sig, "keyid": "other"}]}, accepted(**known, keyid="other"))
    wrong = {"keyid": "other", "sig": standard(der(es256(b"something else", DSSE_PRIVATE)))}
    case("several", "one signature of several is enough", {**envelope, "signatures": [wrong, sig]}, accepted(**known, keyid="k"), "DSSE protocol.md, Multi-signature Verification", True)
    case("only-wrong", "no signature is right", {**envelope, "signatures": [wrong]}, REFUSED, sslib=False)
    case("type-swapped", "the signature covers another payload type", {**envelope, "payloadType": "application/vnd.example+json"}, REFUSED, "DSSE protocol.md, Protocol", False)
    case("payload-swapped", "the signature covers another payload", {**envelope, "payload": standard(statement.encode() + b" ")}, REFUSED, "DSSE protocol.md, Protocol", False)
    case("payload-signed-without-pae", "the payload was signed as it is", {**envelope, "signatures": [{"keyid": "k", "sig": standard(der(es256(statement, DSSE_PRIVATE)))}]}, REFUSED, "DSSE protocol.md, Signature Definition", False)
    case("no-signatures", "signatures is empty", {**envelope, "signatures": []}, REFUSED, sslib=False)
    for name in envelope:
        case(f"no-{name}-member", f"{name} MUST be there", {key: value for key, value in envelope.items() if key != name}, REFUSED)
    case("no-sig-member", "sig MUST be there", {**envelope, "signatures": [{"keyid": "k"}]}, REFUSED)
    case("payload-number", "payload is a string", {**envelope, "payload": 7}, REFUSED)
    case("payload-not-base64", "payload is base64", {**envelope, "payload": "****"}, REFUSED)
    case("signatures-object", "signatures is an array", {**envelope, "signatures": sig}, REFUSED)
    case("array", "the envelope is an object", "[]", REFUSED)

    def signed(kind, payload):
        sig = {"keyid": "k", "sig": standard(der(es256(pae(kind, payload.encode()), DSSE_PRIVATE)))}
        return {"payload": standard(payload.encode()), "payloadType": kind, "signatures": [sig]}

    case("empty-payload", "an empty body is a body", signed(kind, ""), accepted(payload="", payload_type=kind, keyid="k"), sslib=True)
    other = "application/vnd.exämple+json"
    case("type-not-ascii", "the payload type is UTF-8", signed(other, "{}"), accepted(payload="{}", payload_type=other, keyid="k"), "DSSE protocol.md, Signature Definition", True)
    case("type-empty", "no verifier supports an empty payload type", signed("", "{}"), REFUSED, "DSSE protocol.md, Protocol")
    return file


FILES = {
    "jose/rfc7515.json": rfc7515,
    "jose/rfc7797.json": rfc7797,
    "jose/keys.json": keys,
    "jose/rfc7520.json": rfc7520,
    "dsse/protocol.json": protocol,
    "dsse/envelopes.json": envelopes,
}


def main():
    stale = []
    for name, make in FILES.items():
        text, path = make().text(), HERE / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.exit(f"not what published.py writes: {', '.join(stale)}; run it")


if __name__ == "__main__":
    main()
