"""Vectors of `jws_prepare`, `jws_attach`, `jws_verify` and `jws_inspect`."""

import hashlib
import json

import der
import jws_faults
from cose import BAD_KEY, ORDER, PIECES, POLICY, chain_faults, key_faults, signature_faults
from jws_object import ALG, B64, CHAIN, CRIT_B64, KID, PAYLOAD, compact, flattened, header, signature_of, signing_input, unencoded, x5c
from key import cose_key_of, jwk_of
from limits import CHAIN_CERTIFICATES, CONTENT_TYPE_BYTES, JSON_DEPTH, JSON_MEMBERS, KEY_ID_BYTES
from marked import AT, plain
from p256 import ALICE, BOB, N, be32, compressed, raw
from text import mapping, nested, quoted, string
from vector import Operation

SIGNING, COMPACT, FLATTENED, DETACHED = "RFC 7515, 5.1", "RFC 7515, 7.1", "RFC 7515, 7.2.2", "RFC 7515, Appendix F"
UNENCODED, IN_COMPACT, IN_JSON = "RFC 7797, 3", "RFC 7797, 5.2", "RFC 7797, 5.3"
VALIDATION, STRINGS = "RFC 7515, 5.2", "RFC 8259, 7"
TEXT = "A payload as it is: $02"
BINARY = bytes(range(256))

#: The example of RFC 7515, A.3, as it stands there.
EXAMPLE_KEY = b"""{"kty":"EC",
 "crv":"P-256",
 "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
 "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
}"""
EXAMPLE = (
    b"eyJhbGciOiJFUzI1NiJ9"
    b".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    b".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
EXAMPLE_PAYLOAD = b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'


class Draft:
    """What goes into a JWS, as the protocol names it, and what must come of it."""

    def __init__(self, payload=PAYLOAD, **arguments):
        self.payload, self.arguments = payload, arguments
        self.encoded = not arguments.get("unencoded")

    def protected(self):
        """Members in alphabetical order."""
        given = self.arguments
        members = [ALG] + ([] if self.encoded else [B64, CRIT_B64])
        members += [(name, string(given[name])) for name in ("cty", "kid", "typ") if name in given]
        members += [("x5c", x5c(given["x5c"]))] if "x5c" in given else []
        return plain(mapping(*members))

    def to_be_signed(self):
        return signing_input(self.protected(), self.payload, self.encoded)

    def digest(self):
        return hashlib.sha256(self.to_be_signed()).digest()

    def object(self, signature):
        attached = not (self.arguments.get("detached") or "piece_bytes" in self.arguments)
        write = flattened if self.arguments.get("flattened") else compact
        return write(self.protected(), self.payload, attached, signature, self.encoded)

    def everything(self):
        return {"payload": self.payload} | self.arguments


def drafts():
    """(name, why, spec, draft): what can be prepared and attached."""
    yield "compact", "Three parts with dots between.", COMPACT, Draft()
    yield "flattened", "The members are payload, protected, signature.", FLATTENED, Draft(flattened=1)
    yield "flattened-zero-is-compact", "0 is the same as absent.", COMPACT, Draft(flattened=0)
    yield "detached", "The part of the payload is empty.", DETACHED, Draft(detached=1)
    yield "detached-flattened", "There is no member payload.", DETACHED, Draft(detached=1, flattened=1)
    yield "payload-empty", "A payload of no bytes is a payload; in compact form it looks detached.", SIGNING, Draft(b"")
    yield "payload-empty-flattened", "A payload of no bytes is the empty string.", SIGNING, Draft(b"", flattened=1)
    yield "payload-binary", "Every byte may stand in a payload.", SIGNING, Draft(BINARY)
    yield "payload-with-two-characters-over", "The last group has one byte.", "RFC 4648, 5", Draft(b"four")
    yield "payload-with-three-characters-over", "The last group has two bytes.", "RFC 4648, 5", Draft(b"fives")
    yield "kid", "kid is protected.", "RFC 7515, 4.1.4", Draft(kid=KID)
    yield "kid-empty", "An empty kid is there; it is not an absent one.", "RFC 7515, 4.1.4", Draft(kid="")
    yield "kid-with-quotation-mark-and-backslash", "Both are escaped with a backslash.", STRINGS, Draft(kid='C:\\keys\\"mine"')
    yield "kid-with-controls", "Controls are written as \\u00xx in lower case, none of them with a letter.", STRINGS, Draft(kid="\x00\x08\t\n\x0c\r\x1f")
    yield "kid-with-delete-and-slash", "Neither DEL nor the slash is escaped.", STRINGS, Draft(kid="\x7f/")
    yield "kid-not-ascii", "Characters beyond ASCII are written as UTF-8.", STRINGS, Draft(kid="Schlüssel 鍵 😀 \u2028")
    yield "kid-at-the-limit", "kid may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", Draft(kid="k" * KEY_ID_BYTES)
    yield "kid-at-the-limit-in-utf-8", "The limit is in bytes, not in characters.", "splitsign limits, KEY_ID_BYTES", Draft(kid="é" * (KEY_ID_BYTES // 2))
    yield "kid-at-the-limit-before-escaping", "The limit is that of the text, not of its escapes.", "splitsign limits, KEY_ID_BYTES", Draft(kid='"' * KEY_ID_BYTES)
    yield "typ", "typ says what the object is.", "RFC 7515, 4.1.9", Draft(typ="JWT")
    yield "typ-at-the-limit", "typ may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", Draft(typ="t" * CONTENT_TYPE_BYTES)
    yield "cty", "cty says what the payload is.", "RFC 7515, 4.1.10", Draft(cty="application/json")
    yield "cty-at-the-limit", "cty may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", Draft(cty="c" * CONTENT_TYPE_BYTES)
    yield "chain-of-one", "x5c is an array, also of one.", "RFC 7515, 4.1.6", Draft(x5c=CHAIN[:1])
    yield "chain-of-two", "The leaf comes first; each is base64 with padding.", "RFC 7515, 4.1.6", Draft(x5c=CHAIN)
    ten = [der.certificate(f"certificate {n}") for n in range(CHAIN_CERTIFICATES)]
    yield "chain-at-the-limit", "A chain may have ten certificates.", "splitsign limits, CHAIN_CERTIFICATES", Draft(x5c=ten)
    yield "everything", "The members of the header are in alphabetical order.", SIGNING, Draft(detached=1, kid=KID, typ="JOSE", cty="text/plain", x5c=CHAIN, unencoded=1, flattened=1)
    yield "unencoded-compact", "The payload stands between the dots as it is.", IN_COMPACT, Draft(b"A payload as it is: $02", unencoded=1)
    yield "unencoded-compact-all-characters", "All printable characters of ASCII but the dot may stand there.", IN_COMPACT, Draft(bytes(c for c in range(0x20, 0x7F) if c != 0x2E), unencoded=1)
    yield "unencoded-compact-empty", "A payload of no bytes needs no encoding.", IN_COMPACT, Draft(b"", unencoded=1)
    yield "unencoded-flattened", "The payload is a JSON string.", IN_JSON, Draft(TEXT.encode(), unencoded=1, flattened=1)
    yield "unencoded-flattened-with-escapes", "What is signed is the text, not its escapes.", IN_JSON, Draft('"\\.\n\x00é😀'.encode(), unencoded=1, flattened=1)
    yield "unencoded-detached-binary", "Detached, the payload may have any bytes.", UNENCODED, Draft(BINARY, unencoded=1, detached=1)
    yield "unencoded-detached-flattened-binary", "Detached, the payload may have any bytes.", UNENCODED, Draft(BINARY, unencoded=1, detached=1, flattened=1)
    for piece in (1, 2, 3, 64, 1000):
        yield f"pieces-of-{piece}", "Pieces are encoded as if they came at once.", PIECES, Draft(b"0123456789" * 13, piece_bytes=piece)
    yield "pieces-unencoded", "Pieces are hashed as they are.", PIECES, Draft(BINARY, piece_bytes=7, unencoded=1)
    yield "no-pieces-of-an-empty-payload", "An empty payload has no piece.", PIECES, Draft(b"", piece_bytes=16)


def draft_faults():
    """(name, why, spec, code, at, arguments): what cannot be prepared."""
    for name, constant, limit in [("kid", "KEY_ID_BYTES", KEY_ID_BYTES), ("typ", "CONTENT_TYPE_BYTES", CONTENT_TYPE_BYTES), ("cty", "CONTENT_TYPE_BYTES", CONTENT_TYPE_BYTES)]:
        yield f"{name}-beyond-the-limit", f"{name} has 1025 bytes.", f"splitsign limits, {constant}", "limit_exceeded", None, {name: b"k" * limit + AT + b"k"}
    yield from chain_faults("x5c", "RFC 7515, 4.1.6")
    code = "jws_unencoded_payload"
    for name, why, payload in [
        ("dot", "A dot would end the part.", b"a" + AT + b".b"),
        ("dot-at-the-end", "A dot would end the part.", b"ab" + AT + b"."),
        ("line-feed", "Controls may not stand in compact form.", b"a" + AT + b"\nb"),
        ("unit-separator", "The last control before the space.", b"a" + AT + b"\x1fb"),
        ("delete", "DEL is not printable.", b"a" + AT + b"\x7fb"),
        ("not-ascii", "Only ASCII may stand in compact form.", b"caf" + AT + "é".encode()),
    ]:
        yield f"unencoded-compact-with-{name}", why, IN_COMPACT, code, None, {"payload": payload, "unencoded": 1}
    for name, why, payload in [
        ("latin-1", "The payload is not UTF-8, and cannot be a JSON string.", b"caf" + AT + b"\xe9"),
        ("surrogate", "A surrogate encoded as three bytes is not UTF-8.", b"a" + AT + b"\xed\xa0\x80"),
        ("truncated-character", "The last character ends too early.", b"a" + AT + b"\xf0\x9f\x98"),
    ]:
        yield f"unencoded-flattened-with-{name}", why, IN_JSON, code, None, {"payload": payload, "unencoded": 1, "flattened": 1}


def prepare():
    op = Operation("jws_prepare")
    for name, why, spec, draft in drafts():
        op.bytes(name, why, spec, draft.digest(), **draft.everything())
    for name, why, spec, code, at, arguments in draft_faults():
        op.refuse(name, why, spec, code, at, **({"payload": PAYLOAD} | arguments))
        if name in ("kid-beyond-the-limit", "chain-empty"):
            op.refuse(f"{name}-in-pieces", why, spec, code, at, payload=PAYLOAD, **arguments, piece_bytes=4)
    return op


def attach():
    op = Operation("jws_attach")
    for name, why, spec, draft in drafts():
        signature = ALICE.sign_raw(draft.to_be_signed())
        op.bytes(name, why, spec, draft.object(signature), **draft.everything(), key=ALICE.sec1, signature=signature)
    draft = Draft(kid=KID)
    r, s = ALICE.sign(draft.to_be_signed())
    low, high = raw(r, s), raw(r, N - s)

    def case(name, why, spec, given, written, low_s=None, **key):
        op.bytes(name, why, spec, draft.object(written), **draft.everything(), **(key or {"key": ALICE.sec1}), signature=given, low_s=low_s)

    case("high-s", "A high s is written as it is.", POLICY, high, high)
    case("low-s-required-and-given", "The policy asks for what is there.", POLICY, low, low, 1)
    case("high-s-normalised", "What is written has the low s.", POLICY, high, low, 2)
    case("low-s-normalised", "A low s is written as it is.", POLICY, low, low, 2)
    case("key-compressed", "The form of the key makes no difference.", "SEC 1 version 2.0, 2.3.4", low, low, key=compressed(ALICE.point))
    case("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", low, low, key_spki=der.spki(ALICE.sec1))
    case("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", low, low, key_jwk=jwk_of(ALICE.x, ALICE.y))
    case("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", low, low, key_cose=cose_key_of(ALICE.x, ALICE.y))

    given = {"payload": PAYLOAD, "kid": KID, "key": ALICE.sec1, "signature": low}
    for name, why, spec, code, at, arguments in draft_faults():
        op.refuse(name, why, spec, code, at, **given | arguments)
    for name, why, spec, code, at, arguments in signature_faults(r, s):
        op.refuse(name, why, "RFC 7518, 3.4" if spec == "RFC 9053, 2.1" else spec, code, at, **given | arguments)
    bad = ("bad_signature", 0)
    op.refuse("key-of-somebody-else", "The signature is another key's.", SIGNING, *bad, **given | {"key": BOB.sec1})
    op.refuse("payload-changed", "The signature is over another payload.", SIGNING, *bad, **given | {"payload": PAYLOAD + b"!"})
    op.refuse("kid-changed", "The signature is over another header.", SIGNING, *bad, **given | {"kid": KID + "!"})
    op.refuse("typ-added", "The signature is over another header.", SIGNING, *bad, **given, typ="JWT")
    op.refuse("unencoded-added", "The signature is over the encoded payload.", UNENCODED, *bad, **given, unencoded=1)
    op.refuse("signature-over-the-payload", "The signature is over the payload alone.", SIGNING, *bad, **given | {"signature": ALICE.sign_raw(PAYLOAD)})
    op.refuse("signature-over-the-digest", "The signer hashed the digest once more.", SIGNING, *bad, **given | {"signature": ALICE.sign_raw(draft.digest())})
    op.refuse("pieces-changed", "The signature is over another payload.", PIECES, *bad, **given | {"payload": PAYLOAD + b"!"}, piece_bytes=3)
    for name, why, spec, code, arguments in key_faults():
        op.refuse(name, why, spec, code, **{k: v for k, v in given.items() if k != "key"} | arguments)

    op.order("key-before-payload", "The key is off the curve, and the payload cannot stand unencoded.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY, "payload": b"a.b", "unencoded": 1})
    op.order("key-before-signature", "The key is off the curve, and the signature is short.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY, "signature": low[:-1]})
    op.order("payload-before-signature", "The payload cannot stand unencoded, and the signature is short.", ORDER, "jws_unencoded_payload", **given | {"payload": b"a" + AT + b".b", "unencoded": 1, "signature": low[:-1]})
    op.order("kid-before-signature", "kid is too long, and r is zero.", ORDER, "limit_exceeded", **given | {"kid": b"k" * KEY_ID_BYTES + AT + b"k", "signature": bytes(32) + be32(s)})
    op.order("policy-before-verification", "s is high, and the key is another one.", ORDER, "signature_high_s", **given | {"key": BOB.sec1, "signature": be32(r) + AT + be32(N - s), "low_s": 1})
    return op


def verify():
    op = Operation("jws_verify")
    key = {"key": ALICE.sec1}

    def accept(name, why, spec, object_, fields, **arguments):
        op.fields(name, why, spec, fields, object=object_, **(key | arguments))

    payload = {"payload": PAYLOAD}
    accept("example-of-rfc-7515", "Key and token are those of the standard.", "RFC 7515, A.3", EXAMPLE, {"payload": EXAMPLE_PAYLOAD}, key=None, key_jwk=EXAMPLE_KEY)
    accept("compact", "Three parts with dots between.", COMPACT, compact(), payload)
    accept("flattened", "A JSON object with payload, protected and signature.", FLATTENED, flattened(), payload)
    accept("detached", "The payload comes from elsewhere.", DETACHED, compact(attached=False), {}, payload=PAYLOAD)
    accept("detached-flattened", "There is no member payload.", DETACHED, flattened(attached=False), {}, payload=PAYLOAD)
    accept("payload-empty", "A compact token with an empty payload looks detached; without a payload given it is what it is.", COMPACT, compact(payload=b""), {"payload": b""})
    accept("payload-empty-and-given", "The same token, and the empty payload is given.", DETACHED, compact(payload=b""), {}, payload=b"")
    accept("payload-empty-flattened", "An empty string is a payload of no bytes.", FLATTENED, flattened(payload=b""), {"payload": b""})
    accept("payload-binary", "Every byte may stand in a payload.", SIGNING, compact(payload=BINARY), {"payload": BINARY})
    accept("kid", "A protected kid is known by the signature.", "RFC 7515, 4.1.4", compact(header(("kid", string(KID)))), payload | {"kid": KID})
    accept("kid-empty", "An empty kid is there; it is not an absent one.", "RFC 7515, 4.1.4", compact(header(("kid", b'""'))), payload | {"kid": ""})
    accept("kid-with-escapes", "What is known is the text, not how it was written.", STRINGS, compact(header(("kid", b'"\\u0061\\"\\/\\b\\f\\n\\r\\t\\\\\\uD83D\\uDE00"'))), payload | {"kid": 'a"/\b\f\n\r\t\\😀'})
    accept("kid-not-ascii", "A header is UTF-8.", "RFC 7515, 4", compact(header(("kid", string("鍵 😀")))), payload | {"kid": "鍵 😀"})
    accept("kid-unprotected", "An unprotected kid is not signed, and so not known.", FLATTENED, flattened(unprotected=mapping(("kid", string(KID)))), payload)
    accept("kid-at-the-limit", "kid may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", compact(header(("kid", string("k" * KEY_ID_BYTES)))), payload | {"kid": "k" * KEY_ID_BYTES})
    accept("kid-at-the-limit-after-unescaping", "The limit is that of the text, not of its escapes.", "splitsign limits, KEY_ID_BYTES", compact(header(("kid", quoted(b"\\u006b" * KEY_ID_BYTES)))), payload | {"kid": "k" * KEY_ID_BYTES})
    accept("typ-and-cty", "typ and cty are known by the signature.", "RFC 7515, 4.1.9", compact(header(("typ", string("JOSE")), ("cty", string("text/plain")))), payload | {"typ": "JOSE", "cty": "text/plain"})
    accept("typ-and-cty-at-the-limit", "Both may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", compact(header(("typ", string("t" * CONTENT_TYPE_BYTES)), ("cty", string("c" * CONTENT_TYPE_BYTES)))),
           payload | {"typ": "t" * CONTENT_TYPE_BYTES, "cty": "c" * CONTENT_TYPE_BYTES})
    accept("chain", "The leaf comes first.", "RFC 7515, 4.1.6", compact(header(("x5c", x5c(CHAIN)))), payload | {"x5c": CHAIN})
    accept("chain-not-looked-into", "What is in x5c is base64, and not looked into.", "splitsign, certificates in x5c", compact(header(("x5c", x5c([b"no DER"])))), payload | {"x5c": [b"no DER"]})
    accept("chain-unprotected", "An unprotected chain is not signed, and so not known.", FLATTENED, flattened(unprotected=mapping(("x5c", x5c(CHAIN)))), payload)
    ten = [der.certificate(f"certificate {n}") for n in range(CHAIN_CERTIFICATES)]
    accept("chain-at-the-limit", "A chain may have ten certificates.", "splitsign limits, CHAIN_CERTIFICATES", compact(header(("x5c", x5c(ten)))), payload | {"x5c": ten})
    accept("header-as-received", "White space and order of the header are as they came; what is hashed is their text.", VALIDATION, compact(b' { "kid" : "a",\r\n "alg" : "ES256" }\n'), payload | {"kid": "a"})
    accept("alg-written-with-escapes", "A name and a value are what they mean.", STRINGS, compact(b'{"\\u0061lg":"\\u0045S256"}'), payload)
    accept("unknown-parameters-ignored", "Parameters that are not understood and not critical are ignored.", "RFC 7515, 4", compact(header(("x", b'{"y":[1,null,{"y":2}]}'), ("exp", b"-1.5e+3"), ("ok", b"true"))), payload)
    accept("key-in-the-header-ignored", "jwk, jku and x5u are never used: the key comes from the caller.", "RFC 7515, 4.1.3", compact(header(("jwk", jwk_of(BOB.x, BOB.y)), ("jku", string("https://example.com/jwks")))), payload)
    accept("unknown-members-ignored", "Members that are not understood are ignored.", "RFC 7515, 7.2.1", flattened(more=(("note", b'[{"a":1}]'),)), payload)
    accept("white-space-around-the-object", "White space may stand around JSON.", "RFC 8259, 2", b" \r\n\t" + flattened() + b"\n", payload)
    accept("depth-at-the-limit", "A value that is ignored may have 16 levels.", "splitsign limits, JSON_DEPTH", compact(header(("x", nested(JSON_DEPTH)))), payload)
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 1)]
    accept("parameters-at-the-limit", "Both headers together may have 32 parameters.", "splitsign limits, JSON_MEMBERS", flattened(header(*others[:10]), unprotected=mapping(*others[10:])), payload)
    accept("members-at-the-limit", "The object may have 32 members.", "splitsign limits, JSON_MEMBERS", flattened(more=tuple(others[:JSON_MEMBERS - 3])), payload)
    accept("b64-true-and-critical", "b64 may say what holds anyway.", UNENCODED, compact(header(("b64", b"true"), CRIT_B64)), payload)
    text_payload = {"payload": TEXT}
    accept("unencoded-compact", "The payload stands between the dots as it is.", IN_COMPACT, compact(unencoded(), TEXT.encode(), encoded=False), text_payload)
    accept("unencoded-flattened", "The payload is a JSON string.", IN_JSON, flattened(unencoded(), TEXT.encode(), encoded=False), text_payload)
    escaped = mapping(("payload", b'"\\u0041 payload as it is: $\\u0030\\u0032"'), *members_of(flattened(unencoded(), TEXT.encode(), attached=False, encoded=False)))
    accept("unencoded-flattened-with-escapes", "What was signed is the text, not its escapes.", IN_JSON, escaped, text_payload)
    accept("unencoded-detached-binary", "Detached, the payload may have any bytes.", UNENCODED, compact(unencoded(), BINARY, attached=False, encoded=False), {}, payload=BINARY)
    r, s = ALICE.sign(signing_input(header(), PAYLOAD))
    high = raw(r, N - s)
    accept("high-s", "Both s and n − s verify.", "FIPS 186-5, 6.4.2", compact(signature=high), payload)
    accept("high-s-normalised", "To verify, normalising is the same as accepting.", POLICY, compact(signature=high), payload, low_s=2)
    accept("low-s-required-and-given", "The policy asks for what is there.", POLICY, compact(), payload, low_s=1)
    accept("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", compact(), payload, key=None, key_spki=der.spki(ALICE.sec1))
    accept("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", compact(), payload, key=None, key_jwk=jwk_of(ALICE.x, ALICE.y))
    accept("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", compact(), payload, key=None, key_cose=cose_key_of(ALICE.x, ALICE.y))
    long_payload = b"0123456789" * 13
    for piece in (1, 2, 3, 1000):
        accept(f"pieces-of-{piece}", "Pieces are encoded as if they came at once.", PIECES, compact(payload=long_payload, attached=False), {}, payload=long_payload, piece_bytes=piece)
    accept("pieces-unencoded", "Pieces are hashed as they are.", PIECES, compact(unencoded(), BINARY, attached=False, encoded=False), {}, payload=BINARY, piece_bytes=7)

    for name, why, spec, code, object_ in jws_faults.faults():
        op.refuse(name, why, spec, code, object=object_, **key)
    verify_refusals(op, key, r, s)
    return op


def members_of(object_):
    """The members of an object that was written here, as pairs."""
    return [(name, quoted(value.encode())) for name, value in json.loads(plain(object_)).items()]


def verify_refusals(op, key, r, s):
    def refuse(name, why, code, object_, at=0, spec=VALIDATION, **arguments):
        op.refuse(name, why, spec, code, at, object=object_, **(key | arguments))

    bad, good = "bad_signature", signature_of(header(), PAYLOAD)
    with_kid = header(("kid", string(KID)))
    refuse("payload-missing", "The payload is detached, and none was given. The token looks like one with an empty payload, and does not verify as that either.", "jws_payload_missing", compact(attached=False), spec=DETACHED)
    refuse("payload-missing-flattened", "There is no member payload, and none was given.", "jws_payload_missing", flattened(attached=False), spec=DETACHED)
    refuse("payload-missing-unencoded", "The payload is detached, and none was given.", "jws_payload_missing", compact(unencoded(), b"hello", attached=False, encoded=False), spec=DETACHED)
    refuse("payload-twice", "The payload is in the object, and the same one was given.", "jws_payload_attached", compact(), spec=DETACHED, payload=PAYLOAD)
    refuse("payload-twice-flattened", "The payload is in the object, and the same one was given.", "jws_payload_attached", flattened(), spec=DETACHED, payload=PAYLOAD)
    refuse("payload-twice-and-empty", "The member payload is there, though empty, and an empty one was given.", "jws_payload_attached", flattened(payload=b""), spec=DETACHED, payload=b"")
    refuse("payload-twice-in-pieces", "The payload is in the object, and pieces were given.", "jws_payload_attached", compact(), spec=DETACHED, payload=PAYLOAD, piece_bytes=4)
    refuse("payload-changed", "One bit of the payload is changed.", bad, compact(payload=bytes([PAYLOAD[0] ^ 1]) + PAYLOAD[1:], signature=good))
    refuse("payload-changed-flattened", "One bit of the payload is changed.", bad, flattened(payload=bytes([PAYLOAD[0] ^ 1]) + PAYLOAD[1:], signature=good))
    refuse("payload-emptied-flattened", "The payload is empty now.", bad, flattened(payload=b"", signature=good))
    refuse("detached-payload-changed", "Another payload was given.", bad, compact(attached=False), payload=PAYLOAD + b"!")
    refuse("detached-payload-empty", "An empty payload was given.", bad, compact(attached=False), payload=b"")
    refuse("detached-pieces-changed", "Another payload was given, in pieces.", bad, compact(attached=False), payload=PAYLOAD + b"!", piece_bytes=4)
    refuse("kid-changed", "The signature is over another kid.", bad, compact(header(("kid", string(KID + "!"))), signature=signature_of(with_kid, PAYLOAD)))
    refuse("kid-removed", "kid was taken out of the header.", bad, compact(signature=signature_of(with_kid, PAYLOAD)))
    refuse("kid-moved-to-the-unprotected-header", "kid was signed as protected and is not any more.", bad, flattened(unprotected=mapping(("kid", string(KID))), signature=signature_of(with_kid, PAYLOAD)))
    refuse("header-encoded-again", "The header means the same and is written otherwise.", bad, compact(b'{ "alg": "ES256" }', signature=good))
    refuse("b64-changed", "The signature is over the encoded payload.", bad, compact(unencoded(), TEXT.encode(), encoded=False, signature=signature_of(unencoded(), TEXT.encode())), spec=UNENCODED)
    refuse("unencoded-signed-with-escapes", "The signature is over the escapes, not over the text.", bad,
           flattened(unencoded(), b"a\nb", encoded=False, signature=signature_of(unencoded(), b"a\\u000ab", False)), spec=IN_JSON)
    refuse("key-of-somebody-else", "The signature is another key's.", bad, compact(), key=BOB.sec1)
    refuse("key-in-the-header-not-used", "The signature is of the key in the header, which nobody trusts.", bad,
           compact(header(("jwk", jwk_of(BOB.x, BOB.y))), signature=BOB.sign_raw(signing_input(header(("jwk", jwk_of(BOB.x, BOB.y))), PAYLOAD))), spec="RFC 7515, 10.3")
    refuse("r-changed", "One bit of r is changed.", bad, compact(signature=raw(r ^ 1, s)))
    refuse("s-changed", "One bit of s is changed.", bad, compact(signature=raw(r, s ^ 1)))
    refuse("r-and-s-swapped", "s comes first.", bad, compact(signature=raw(s, r)))
    refuse("signature-over-the-payload", "The signature is over the payload alone.", bad, compact(signature=ALICE.sign_raw(PAYLOAD)))
    refuse("signature-over-decoded-header", "The signature is over the header as JSON.", bad, compact(signature=ALICE.sign_raw(plain(header()) + b"." + PAYLOAD)))
    refuse("high-s-refused-by-policy", "The policy wants a low s. The offset is that of s in the signature.", "signature_high_s", compact(signature=raw(r, N - s)), 32, POLICY, low_s=1)
    for name, why, spec, code, arguments in key_faults():
        op.refuse(name, why, spec, code, object=compact(), **arguments)

    def order(name, why, code, object_, at=None, **arguments):
        op.order(name, why, ORDER, code, at, object=object_, **(key | arguments))

    order("key-before-object", "The key is off the curve, and the token is empty.", "key_invalid_point", b"", key=BAD_KEY)
    order("key-before-payload", "The key is off the curve, and the payload is there twice.", "key_invalid_point", compact(), key=BAD_KEY, payload=PAYLOAD)
    order("object-before-payload", "There is a third dot, and the payload is there twice.", "jws_invalid_compact", compact() + AT + b".", payload=PAYLOAD)
    order("payload-before-policy", "The payload is there twice, and s is high.", "jws_payload_attached", compact(signature=raw(r, N - s)), 0, payload=PAYLOAD, low_s=1)
    order("policy-before-verification", "s is high, and the key is another one.", "signature_high_s", compact(signature=raw(r, N - s)), 32, low_s=1, key=BOB.sec1)


def inspect():
    op = Operation("jws_inspect")

    def accept(name, why, spec, object_, **fields):
        op.fields(name, why, spec, {"detached": 0} | fields, object=object_)

    accept("compact", "The payload is in the token.", COMPACT, compact())
    accept("flattened", "The payload is in the object.", FLATTENED, flattened())
    accept("detached", "The part of the payload is empty.", DETACHED, compact(attached=False), detached=1)
    accept("detached-flattened", "There is no member payload.", DETACHED, flattened(attached=False), detached=1)
    accept("payload-empty", "A compact token with an empty payload looks detached.", DETACHED, compact(payload=b""), detached=1)
    accept("payload-empty-flattened", "An empty string is a payload.", FLATTENED, flattened(payload=b""))
    accept("kid", "kid is claimed.", "RFC 7515, 4.1.4", compact(header(("kid", string(KID)))), kid=KID)
    accept("kid-with-escapes", "kid is the text, not how it was written.", STRINGS, compact(header(("kid", b'"\\u00e9\\n"'))), kid="é\n")
    accept("kid-unprotected", "kid may stand in either header.", FLATTENED, flattened(unprotected=mapping(("kid", string(KID)))), kid=KID)
    accept("chain", "The chain is claimed, the leaf first.", "RFC 7515, 4.1.6", compact(header(("x5c", x5c(CHAIN)))), x5c=CHAIN)
    accept("chain-unprotected", "The chain may stand in either header.", FLATTENED, flattened(unprotected=mapping(("x5c", x5c(CHAIN)))), x5c=CHAIN)
    accept("kid-and-chain-apart", "kid is protected and the chain is not.", FLATTENED, flattened(header(("kid", string(KID))), unprotected=mapping(("x5c", x5c(CHAIN)))), kid=KID, x5c=CHAIN)
    accept("signature-wrong", "Nothing is verified: the signature is over something else.", COMPACT, compact(signature=ALICE.sign_raw(b"something else")))
    accept("unencoded", "An unencoded payload is a payload.", IN_COMPACT, compact(unencoded(), b"hello", encoded=False))
    for name, why, spec, code, object_ in jws_faults.faults():
        op.refuse(name, why, spec, code, object=object_)
    return op


def operations():
    return [prepare(), attach(), verify(), inspect()]
