"""What is wrong with a DSSE envelope as such: refused by whoever reads it, with a key or without."""

from dsse_object import KEYID, PAYLOAD, TYPE, der_of, entry, envelope, sign
from limits import CONTENT_TYPE_BYTES, DSSE_SIGNATURES, JSON_DEPTH, JSON_MEMBERS, KEY_ID_BYTES
from marked import AT
from text import array, base64, mapping, quoted, string

ENVELOPE, RULES = "DSSE 1.0.2 envelope, Standard JSON envelope", "DSSE 1.0.2 envelope, Parsing rules"
JSON, MEMBERS, STRINGS, CANONICAL = "RFC 8259, 2", "RFC 8259, 4", "RFC 8259, 7", "RFC 4648, 3.5"
ESCAPES, PAYLOAD_TYPES = "splitsign, base64 in JSON", "splitsign, payload types in DSSE"
SIG = der_of(sign())


def whole(payload=None, payload_type=None, signatures=None, more=()):
    """An envelope of values as they are."""
    return mapping(
        ("payload", quoted(base64(PAYLOAD)) if payload is None else payload),
        ("payloadType", string(TYPE) if payload_type is None else payload_type),
        ("signatures", array(entry(SIG)) if signatures is None else signatures),
        *more,
    )


def one(sig=None, keyid=None):
    """An envelope whose only signature has these values as they are."""
    return whole(signatures=array(mapping(("keyid", string(KEYID) if keyid is None else keyid), ("sig", quoted(base64(SIG)) if sig is None else sig))))


def faults():
    """(name, why, spec, code, object)"""
    yield from json_text()
    yield from members()
    yield from encoding()
    yield from signatures()


def json_text():
    good = envelope().data
    yield "empty", "There is no JSON.", JSON, "json_truncated", AT
    yield "ends-too-early", "The closing brace is missing.", JSON, "json_truncated", good[:-1] + AT
    yield "ends-within-a-string", "The envelope ends in the middle of the payload.", JSON, "json_truncated", good[:20] + AT
    yield "ends-within-a-word", "The envelope ends in the middle of `false`.", "RFC 8259, 3", "json_truncated", good[:-1] + b',"x":fals' + AT
    yield "ends-within-a-number", "The envelope ends in the middle of an exponent.", "RFC 8259, 6", "json_truncated", good[:-1] + b',"x":1e+' + AT
    yield "something-behind", "Something follows the envelope.", JSON, "json_trailing_characters", good + b"\n" + AT + b"{}"
    yield "two-envelopes", "A second envelope follows the first one.", JSON, "json_trailing_characters", good + AT + good
    yield "array", "An envelope is an object.", ENVELOPE, "json_unexpected_type", AT + b"[" + good + b"]"
    yield "compact-jws", "This is a JWS.", JSON, "json_unexpected_character", AT + b"eyJhbGciOiJFUzI1NiJ9..AA"
    yield "byte-order-mark", "A byte order mark may not stand before JSON.", "RFC 8259, 8.1", "json_unexpected_character", AT + b"\xef\xbb\xbf" + good
    yield "not-utf-8", "The envelope is UTF-8.", "RFC 8259, 8.1", "json_invalid_utf8", whole(more=(("x", quoted(b"caf" + AT + b"\xe9")),))
    yield "single-quotes", "Strings have double quotation marks.", STRINGS, "json_unexpected_character", b"{" + AT + b"'payload':''}"
    yield "comma-at-the-end", "No comma follows the last member.", MEMBERS, "json_unexpected_character", good[:-1] + b"," + AT + b"}"
    yield "comma-at-the-end-of-signatures", "No comma follows the last element.", "RFC 8259, 5", "json_unexpected_character", whole(signatures=b"[" + entry(SIG) + b"," + AT + b"]")
    yield "control-in-a-string", "Controls in strings are escaped.", STRINGS, "json_invalid_string", whole(payload_type=quoted(b"text/" + AT + b"\nplain"))
    yield "escape-unknown", "There is no escape `\\a`.", STRINGS, "json_invalid_string", whole(payload_type=quoted(b"text/" + AT + b"\\aplain"))
    yield "surrogate-alone", "Half a surrogate pair is no character.", STRINGS, "json_invalid_string", one(keyid=quoted(AT + b"\\ud800\\u0041"))
    yield "one-level-too-many", "A member that is ignored has 17 levels.", "splitsign limits, JSON_DEPTH", "json_too_deep", whole(more=(("x", b"[" * JSON_DEPTH + AT + b"[]" + b"]" * JSON_DEPTH),))
    yield "one-level-too-many-in-a-signature", "A member that is ignored has 17 levels.", "splitsign limits, JSON_DEPTH", "json_too_deep", \
        whole(signatures=array(mapping(("sig", quoted(base64(SIG))), ("x", b"[" * JSON_DEPTH + AT + b"[]" + b"]" * JSON_DEPTH))))


def members():
    missing, twice, kind = "json_missing_member", "json_duplicate_member", "json_unexpected_type"
    payload, payload_type, sigs = ("payload", quoted(base64(PAYLOAD))), ("payloadType", string(TYPE)), ("signatures", array(entry(SIG)))
    yield "payload-missing", "payload is required.", RULES, missing, AT + mapping(payload_type, sigs)
    yield "payload-type-missing", "payloadType is required.", RULES, missing, b" " + AT + mapping(payload, sigs)
    yield "signatures-missing", "signatures is required.", RULES, missing, AT + mapping(payload, payload_type)
    yield "everything-missing", "An empty object is no envelope.", RULES, missing, AT + b"{}"
    yield "name-in-other-case", "Names are compared exactly: `payloadtype` is not payloadType.", RULES, missing, AT + mapping(payload, ("payloadtype", string(TYPE)), sigs)
    yield "member-twice", "Names are unique.", MEMBERS, twice, mapping(payload, payload_type, sigs, (AT + b"payload", quoted(base64(PAYLOAD))))
    yield "member-twice-with-escapes", "Two names are the same if they mean the same.", MEMBERS, twice, mapping(payload, payload_type, sigs, (AT + b"p\\u0061yload", quoted(base64(PAYLOAD))))
    yield "unknown-member-twice", "Names are unique, also where they are not understood.", MEMBERS, twice, whole(more=(("x", b"1"), (AT + b"x", b"1")))
    yield "member-of-a-signature-twice", "Names are unique.", MEMBERS, twice, whole(signatures=array(mapping(("sig", quoted(base64(SIG))), (AT + b"sig", quoted(base64(SIG))))))
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 3)]
    yield "one-member-too-many", "The envelope has 33 members.", "splitsign limits, JSON_MEMBERS", "limit_exceeded", whole(more=(*others, (AT + b"last", b"0")))
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 1)]
    yield "one-member-too-many-in-a-signature", "A signature has 33 members.", "splitsign limits, JSON_MEMBERS", "limit_exceeded", whole(signatures=array(mapping(("sig", quoted(base64(SIG))), *others, (AT + b"last", b"0"))))
    yield "payload-null", "payload is a string.", ENVELOPE, kind, whole(payload=AT + b"null")
    yield "payload-an-object", "payload is base64, not the object itself.", ENVELOPE, kind, whole(payload=AT + PAYLOAD)
    yield "payload-type-a-number", "payloadType is a string.", ENVELOPE, kind, whole(payload_type=AT + b"1")
    yield "signatures-an-object", "signatures is an array, also of one.", ENVELOPE, kind, whole(signatures=AT + entry(SIG))
    yield "payload-type-empty", "A type of no characters does not say how the payload is to be understood.", PAYLOAD_TYPES, "dsse_invalid_payload_type", whole(payload_type=quoted(AT))
    for name, why, written in [
        ("line-feed", "A type is printable text.", b"text/plain\\n"),
        ("delete", "DEL is not printable.", b"text/\x7fplain"),
        ("c1-control", "U+0085 is a control, though beyond ASCII.", "text/\u0085plain".encode()),
    ]:
        yield f"payload-type-with-{name}", why, PAYLOAD_TYPES, "dsse_invalid_payload_type", whole(payload_type=quoted(AT + written))
    yield "payload-type-beyond-the-limit", "The type has 1025 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", "limit_exceeded", whole(payload_type=quoted(AT + b"t" * (CONTENT_TYPE_BYTES + 1)))


def encoding():
    character, length, bits, escape = "base64_invalid_character", "base64_invalid_length", "base64_non_canonical", "json_unexpected_escape"
    yield "payload-with-a-space", "White space is not in either alphabet.", "RFC 4648, 3.3", character, whole(payload=quoted(b"AAAA" + AT + b" AAA"))
    yield "payload-in-both-alphabets", "`-` is of base64url, and then `+` is not.", "RFC 4648, 5", character, whole(payload=quoted(b"AA-A" + AT + b"+AAA"))
    yield "payload-with-padding-inside", "Padding stands at the end.", "RFC 4648, 3.2", character, whole(payload=quoted(b"AA" + AT + b"==AAAA"))
    yield "payload-with-three-padding-characters", "There are at most two.", "RFC 4648, 3.2", character, whole(payload=quoted(b"A" + AT + b"==="))
    yield "payload-of-impossible-length", "One character is left over, which cannot be.", "RFC 4648, 4", length, whole(payload=quoted(b"AAAAA" + AT))
    yield "payload-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, bits, whole(payload=quoted(b"A" + AT + b"B=="))
    yield "payload-in-base64url-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, bits, whole(payload=quoted(b"A-" + AT + b"B"))
    yield "payload-with-escaped-slash", "Base64 is written without escapes.", ESCAPES, escape, whole(payload=quoted(AT + b"AA\\/A"))
    yield "payload-not-ascii", "A character beyond ASCII is in no alphabet.", "RFC 4648, 3.3", character, whole(payload=quoted(b"AAAA" + AT + "éAA".encode()))
    yield "sig-with-a-colon", "A colon is in neither alphabet: this is hexadecimal text.", "RFC 4648, 4", character, one(quoted(b"30" + AT + b":45:02"))
    yield "sig-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, bits, one(quoted(b"A" + AT + b"B=="))
    yield "sig-of-impossible-length", "One character is left over, which cannot be.", "RFC 4648, 4", length, one(quoted(b"AAAAA" + AT))
    yield "sig-with-line-breaks", "A line break is escaped in JSON, and base64 is written without escapes.", ESCAPES, escape, one(quoted(AT + b"AAAA\\nAAAA"))


def signatures():
    kind = "json_unexpected_type"
    good = entry(SIG)
    yield "signatures-empty", "An envelope has at least one signature.", "DSSE 1.0.2 envelope, Standard JSON envelope", "dsse_no_signature", whole(signatures=AT + b"[]")
    yield "one-signature-too-many", "The envelope has 17 signatures.", "splitsign limits, DSSE_SIGNATURES", "dsse_too_many_signatures", whole(signatures=array(*[good] * DSSE_SIGNATURES, AT + good))
    yield "sig-missing", "sig is required.", RULES, "json_missing_member", whole(signatures=array(AT + mapping(("keyid", string(KEYID)))))
    yield "sig-missing-in-the-second", "sig is required in each signature.", RULES, "json_missing_member", whole(signatures=array(good, AT + b"{}"))
    yield "signature-a-string", "A signature is an object.", ENVELOPE, kind, whole(signatures=array(AT + quoted(base64(SIG))))
    yield "signature-null", "A signature is an object.", ENVELOPE, kind, whole(signatures=array(good, AT + b"null"))
    yield "sig-null", "sig is a string.", ENVELOPE, kind, one(AT + b"null")
    yield "keyid-null", "keyid is a string, or absent.", RULES, kind, one(keyid=AT + b"null")
    yield "keyid-a-number", "keyid is a string.", ENVELOPE, kind, one(keyid=AT + b"1")
    yield "keyid-beyond-the-limit", "keyid has 1025 bytes.", "splitsign limits, KEY_ID_BYTES", "limit_exceeded", one(keyid=quoted(AT + b"k" * (KEY_ID_BYTES + 1)))
    yield "keyid-beyond-the-limit-in-utf-8", "keyid has 513 characters of two bytes each.", "splitsign limits, KEY_ID_BYTES", "limit_exceeded", one(keyid=quoted(AT + "é".encode() * (KEY_ID_BYTES // 2 + 1)))
    yield "keyid-beyond-the-limit-after-unescaping", "keyid has 1025 characters, all of them written as escapes.", "splitsign limits, KEY_ID_BYTES", "limit_exceeded", one(keyid=quoted(AT + b"\\u006b" * (KEY_ID_BYTES + 1)))
