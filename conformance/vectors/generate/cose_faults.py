"""What is wrong with a COSE_Sign1 as such: refused by whoever reads it, with a key or without."""

import cbor
import der
from cbor import array, byte_string, integer, mapping, nested, text_string
from cose_object import ALG, CHAIN, KID, PAYLOAD, TAG_SIGN1, entry, header, sig_structure, sign1
from limits import CBOR_DEPTH, CHAIN_CERTIFICATES, CONTENT_TYPE_BYTES, COSE_LABELS, CRITICAL_NAMES, KEY_ID_BYTES
from marked import AT, plain
from p256 import ALICE, N, be32

STRUCTURE, HEADERS, COMMON = "RFC 9052, 4.2", "RFC 9052, 3", "RFC 9052, 3.1"
WELL_FORMED, DETERMINISTIC, X509 = "RFC 8949, 3", "RFC 8949, 4.2.1", "RFC 9360, 2"
SIGNATURE = ALICE.sign_raw(sig_structure(plain(header()), PAYLOAD))


def four(protected=byte_string(header()), unprotected=mapping(), payload=byte_string(PAYLOAD), signature=byte_string(SIGNATURE)):
    """The array, of items as they are."""
    return TAG_SIGN1 + array(protected, unprotected, payload, signature)


def faults():
    """(name, why, spec, code, object)"""
    yield from structure()
    yield from encoding()
    yield from buckets()
    yield from algorithm()
    yield from critical()
    yield from parameters()
    yield from signatures()


def structure():
    good = sign1().data
    items = [byte_string(header()), mapping(), byte_string(PAYLOAD), byte_string(SIGNATURE)]
    yield "empty", "There is no CBOR.", WELL_FORMED, "cbor_truncated", AT
    yield "tag-only", "Nothing follows the tag.", WELL_FORMED, "cbor_truncated", TAG_SIGN1 + AT
    yield "last-byte-missing", "The signature has a byte less than its length says.", WELL_FORMED, "cbor_truncated", good[:-1] + AT
    yield "ends-in-the-payload", "The object ends in the middle of the payload.", WELL_FORMED, "cbor_truncated", good[:20] + AT
    yield "byte-behind-the-object", "One byte follows the object.", "RFC 8949, Appendix F", "cbor_trailing_bytes", good + AT + b"\x00"
    yield "two-objects", "A second object follows the first one.", "RFC 8949, Appendix F", "cbor_trailing_bytes", good + AT + good
    yield "tag-of-cose-mac0", "Tag 17 is COSE_Mac0.", "RFC 9052, 2", "cose_not_sign1", AT + b"\xd1" + good[1:]
    yield "tag-of-cose-sign", "Tag 98 is COSE_Sign.", "RFC 9052, 2", "cose_not_sign1", AT + b"\xd8\x62" + good[1:]
    yield "tag-of-cwt", "Tag 61 is a CWT, which holds the object.", "RFC 8392, 6", "cose_not_sign1", AT + b"\xd8\x3d" + good
    yield "tag-twice", "The tag stands there twice.", "RFC 9052, 2", "cose_not_sign1", TAG_SIGN1 + AT + good
    yield "array-of-three", "The signature is missing.", STRUCTURE, "cose_not_sign1", TAG_SIGN1 + AT + array(*items[:3])
    yield "array-of-five", "There is a fifth item.", STRUCTURE, "cose_not_sign1", TAG_SIGN1 + AT + array(*items, cbor.NULL)
    yield "map", "A COSE_Sign1 is an array.", STRUCTURE, "cose_not_sign1", TAG_SIGN1 + AT + mapping((items[0], items[1]), (items[2], items[3]))
    yield "in-a-byte-string", "A COSE_Sign1 is an array, not a byte string that holds one.", STRUCTURE, "cose_not_sign1", AT + byte_string(good)
    yield "text", "This is text: the object in base64url.", STRUCTURE, "cose_not_sign1", AT + text_string("0oRDoQEm")
    yield "payload-text", "The payload is a byte string or nil.", STRUCTURE, "cbor_unexpected_type", four(payload=AT + text_string("payload"))
    yield "payload-undefined", "undefined is not nil.", STRUCTURE, "cbor_unexpected_type", four(payload=AT + cbor.UNDEFINED)
    yield "payload-an-array", "The payload is a byte string or nil.", STRUCTURE, "cbor_unexpected_type", four(payload=AT + array(integer(1)))
    yield "payload-tagged", "The payload is a byte string without a tag.", STRUCTURE, "cbor_unexpected_type", four(payload=AT + b"\xd8\x18" + byte_string(PAYLOAD))


def encoding():
    long_form = "RFC 8949, 4.2.1"
    rest = sign1().data[2:]
    yield "tag-not-minimal", "The tag 18 needs no second byte.", long_form, "cbor_non_minimal", AT + cbor.head(cbor.TAG, 18, 1) + b"\x84" + rest
    yield "array-head-not-minimal", "Four items need no second byte.", long_form, "cbor_non_minimal", TAG_SIGN1 + AT + cbor.head(cbor.ARRAY, 4, 1) + rest
    yield "payload-length-not-minimal", "The length needs one byte and has two.", long_form, "cbor_non_minimal", four(payload=AT + cbor.head(cbor.BYTES, len(PAYLOAD), 2) + PAYLOAD)
    yield "payload-length-in-eight-bytes", "The length needs one byte and has eight.", long_form, "cbor_non_minimal", four(payload=AT + cbor.head(cbor.BYTES, len(PAYLOAD), 8) + PAYLOAD)
    yield "label-not-minimal", "The label 1 needs no second byte.", long_form, "cbor_non_minimal", sign1(mapping((AT + cbor.head(cbor.UNSIGNED, 1, 1), integer(-7))))
    yield "alg-not-minimal", "The value −7 needs no second byte.", long_form, "cbor_non_minimal", sign1(mapping((integer(1), AT + cbor.head(cbor.NEGATIVE, 6, 1))))
    for width, value in [(1, 23), (2, 255), (4, 65535), (8, 2**32 - 1)]:
        why = f"The largest number that needs no argument of {width} bytes has one." if width > 1 else "The largest number that needs no second byte has one."
        yield f"value-{value}-not-minimal", why, long_form, "cbor_non_minimal", sign1(header(entry(99, AT + cbor.head(cbor.UNSIGNED, value, width))))
    yield "indefinite-array", "Arrays have definite lengths.", DETERMINISTIC, "cbor_indefinite_length", TAG_SIGN1 + AT + b"\x9f" + rest + b"\xff"
    yield "indefinite-protected-header", "Strings have definite lengths.", DETERMINISTIC, "cbor_indefinite_length", four(protected=AT + b"\x5f" + byte_string(header()) + b"\xff")
    yield "indefinite-unprotected-header", "Maps have definite lengths.", DETERMINISTIC, "cbor_indefinite_length", four(unprotected=AT + b"\xbf\xff")
    yield "indefinite-payload", "Strings have definite lengths.", DETERMINISTIC, "cbor_indefinite_length", four(payload=AT + b"\x5f" + byte_string(PAYLOAD) + b"\xff")
    yield "break-as-a-value", "A break stands in no item of indefinite length.", "RFC 8949, 3.2.1", "cbor_indefinite_length", sign1(header(entry(99, AT + b"\xff")))
    yield "reserved-head", "The additional information 28 is reserved.", WELL_FORMED, "cbor_reserved", sign1(header(entry(99, AT + b"\x1c")))
    yield "reserved-head-of-the-payload", "The additional information 30 is reserved.", WELL_FORMED, "cbor_reserved", four(payload=AT + b"\x5e")
    yield "simple-value-too-small", "Simple values below 32 have one byte.", "RFC 8949, 3.3", "cbor_reserved", sign1(header(entry(99, AT + b"\xf8\x1f")))
    yield "text-value-not-utf-8", "A text string is UTF-8, also where it is ignored.", "RFC 8949, 3.1", "cbor_invalid_utf8", sign1(header(entry(99, text_string(b"caf" + AT + b"\xe9"))))
    yield "text-label-not-utf-8", "A label that is text is UTF-8.", "RFC 8949, 3.1", "cbor_invalid_utf8", sign1(header((text_string(AT + b"\xc0\x80"), integer(0))))
    yield "length-beyond-everything", "The length of the payload is 2^64 − 1.", WELL_FORMED, "cbor_truncated", TAG_SIGN1 + b"\x84" + byte_string(header()) + b"\xa0" + cbor.head(cbor.BYTES, 2**64 - 1) + PAYLOAD + AT
    yield "map-beyond-everything", "The map says 2^64 − 1 entries, and the object ends before them.", WELL_FORMED, "cbor_truncated", \
        TAG_SIGN1 + b"\x84" + byte_string(mapping(ALG, entry(99, cbor.head(cbor.MAP, 2**64 - 1))) + AT)
    yield "array-beyond-everything", "The array says 2^32 items, and the object ends before them.", WELL_FORMED, "cbor_truncated", \
        TAG_SIGN1 + b"\x84" + byte_string(mapping(ALG, entry(99, cbor.head(cbor.ARRAY, 2**32))) + AT)
    yield "one-level-too-many", "A value that is ignored has 9 levels.", "splitsign limits, CBOR_DEPTH", "cbor_too_deep", sign1(header(entry(99, nested(CBOR_DEPTH, AT + nested(1)))))


def buckets():
    kid = entry(4, byte_string(KID))
    yield "protected-a-map", "The protected header is a byte string that holds a map.", HEADERS, "cbor_unexpected_type", four(protected=AT + header())
    yield "protected-text", "The protected header is a byte string.", HEADERS, "cbor_unexpected_type", four(protected=AT + text_string(plain(header()).decode("latin-1").replace("\xa1", "a")))
    yield "protected-null", "The protected header is a byte string.", HEADERS, "cbor_unexpected_type", four(protected=AT + cbor.NULL)
    yield "protected-holds-an-array", "What is in the byte string is a map.", HEADERS, "cbor_unexpected_type", sign1(AT + array(integer(1), integer(-7)))
    yield "protected-with-a-byte-behind", "A byte follows the map in the byte string.", HEADERS, "cbor_trailing_bytes", sign1(header() + AT + b"\x00")
    yield "protected-map-truncated", "The map says two entries and has one.", HEADERS, "cbor_truncated", sign1(b"\xa2" + plain(header())[1:] + AT)
    yield "unprotected-an-array", "The unprotected header is a map.", HEADERS, "cbor_unexpected_type", four(unprotected=AT + array())
    yield "unprotected-in-a-byte-string", "The unprotected header is a map, not a byte string that holds one.", HEADERS, "cbor_unexpected_type", four(unprotected=AT + byte_string(mapping()))
    yield "label-a-byte-string", "A label is an integer or text.", "RFC 9052, 1.5", "cbor_unexpected_type", sign1(header((AT + byte_string(b"a"), integer(0))))
    yield "label-null", "A label is an integer or text.", "RFC 9052, 1.5", "cbor_unexpected_type", sign1(unprotected=mapping((AT + cbor.NULL, integer(0))))
    duplicate = "cose_duplicate_label"
    yield "label-twice-in-the-protected-header", "Labels are unique.", HEADERS, duplicate, sign1(header(kid, (AT + integer(4), byte_string(KID))))
    yield "label-twice-in-the-unprotected-header", "Labels are unique.", HEADERS, duplicate, sign1(unprotected=mapping(kid, (AT + integer(4), byte_string(KID))))
    yield "label-in-both-headers", "Labels are unique across both.", HEADERS, duplicate, sign1(header(kid), mapping((AT + integer(4), byte_string(KID))))
    yield "alg-in-both-headers", "alg is protected, and then again not.", HEADERS, duplicate, sign1(unprotected=mapping((AT + integer(1), integer(-7))))
    yield "text-label-twice", "Labels are unique, also where they are not understood.", HEADERS, duplicate, sign1(header((text_string("a"), integer(1)), (AT + text_string("a"), integer(1))))
    labels = [entry(100 + n, integer(0)) for n in range(COSE_LABELS - 1)]
    yield "one-label-too-many", "Both buckets together have 33 labels.", "splitsign limits, COSE_LABELS", "limit_exceeded", sign1(header(*labels[:10]), mapping(*labels[10:], (AT + integer(999), integer(0))))


def algorithm():
    missing, unsupported = "cose_missing_algorithm", "cose_unsupported_algorithm"
    yield "protected-header-empty", "A byte string of no bytes is an empty map: there is no alg.", COMMON, missing, four(protected=byte_string(AT))
    yield "protected-map-empty", "There is no alg.", COMMON, missing, sign1(AT + mapping())
    yield "alg-missing", "There is kid and no alg.", COMMON, missing, sign1(AT + mapping(entry(4, byte_string(KID))))
    yield "alg-unprotected", "alg is there, but not protected.", COMMON, missing, sign1(AT + mapping(), mapping(ALG))
    for name, why, value in [
        ("es384", "−35 is ES384.", integer(-35)),
        ("eddsa", "−8 is EdDSA.", integer(-8)),
        ("esp256", "−9 is ESP256, the fully specified name of the same algorithm; only −7 is read.", integer(-9)),
        ("positive", "7 is not −7.", integer(7)),
        ("text", "The text ES256 is not −7.", text_string("ES256")),
    ]:
        spec = "RFC 9864, 2.1" if name == "esp256" else "RFC 9053, 2.1"
        yield f"alg-{name}", why, spec, unsupported, sign1(mapping((integer(1), AT + value)))
    yield "alg-a-byte-string", "alg is an integer or text.", COMMON, "cbor_unexpected_type", sign1(mapping((integer(1), AT + byte_string(b"\x26"))))
    yield "alg-null", "alg is an integer or text.", COMMON, "cbor_unexpected_type", sign1(mapping((integer(1), AT + cbor.NULL)))


def critical():
    invalid, unknown = "cose_invalid_critical", "cose_unknown_critical"

    def crit(value, *others):
        return sign1(header(entry(2, value), *others))

    kid = entry(4, byte_string(KID))
    yield "critical-and-unknown", "crit names a label that is not understood.", COMMON, unknown, crit(array(AT + integer(99)), entry(99, integer(0)))
    yield "critical-and-unknown-text", "crit names a label that is not understood.", COMMON, unknown, crit(array(AT + text_string("x")), (text_string("x"), integer(0)))
    yield "critical-and-unknown-behind-a-known-one", "Each label that crit names must be understood.", COMMON, unknown, crit(array(integer(4), AT + integer(99)), kid, entry(99, integer(0)))
    yield "critical-iv", "crit names IV, which is registered, but nothing here processes it.", COMMON, unknown, crit(array(AT + integer(5)), entry(5, byte_string(bytes(12))))
    yield "critical-x5t", "crit names x5t, which is registered, but nothing here processes it.", COMMON, unknown, crit(array(AT + integer(34)), entry(34, array(integer(-16), byte_string(bytes(32)))))
    yield "critical-and-negative", "crit names −7, which is alg's value and no label of ours.", COMMON, unknown, crit(array(AT + integer(-7)), entry(-7, integer(0)))
    yield "critical-empty", "crit has at least one label.", COMMON, invalid, crit(AT + array())
    yield "critical-and-absent", "crit names kid, and there is none.", COMMON, invalid, crit(array(AT + integer(4)))
    yield "critical-and-unprotected", "crit names kid, which is not protected.", COMMON, invalid, sign1(header(entry(2, array(AT + integer(4)))), mapping(kid))
    yield "critical-list-unprotected", "crit itself must be protected.", COMMON, invalid, sign1(unprotected=mapping((AT + integer(2), array(integer(1)))))
    yield "critical-a-label", "crit is an array.", COMMON, "cbor_unexpected_type", crit(AT + integer(4), kid)
    yield "critical-with-a-byte-string", "crit has labels: integers and text.", COMMON, "cbor_unexpected_type", crit(array(AT + byte_string(b"a")))
    yield "one-critical-name-too-many", "crit lists nine names.", "splitsign limits, CRITICAL_NAMES", "limit_exceeded", crit(AT + array(*[integer(1)] * (CRITICAL_NAMES + 1)))


def parameters():
    invalid, kind = "cose_invalid_header", "cbor_unexpected_type"
    for name, why, code, value in [
        ("content-type-negative", "A number of CoAP is not negative.", invalid, AT + integer(-1)),
        ("content-type-beyond-coap", "CoAP has formats up to 65535.", invalid, AT + integer(65536)),
        ("content-type-without-slash", "A media type has a type and a subtype.", invalid, AT + text_string("json")),
        ("content-type-with-two-slashes", "A media type has one slash.", invalid, AT + text_string("a/b/c")),
        ("content-type-begins-with-space", "White space may not lead.", invalid, AT + text_string(" text/plain")),
        ("content-type-ends-with-space", "White space may not trail.", invalid, AT + text_string("text/plain ")),
        ("content-type-a-byte-string", "The content type is text or a number.", kind, AT + byte_string(b"text/plain")),
    ]:
        yield name, why, COMMON, code, sign1(header(entry(3, value)))
    yield "content-type-unprotected-without-slash", "A content type is checked in either bucket.", COMMON, invalid, sign1(unprotected=mapping(entry(3, AT + text_string("json"))))
    long_type = "application/" + "x" * (CONTENT_TYPE_BYTES + 1 - len("application/"))
    yield "content-type-beyond-the-limit", "The content type has 1025 bytes.", "splitsign limits, CONTENT_TYPE_BYTES", "limit_exceeded", sign1(header(entry(3, AT + text_string(long_type))))
    yield "kid-text", "kid is a byte string.", COMMON, kind, sign1(header(entry(4, AT + text_string("acme"))))
    yield "kid-unprotected-text", "kid is a byte string, in either bucket.", COMMON, kind, sign1(unprotected=mapping(entry(4, AT + text_string("acme"))))
    yield "kid-beyond-the-limit", "kid has 1025 bytes.", "splitsign limits, KEY_ID_BYTES", "limit_exceeded", sign1(header(entry(4, AT + byte_string(b"k" * (KEY_ID_BYTES + 1)))))
    yield "chain-empty", "A chain has at least one certificate.", X509, "chain_empty", sign1(header(entry(33, AT + array())))
    eleven = [byte_string(der.certificate(f"certificate {n}")) for n in range(CHAIN_CERTIFICATES + 1)]
    yield "chain-beyond-the-limit", "The chain has eleven certificates.", "splitsign limits, CHAIN_CERTIFICATES", "chain_too_long", sign1(header(entry(33, AT + array(*eleven))))
    yield "chain-text", "A certificate is a byte string.", X509, kind, sign1(header(entry(33, AT + text_string("MIIB"))))
    yield "chain-with-text", "A certificate is a byte string.", X509, kind, sign1(header(entry(33, array(byte_string(CHAIN[0]), AT + text_string("MIIB")))))
    certificate = "chain_invalid_certificate"
    yield "certificate-a-set", "A certificate is a SEQUENCE.", X509, certificate, sign1(header(entry(33, AT + byte_string(b"\x31" + CHAIN[0][1:]))))
    yield "certificate-truncated", "The last byte of the second certificate is missing.", X509, certificate, sign1(header(entry(33, array(byte_string(CHAIN[0]), AT + byte_string(CHAIN[1][:-1])))))
    yield "certificate-with-a-byte-behind", "A byte follows the certificate.", X509, certificate, sign1(unprotected=mapping(entry(33, AT + byte_string(CHAIN[0] + b"\x00"))))


def signatures():
    raw, range_ = "RFC 9053, 2.1", "FIPS 186-5, 6.4.2"
    r, s = SIGNATURE[:32], SIGNATURE[32:]
    wrong, out = "signature_wrong_length", "signature_out_of_range"
    number = int.from_bytes(b"\xc0" + bytes(31), "big")
    as_der = plain(der.signature(number, number))
    yield "signature-null", "The signature is a byte string.", STRUCTURE, "cbor_unexpected_type", four(signature=AT + cbor.NULL)
    yield "signature-empty", "There is no signature.", raw, wrong, four(signature=byte_string(AT))
    yield "signature-one-byte-short", "s has 31 bytes.", raw, wrong, four(signature=byte_string(SIGNATURE[:-1] + AT))
    yield "signature-one-byte-long", "A byte follows s.", raw, wrong, four(signature=byte_string(SIGNATURE + AT + b"\x00"))
    yield "signature-in-der", "The signature is r‖s, not DER.", raw, wrong, four(signature=byte_string(as_der[:64] + AT + as_der[64:]))
    yield "r-zero", "r is zero.", range_, out, four(signature=byte_string(AT + bytes(32) + s))
    yield "s-zero", "s is zero.", range_, out, four(signature=byte_string(r + AT + bytes(32)))
    yield "r-the-order", "r is n, and must be less.", range_, out, four(signature=byte_string(AT + be32(N) + s))
    yield "s-the-order", "s is n, and must be less.", range_, out, four(signature=byte_string(r + AT + be32(N)))
