"""Vectors of `dsse_prepare`, `dsse_attach`, `dsse_verify` and `dsse_inspect`."""

import hashlib

import der
import dsse_faults
from cose import BAD_KEY, ORDER, POLICY, key_faults, signature_faults
from dsse_object import KEYID, PAYLOAD, TYPE, der_of, entry, envelope, pae, sign
from key import cose_key_of, jwk_of
from limits import CONTENT_TYPE_BYTES, DSSE_SIGNATURES, JSON_DEPTH, JSON_MEMBERS, KEY_ID_BYTES
from marked import AT
from p256 import ALICE, BOB, N, be32, compressed, raw, uncompressed
from text import array, base64, base64url, mapping, nested, quoted, string
from vector import Operation

SIGNING, PROTOCOL = "DSSE 1.0.2 protocol, Signature Definition", "DSSE 1.0.2 protocol, Protocol"
ENVELOPE, RULES = "DSSE 1.0.2 envelope, Standard JSON envelope", "DSSE 1.0.2 envelope, Parsing rules"
MULTIPLE, SCHEME, STRINGS = "DSSE 1.0.2 envelope, Multiple signatures", "splitsign, signatures in DSSE", "RFC 8259, 7"
BINARY = bytes(range(256))

#: The example of the protocol document, as it stands there.
EXAMPLE_KEY = uncompressed((
    46950820868899156662930047687818585632848591499744589407958293238635476079160,
    5640078356564379163099075877009565129882514886557779369047442380624545832820,
))
EXAMPLE = b"""{"payload": "aGVsbG8gd29ybGQ=",
 "payloadType": "http://example.com/HelloWorld",
 "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}
"""


class Draft:
    """What goes into an envelope, as the protocol names it, and what must come of it."""

    def __init__(self, payload=PAYLOAD, payload_type=TYPE, **arguments):
        self.payload, self.payload_type, self.arguments = payload, payload_type, arguments

    def digest(self):
        return hashlib.sha256(self.to_be_signed()).digest()

    def to_be_signed(self):
        return pae(self.payload, self.payload_type)

    def object(self, r, s):
        sig = raw(r, s) if self.arguments.get("raw_signature") else der_of((r, s))
        return envelope(entry(sig, self.arguments.get("keyid", "")), payload=self.payload, payload_type=self.payload_type)

    def everything(self):
        return {"payload_type": self.payload_type, "payload": self.payload} | self.arguments


def drafts():
    """(name, why, spec, draft): what can be prepared and attached."""
    yield "statement", "An in-toto statement.", SIGNING, Draft()
    yield "example-of-the-protocol", "The payload and the type of the protocol's test vector.", "DSSE 1.0.2 protocol, Test Vectors", Draft(b"hello world", "http://example.com/HelloWorld")
    yield "payload-empty", "A payload of no bytes has the length 0.", SIGNING, Draft(b"")
    yield "payload-binary", "Every byte may stand in a payload.", SIGNING, Draft(BINARY)
    yield "payload-with-spaces", "Spaces in the payload are not taken for separators.", SIGNING, Draft(b" 4 text ")
    yield "payload-of-100-bytes", "A length is in decimal digits, as many as there are.", SIGNING, Draft(b"p" * 100)
    yield "payload-of-one-byte-over", "The payload's base64 ends with two padding characters.", "RFC 4648, 4", Draft(b"four")
    yield "payload-of-two-bytes-over", "The payload's base64 ends with one padding character.", "RFC 4648, 4", Draft(b"fives")
    yield "payload-in-characters-62-and-63", "What is written is standard base64, with + and /.", "RFC 4648, 4", Draft(b"\xfb\xef\xbe\xff\xff\xff")
    yield "type-of-one-character", "A type need not be a media type.", SIGNING, Draft(payload_type="x")
    yield "type-with-spaces", "Spaces in the type are not taken for separators.", SIGNING, Draft(payload_type="text/plain; charset=utf-8")
    yield "type-not-ascii", "The length of the type is in bytes of UTF-8, not in characters.", SIGNING, Draft(payload_type="text/größe-鍵-😀")
    yield "type-with-quotation-mark-and-backslash", "Both are escaped in the envelope and not in what is signed.", STRINGS, Draft(payload_type='a"b\\c')
    yield "type-at-the-limit", "A type may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", Draft(payload_type="t" * CONTENT_TYPE_BYTES)
    yield "type-at-the-limit-in-utf-8", "The limit is in bytes, not in characters.", "splitsign limits, CONTENT_TYPE_BYTES", Draft(payload_type="é" * (CONTENT_TYPE_BYTES // 2))
    yield "keyid", "The key id is a hint, and not signed.", SIGNING, Draft(keyid=KEYID)
    yield "keyid-empty", "An empty key id is the same as none.", RULES, Draft(keyid="")
    yield "keyid-with-quotation-mark-and-controls", "They are escaped.", STRINGS, Draft(keyid='"\\\x00\n\x1f')
    yield "keyid-not-ascii", "Characters beyond ASCII are written as UTF-8.", STRINGS, Draft(keyid="Schlüssel 鍵 😀")
    yield "keyid-at-the-limit", "A key id may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", Draft(keyid="k" * KEY_ID_BYTES)
    yield "raw-signature", "The signature is written as r‖s; the digest is the same.", SCHEME, Draft(raw_signature=1)
    yield "raw-signature-zero-is-der", "0 is the same as absent.", SCHEME, Draft(raw_signature=0)
    yield "everything", "Key id, type and raw signature together.", ENVELOPE, Draft(BINARY, "https://example.com/type", keyid=KEYID, raw_signature=1)


def draft_faults():
    """(name, why, spec, code, at, arguments): what cannot be prepared."""
    invalid = "dsse_invalid_payload_type"
    yield "type-empty", "A type of no characters does not say how the payload is to be understood.", dsse_faults.PAYLOAD_TYPES, invalid, None, {"payload_type": AT}
    for name, why, kind in [
        ("line-feed", "A type is printable text.", "text/plain\n"),
        ("null", "A type is printable text.", "text/\x00plain"),
        ("delete", "DEL is not printable.", "text/\x7fplain"),
        ("c1-control", "U+0085 is a control, though beyond ASCII.", "text/\u0085plain"),
    ]:
        yield f"type-with-{name}", why, dsse_faults.PAYLOAD_TYPES, invalid, None, {"payload_type": AT + kind.encode()}
    yield "type-beyond-the-limit", "The type has 1025 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", "limit_exceeded", None, {"payload_type": b"t" * CONTENT_TYPE_BYTES + AT + b"t"}
    yield "type-beyond-the-limit-in-utf-8", "The type has 513 characters of two bytes each.", "splitsign limits, CONTENT_TYPE_BYTES", "limit_exceeded", None, {"payload_type": "é".encode() * (CONTENT_TYPE_BYTES // 2) + AT + "é".encode()}
    yield "keyid-beyond-the-limit", "The key id has 1025 bytes.", "splitsign limits, KEY_ID_BYTES", "limit_exceeded", None, {"keyid": b"k" * KEY_ID_BYTES + AT + b"k"}


def prepare():
    op = Operation("dsse_prepare")
    for name, why, spec, draft in drafts():
        op.bytes(name, why, spec, draft.digest(), **draft.everything())
    for name, why, spec, code, at, arguments in draft_faults():
        op.refuse(name, why, spec, code, at, **{"payload_type": TYPE, "payload": PAYLOAD} | arguments)
    return op


def attach():
    op = Operation("dsse_attach")
    for name, why, spec, draft in drafts():
        r, s = ALICE.sign(draft.to_be_signed())
        op.bytes(name, why, spec, draft.object(r, s), **draft.everything(), key=ALICE.sec1, signature=raw(r, s))
    draft = Draft(keyid=KEYID)
    r, s = ALICE.sign(draft.to_be_signed())

    def case(name, why, spec, given, written, low_s=None, **key):
        op.bytes(name, why, spec, draft.object(r, written), **draft.everything(), **(key or {"key": ALICE.sec1}), signature=raw(r, given), low_s=low_s)

    case("high-s", "A high s is written as it is.", POLICY, N - s, N - s)
    case("low-s-required-and-given", "The policy asks for what is there.", POLICY, s, s, 1)
    case("high-s-normalised", "What is written has the low s.", POLICY, N - s, s, 2)
    case("low-s-normalised", "A low s is written as it is.", POLICY, s, s, 2)
    case("key-compressed", "The form of the key makes no difference.", "SEC 1 version 2.0, 2.3.4", s, s, key=compressed(ALICE.point))
    case("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", s, s, key_spki=der.spki(ALICE.sec1))
    case("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", s, s, key_jwk=jwk_of(ALICE.x, ALICE.y))
    case("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", s, s, key_cose=cose_key_of(ALICE.x, ALICE.y))

    given = {"payload_type": TYPE, "payload": PAYLOAD, "keyid": KEYID, "key": ALICE.sec1, "signature": raw(r, s)}
    for name, why, spec, code, at, arguments in draft_faults():
        op.refuse(name, why, spec, code, at, **given | arguments)
    for name, why, spec, code, at, arguments in signature_faults(r, s):
        if name == "signature-in-der":
            why = "What is given is r‖s, also where DER is written."
        op.refuse(name, why, "splitsign conformance protocol, Operations" if spec == "RFC 9053, 2.1" else spec, code, at, **given | arguments)
    bad = ("bad_signature", 0)
    op.refuse("key-of-somebody-else", "The signature is another key's.", SIGNING, *bad, **given | {"key": BOB.sec1})
    op.refuse("payload-changed", "The signature is over another payload.", SIGNING, *bad, **given | {"payload": PAYLOAD + b"!"})
    op.refuse("type-changed", "The signature is over another type.", SIGNING, *bad, **given | {"payload_type": TYPE + "!"})
    op.refuse("signature-over-the-payload", "The signature is over the payload, not over the encoding with its type.", SIGNING, *bad, **given | {"signature": ALICE.sign_raw(PAYLOAD)})
    op.refuse("signature-over-the-digest", "The signer hashed the digest once more.", SIGNING, *bad, **given | {"signature": ALICE.sign_raw(draft.digest())})
    for name, why, spec, code, arguments in key_faults():
        op.refuse(name, why, spec, code, **{k: v for k, v in given.items() if k != "key"} | arguments)

    op.order("key-before-type", "The key is off the curve, and the type is empty.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY, "payload_type": b""})
    op.order("key-before-signature", "The key is off the curve, and the signature is short.", ORDER, "key_invalid_point", **given | {"key": BAD_KEY, "signature": raw(r, s)[:-1]})
    op.order("type-before-signature", "The type is empty, and the signature is short.", ORDER, "dsse_invalid_payload_type", **given | {"payload_type": AT, "signature": raw(r, s)[:-1]})
    op.order("keyid-before-policy", "The key id is too long, and s is high.", ORDER, "limit_exceeded", **given | {"keyid": b"k" * KEY_ID_BYTES + AT + b"k", "signature": raw(r, N - s), "low_s": 1})
    op.order("policy-before-verification", "s is high, and the key is another one.", ORDER, "signature_high_s", **given | {"key": BOB.sec1, "signature": be32(r) + AT + be32(N - s), "low_s": 1})
    return op


def verify():
    op = Operation("dsse_verify")
    key = {"key": ALICE.sec1}
    r, s = sign()
    good, high = der_of((r, s)), der_of((r, N - s))

    def accept(name, why, spec, object_, fields=None, **arguments):
        known = {"payload": PAYLOAD, "payload_type": TYPE} | ({"keyid": KEYID} if fields is None else fields)
        op.fields(name, why, spec, known, object=object_, **(key | arguments))

    def alone(payload=None, payload_type=None, signatures=None, more=()):
        return dsse_faults.whole(payload, payload_type, signatures, more)

    accept("example-of-the-protocol", "Key, envelope and signature are those of the protocol document.", "DSSE 1.0.2 protocol, Test Vectors", EXAMPLE,
           {"payload": b"hello world", "payload_type": "http://example.com/HelloWorld"}, key=EXAMPLE_KEY)
    accept("signature-in-der", "The signature is in DER, as most write it.", SCHEME, envelope())
    accept("signature-raw", "The signature is r‖s, as in the protocol's examples.", SCHEME, envelope(entry(raw(r, s))))
    accept("keyid-absent", "The key id may be absent.", RULES, envelope(entry(good, None)), {})
    accept("keyid-empty", "The key id may be empty; it is told as it stands.", RULES, envelope(entry(good, "")), {"keyid": ""})
    accept("keyid-of-somebody-else", "The key id is a hint and decides nothing.", PROTOCOL, envelope(entry(good, "bob")), {"keyid": "bob"})
    accept("keyid-with-escapes", "The key id is the text, not how it was written.", STRINGS, dsse_faults.one(keyid=b'"\\u00e9\\n\\"\\ud83d\\ude00"'), {"keyid": 'é\n"😀'})
    accept("keyid-at-the-limit", "A key id may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", envelope(entry(good, "k" * KEY_ID_BYTES)), {"keyid": "k" * KEY_ID_BYTES})
    accept("payload-empty", "A payload of no bytes is a payload.", SIGNING, envelope(payload=b""), {"payload": b"", "keyid": KEYID})
    accept("payload-binary", "Every byte may stand in a payload.", SIGNING, envelope(payload=BINARY), {"payload": BINARY, "keyid": KEYID})
    odd = b"\xfb\xff\xfe four"
    assert b"-" in base64url(odd).data or b"_" in base64url(odd).data
    signed_odd = array(entry(der_of(sign(odd))))
    known_odd = {"payload": odd, "keyid": KEYID}
    accept("payload-in-base64url", "Either alphabet may be used, and base64url may be without padding.", PROTOCOL, alone(payload=quoted(base64url(odd)), signatures=signed_odd), known_odd)
    accept("payload-in-base64url-with-padding", "Base64url may have padding.", ENVELOPE, alone(payload=quoted(base64url(odd) + b"=" * (-len(base64url(odd)) % 4)), signatures=signed_odd), known_odd)
    four = array(entry(der_of(sign(b"four"))))
    accept("payload-without-padding", "Without padding the text is base64url, though no character tells.", ENVELOPE, alone(payload=quoted(base64(b"four").rstrip(b"=")), signatures=four), {"payload": b"four", "keyid": KEYID})
    accept("sig-in-base64url", "Either alphabet may be used.", PROTOCOL, dsse_faults.one(quoted(base64url(raw(r, s)))))
    other = "https://example.com/größe"
    accept("type-not-ascii", "The length of the type is in bytes of UTF-8.", SIGNING, envelope(payload_type=other), {"payload_type": other, "keyid": KEYID})
    accept("type-with-escapes", "What is signed is the text, not how it was written.", STRINGS, alone(payload_type=b'"application\\/vnd.in\\u002dtoto+json"'))
    accept("type-at-the-limit", "A type may have 1024 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", envelope(payload_type="t" * CONTENT_TYPE_BYTES), {"payload_type": "t" * CONTENT_TYPE_BYTES, "keyid": KEYID})
    accept("members-in-any-order", "The members of an object have no order.", "RFC 8259, 4",
           mapping(("signatures", array(mapping(("sig", quoted(base64(good))), ("keyid", string(KEYID))))), ("payloadType", string(TYPE)), ("payload", quoted(base64(PAYLOAD)))))
    accept("white-space", "White space may stand around every token.", "RFC 8259, 2", b"\r\n" + envelope().data.replace(b":[{", b" : [ {\n\t") + b" \n")
    accept("unknown-members-ignored", "Members that are not understood are ignored, in the envelope and in a signature.", RULES,
           alone(signatures=array(mapping(("keyid", string(KEYID)), ("sig", quoted(base64(good))), ("cert", b"null"))), more=(("note", b'{"payload":[1,2]}'),)))
    others = tuple((f"m{n}", b"0") for n in range(JSON_MEMBERS - 3))
    accept("members-at-the-limit", "The envelope may have 32 members.", "splitsign limits, JSON_MEMBERS", alone(more=others))
    accept("depth-at-the-limit", "A member that is ignored may have 16 levels.", "splitsign limits, JSON_DEPTH", alone(more=(("x", nested(JSON_DEPTH)),)))
    bobs = der_of(BOB.sign(pae(PAYLOAD)))
    accept("second-signature", "One signature of this key is enough; its key id is told.", MULTIPLE, envelope(entry(bobs, "bob"), entry(good)))
    accept("first-of-two-signatures", "The others need not be this key's.", MULTIPLE, envelope(entry(good), entry(bobs, "bob")))
    accept("signature-of-another-algorithm-passed-over", "What is not an ES256 signature is passed over.", MULTIPLE, envelope(entry(b"\x01" * 256, "rsa"), entry(good)))
    accept("signature-empty-passed-over", "An empty signature is none, and is passed over.", MULTIPLE, envelope(entry(b"", "nobody"), entry(good)))
    accept("signature-out-of-range-passed-over", "A signature with r = 0 is passed over.", MULTIPLE, envelope(entry(bytes(64), "nobody"), entry(good)))
    accept("signatures-at-the-limit", "An envelope may have 16 signatures; the last one is this key's.", "splitsign limits, DSSE_SIGNATURES", envelope(*[entry(bobs, "bob")] * (DSSE_SIGNATURES - 1), entry(good)))
    accept("same-signature-twice", "The first one that verifies is told.", MULTIPLE, envelope(entry(good, "one"), entry(good, "two")), {"keyid": "one"})
    accept("high-s", "Both s and n − s verify.", "FIPS 186-5, 6.4.2", envelope(entry(high)))
    accept("high-s-normalised", "To verify, normalising is the same as accepting.", POLICY, envelope(entry(high)), low_s=2)
    accept("low-s-required-and-given", "The policy asks for what is there.", POLICY, envelope(), low_s=1)
    accept("high-s-passed-over-for-a-low-one", "The policy refuses the first signature, and the second one is good.", POLICY, envelope(entry(high, "high"), entry(good, "low")), {"keyid": "low"}, low_s=1)
    accept("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", envelope(), key=None, key_spki=der.spki(ALICE.sec1))
    accept("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", envelope(), key=None, key_jwk=jwk_of(ALICE.x, ALICE.y))
    accept("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", envelope(), key=None, key_cose=cose_key_of(ALICE.x, ALICE.y))

    for name, why, spec, code, object_ in dsse_faults.faults():
        op.refuse(name, why, spec, code, object=object_, **key)
    verify_refusals(op, key, r, s, bobs)
    return op


def verify_refusals(op, key, r, s, bobs):
    good, high = der_of((r, s)), der_of((r, N - s))

    def refuse(name, why, object_, spec=SIGNING, code="bad_signature", at=0, **arguments):
        op.refuse(name, why, spec, code, at, object=object_, **(key | arguments))

    mine = entry(good)
    refuse("payload-changed", "One bit of the payload is changed.", envelope(mine, payload=bytes([PAYLOAD[0] ^ 1]) + PAYLOAD[1:]))
    refuse("payload-emptied", "The payload is empty now.", envelope(mine, payload=b""))
    refuse("type-changed", "The type is signed, too.", envelope(mine, payload_type="application/json"))
    refuse("space-moved-from-type-to-payload", "The lengths keep type and payload apart.", envelope(entry(der_of(sign(b"b", "a 1"))), payload=b"1 1 b", payload_type="a"))
    refuse("type-length-in-characters", "The length of the type is in bytes, not in characters.",
           envelope(entry(der_of(ALICE.sign(b"DSSEv1 1 \xc3\xa9 1 p"))), payload=b"p", payload_type="é"))
    refuse("signature-over-the-payload", "The signature is over the payload alone.", envelope(entry(der_of(ALICE.sign(PAYLOAD)))))
    refuse("signature-over-the-base64", "The signature is over the base64 of the payload.", envelope(entry(der_of(ALICE.sign(pae(base64(PAYLOAD)))))))
    refuse("signature-over-the-digest", "The digest was hashed once more.", envelope(entry(der_of(ALICE.sign(hashlib.sha256(pae(PAYLOAD)).digest())))))
    refuse("version-changed", "The signature is over an encoding that begins with DSSEv2.", envelope(entry(der_of(ALICE.sign(pae(PAYLOAD).replace(b"v1", b"v2", 1))))))
    refuse("key-of-somebody-else", "No signature is this key's.", envelope(), PROTOCOL, key=BOB.sec1)
    refuse("none-of-two-signatures", "No signature is this key's.", envelope(entry(bobs, "bob"), entry(bobs, KEYID)), MULTIPLE)
    refuse("keyid-alone", "The key id names the key, and the signature is another's.", envelope(entry(bobs, KEYID)), PROTOCOL)
    refuse("sig-empty", "An empty signature is none.", envelope(entry(b"")))
    refuse("sig-of-another-algorithm", "256 bytes are no ES256 signature.", envelope(entry(b"\x01" * 256)), SCHEME)
    refuse("sig-zeros", "r and s are zero.", envelope(entry(bytes(64))), "FIPS 186-5, 6.4.2")
    refuse("sig-raw-one-byte-short", "s has 31 bytes.", envelope(entry(raw(r, s)[:-1])), SCHEME)
    refuse("sig-in-der-with-a-byte-behind", "The DER is strict.", envelope(entry(good + b"\x00")), SCHEME)
    refuse("sig-in-ber", "The length needs one octet and has two.", envelope(entry(b"\x30\x81" + good[1:])), SCHEME)
    refuse("sig-r-changed", "One bit of r is changed.", envelope(entry(raw(r ^ 1, s))))
    refuse("sig-r-and-s-swapped", "s comes first.", envelope(entry(raw(s, r))))
    refuse("high-s-refused-by-policy", "The policy wants a low s. The offset is that of s in r‖s.", envelope(entry(high)), POLICY, "signature_high_s", 32, low_s=1)
    refuse("high-s-raw-refused-by-policy", "The policy wants a low s. The offset is that of s in r‖s.", envelope(entry(raw(r, N - s))), POLICY, "signature_high_s", 32, low_s=1)
    for name, why, spec, code, arguments in key_faults():
        op.refuse(name, why, spec, code, object=envelope(), **arguments)

    op.order("key-before-object", "The key is off the curve, and the envelope is empty.", ORDER, "key_invalid_point", object=b"", key=BAD_KEY)
    op.order("key-before-verification", "The key is off the curve, and the payload is changed.", ORDER, "key_invalid_point", object=envelope(mine, payload=b""), key=BAD_KEY)
    op.order("object-before-verification", "Something follows the envelope, and the key is another one.", ORDER, "json_trailing_characters", object=envelope() + AT + b"x", key=BOB.sec1)
    op.order("policy-before-verification", "s is high, and the key is another one.", ORDER, "signature_high_s", 32, object=envelope(entry(high)), key=BOB.sec1, low_s=1)


def inspect():
    op = Operation("dsse_inspect")
    good = der_of(sign())

    def accept(name, why, spec, object_, *keyids):
        op.fields(name, why, spec, {"keyids": keyids}, object=object_)

    accept("one-signature", "The key id is claimed.", ENVELOPE, envelope(), KEYID)
    accept("two-signatures", "There is one key id for each signature, in their order.", MULTIPLE, envelope(entry(good, "a"), entry(good, "b")), "a", "b")
    accept("keyid-absent", "A signature without a key id has null.", RULES, envelope(entry(good, None)), None)
    accept("keyid-empty", "An empty key id is told as it stands.", RULES, envelope(entry(good, "")), "")
    accept("keyid-absent-among-others", "The list has a place for each signature.", RULES, envelope(entry(good, "a"), entry(good, None), entry(good, "c")), "a", None, "c")
    accept("keyid-twice", "Two signatures may claim the same key id.", MULTIPLE, envelope(entry(good, "a"), entry(good, "a")), "a", "a")
    accept("keyid-with-escapes", "The key id is the text, not how it was written.", STRINGS, dsse_faults.one(keyid=b'"\\u0061\\/\\ud83d\\ude00"'), "a/😀")
    accept("keyid-not-ascii", "The envelope is UTF-8.", "RFC 8259, 8.1", envelope(entry(good, "鍵")), "鍵")
    accept("keyid-at-the-limit", "A key id may have 1024 bytes.", "splitsign limits, KEY_ID_BYTES", envelope(entry(good, "k" * KEY_ID_BYTES)), "k" * KEY_ID_BYTES)
    accept("signatures-at-the-limit", "An envelope may have 16 signatures.", "splitsign limits, DSSE_SIGNATURES", envelope(*[entry(good, str(n)) for n in range(DSSE_SIGNATURES)]), *[str(n) for n in range(DSSE_SIGNATURES)])
    accept("signature-wrong", "Nothing is verified: the signature is over something else.", ENVELOPE, envelope(entry(der_of(ALICE.sign(b"something else")))), KEYID)
    accept("signature-of-another-algorithm", "A signature need not be of ES256.", ENVELOPE, envelope(entry(b"\x01" * 256, "rsa")), "rsa")
    others = tuple((f"m{n}", b"0") for n in range(JSON_MEMBERS - 3))
    accept("members-at-the-limit", "The envelope may have 32 members.", "splitsign limits, JSON_MEMBERS", envelope(more=others), KEYID)
    accept("depth-at-the-limit", "A member that is ignored may have 16 levels.", "splitsign limits, JSON_DEPTH", envelope(more=(("x", nested(JSON_DEPTH)),)), KEYID)
    for name, why, spec, code, object_ in dsse_faults.faults():
        op.refuse(name, why, spec, code, object=object_)
    return op


def operations():
    return [prepare(), attach(), verify(), inspect()]
