"""What is wrong with a JWS as such: refused by whoever reads it, with a key or without."""

import der
from jws_object import CHAIN, CRIT_B64, KID, PAYLOAD, compact, flattened, header, signature_of, unencoded, x5c
from limits import CHAIN_CERTIFICATES, CONTENT_TYPE_BYTES, JSON_DEPTH, JSON_MEMBERS, KEY_ID_BYTES
from marked import AT, join, plain
from p256 import N, be32
from text import base64, base64url, mapping, quoted, string

COMPACT, FLATTENED, HEADER = "RFC 7515, 7.1", "RFC 7515, 7.2.2", "RFC 7515, 4"
JSON, STRINGS, MEMBERS = "RFC 8259, 2", "RFC 8259, 7", "RFC 8259, 4"
URL_SAFE, CANONICAL, NO_PADDING = "RFC 4648, 5", "RFC 4648, 3.5", "RFC 7515, 2"
SIGNATURE = signature_of(header(), PAYLOAD)


def parts(protected=None, payload=None, signature=None):
    """A compact token, of parts as they are."""
    whole = [base64url(header()), base64url(PAYLOAD), base64url(SIGNATURE)]
    return join([given if given is not None else good for given, good in zip((protected, payload, signature), whole)], b".")


def stray(encoded):
    """The same text with the lowest bit of its last character set, which stands for nothing; the mark at that character."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(plain(encoded)[-1:])
    assert len(plain(encoded)) % 4 and last % 4 == 0
    return plain(encoded)[:-1] + AT + alphabet[last + 1:last + 2]


def faults():
    """(name, why, spec, code, object)"""
    yield from division()
    yield from encoding()
    yield from header_json()
    yield from algorithm()
    yield from critical()
    yield from parameters()
    yield from signatures()
    yield from json_serialization()
    yield from unprotected_header()


def division():
    code, good = "jws_invalid_compact", compact().data
    yield "empty", "There is no token.", COMPACT, code, AT
    yield "one-part", "There is no dot.", COMPACT, code, base64url(header()).data + AT
    yield "two-parts", "The signature is missing, and its dot, too.", COMPACT, code, good[:good.rindex(b".")] + AT
    yield "four-parts", "There is a third dot.", COMPACT, code, good + AT + b"." + b"AAAA"
    yield "five-parts", "Five parts are a JWE.", "RFC 7516, 7.1", code, good + AT + b".AAAA.AAAA"
    yield "dot-at-the-end", "There is a third dot, and nothing behind it.", COMPACT, code, good + AT + b"."
    dotted = unencoded()
    yield "unencoded-payload-with-a-dot", "A payload with a dot cannot stand in compact form.", "RFC 7797, 5.2", code, \
        join([base64url(dotted), b"a.b" + AT, base64url(signature_of(dotted, b"a.b", False))], b".")


def encoding():
    character, length, bits = "base64_invalid_character", "base64_invalid_length", "base64_non_canonical"
    protected, payload = base64url(header()).data, base64url(PAYLOAD).data
    two_over = base64url(header(("kid", string("a")))).data  # leaves a group that is not full
    yield "header-padded", "Base64url has no padding here.", NO_PADDING, character, parts(two_over + AT + b"=" * (-len(two_over) % 4))
    yield "header-with-a-space", "White space is not in the alphabet.", "RFC 4648, 3.3", character, parts(protected[:4] + AT + b" " + protected[5:])
    yield "header-in-the-other-alphabet", "`+` is not in the alphabet of base64url.", URL_SAFE, character, parts(protected[:4] + AT + b"+" + protected[5:])
    yield "header-of-impossible-length", "One character is left over, which cannot be.", "RFC 4648, 4", length, parts(protected + b"A" + AT)
    yield "header-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, bits, parts(stray(two_over))
    yield "payload-padded", "Base64url has no padding here.", NO_PADDING, character, parts(payload=base64url(b"four").data + AT + b"==")
    yield "payload-with-a-line-break", "A line break is not in the alphabet.", "RFC 4648, 3.1", character, parts(payload=payload[:8] + AT + b"\n" + payload[9:])
    yield "payload-in-the-other-alphabet", "`/` is not in the alphabet of base64url.", URL_SAFE, character, parts(payload=payload[:8] + AT + b"/" + payload[9:])
    yield "payload-of-impossible-length", "One character is left over, which cannot be.", "RFC 4648, 4", length, parts(payload=b"AAAAA" + AT)
    yield "payload-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, bits, parts(payload=stray(base64url(b"four")))
    yield "payload-not-encoded", "b64 is not false, so the payload must be encoded.", "RFC 7515, 7.1", character, parts(payload=b"hello" + AT + b" world")
    signature = base64url(SIGNATURE).data
    yield "signature-in-the-other-alphabet", "`+` is not in the alphabet of base64url.", URL_SAFE, character, parts(signature=signature[:8] + AT + b"+" + signature[9:])
    yield "signature-of-impossible-length", "One character is left over, which cannot be.", "RFC 4648, 4", length, parts(signature=signature + b"AAA" + AT)
    yield "signature-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, bits, parts(signature=stray(signature))


def header_json():
    def token(text_):
        return compact(text_)

    good = header().data
    yield "header-empty", "There is no header.", JSON, "json_truncated", token(AT)
    yield "header-ends-too-early", "The closing brace is missing.", JSON, "json_truncated", token(good[:-1] + AT)
    yield "header-ends-within-a-word", "The header ends in the middle of `true`.", "RFC 8259, 3", "json_truncated", token(good[:-1] + b',"x":tr' + AT)
    yield "header-ends-within-a-number", "The header ends behind a minus sign.", "RFC 8259, 6", "json_truncated", token(good[:-1] + b',"x":-' + AT)
    yield "header-with-something-behind", "Something follows the object.", JSON, "json_trailing_characters", token(good + AT + b"{}")
    yield "header-an-array", "A header is an object.", HEADER, "json_unexpected_type", token(AT + b"[" + good + b"]")
    yield "header-not-utf-8", "A header is UTF-8.", HEADER, "json_invalid_utf8", token(header(("kid", quoted(b"caf" + AT + b"\xe9"))))
    yield "header-with-a-byte-order-mark", "A byte order mark may not stand before JSON.", "RFC 8259, 8.1", "json_unexpected_character", token(AT + b"\xef\xbb\xbf" + good)
    yield "header-with-single-quotes", "Strings have double quotation marks.", STRINGS, "json_unexpected_character", token(b"{" + AT + b"'alg':'ES256'}")
    yield "header-with-a-comma-at-the-end", "No comma follows the last member.", MEMBERS, "json_unexpected_character", token(good[:-1] + b"," + AT + b"}")
    yield "header-with-a-control", "Controls in strings are escaped.", STRINGS, "json_invalid_string", token(header(("kid", quoted(b"a" + AT + b"\x00"))))
    yield "header-with-half-a-surrogate-pair", "Half a surrogate pair is no character.", STRINGS, "json_invalid_string", token(header(("kid", quoted(AT + b"\\udc00"))))
    yield "header-parameter-twice", "Names are unique.", HEADER, "json_duplicate_member", token(header(("kid", string("a")), (AT + b"kid", string("b"))))
    yield "alg-twice-with-escapes", "Two names are the same if they mean the same.", HEADER, "json_duplicate_member", token(header((AT + b"\\u0061lg", string("none"))))
    yield "header-one-level-too-deep", "A value that is ignored has 17 levels.", "splitsign limits, JSON_DEPTH", "json_too_deep", token(header(("x", b"[" * JSON_DEPTH + AT + b"[]" + b"]" * JSON_DEPTH)))
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 1)]
    yield "header-one-parameter-too-many", "The header has 33 parameters.", "splitsign limits, JSON_MEMBERS", "limit_exceeded", token(header(*others, (AT + b"last", b"0")))


def algorithm():
    spec, missing, unsupported = "RFC 7515, 4.1.1", "jws_missing_algorithm", "jws_unsupported_algorithm"
    yield "alg-missing", "alg is required.", spec, missing, compact(AT + mapping(("kid", string("a"))))
    yield "header-object-empty", "alg is required.", spec, missing, compact(AT + b"{}")
    yield "alg-in-other-case", "Names are compared exactly: `ALG` is not alg.", spec, missing, compact(AT + mapping(("ALG", string("ES256"))))
    for name, why, value in [
        ("none", "An unsecured JWS is none.", b"none"),
        ("hs256", "HS256 would take the public key for a secret.", b"HS256"),
        ("es384", "ES384 is not ES256.", b"ES384"),
        ("eddsa", "EdDSA is not ES256.", b"EdDSA"),
        ("in-lower-case", "The value of alg is case-sensitive.", b"es256"),
        ("with-a-space", "`ES256 ` is not ES256.", b"ES256 "),
        ("empty", "An empty alg is not ES256.", b""),
    ]:
        yield f"alg-{name}", why, "RFC 7518, 3.6" if name == "none" else spec, unsupported, compact(mapping(("alg", quoted(AT + value))))
    yield "alg-a-number", "alg is a string.", spec, "json_unexpected_type", compact(mapping(("alg", AT + b"-7")))
    yield "alg-null", "alg is a string.", spec, "json_unexpected_type", compact(mapping(("alg", AT + b"null")))


def critical():
    spec, invalid, unknown, kind = "RFC 7515, 4.1.11", "jws_invalid_critical", "jws_unknown_critical", "json_unexpected_type"
    b64 = ("b64", b"true")
    yield "critical-and-unknown", "crit names an extension that is not understood.", spec, unknown, compact(header(("crit", b"[" + quoted(AT + b"exp") + b"]"), ("exp", b"1")))
    yield "critical-and-unknown-behind-b64", "Each name in crit must be understood.", spec, unknown, compact(header(b64, ("crit", b'["b64",' + quoted(AT + b"exp") + b"]"), ("exp", b"1")))
    yield "critical-empty", "crit must not be empty.", spec, invalid, compact(header(("crit", AT + b"[]")))
    yield "critical-and-registered", "crit must not name parameters of RFC 7515.", spec, invalid, compact(header(("crit", b"[" + quoted(AT + b"alg") + b"]")))
    yield "critical-and-absent", "crit names b64, which is not there.", spec, invalid, compact(header(("crit", b"[" + quoted(AT + b"b64") + b"]")))
    yield "critical-twice", "crit must not name anything twice.", spec, invalid, compact(header(b64, ("crit", b'["b64",' + quoted(AT + b"b64") + b"]")))
    yield "critical-a-string", "crit is an array.", spec, kind, compact(header(b64, ("crit", AT + b'"b64"')))
    yield "critical-with-a-number", "crit has strings.", spec, kind, compact(header(b64, ("crit", b"[" + AT + b"1]")))
    yield "b64-not-critical", "b64 must be critical, or old software would take the payload for base64url.", "RFC 7797, 6", invalid, compact(header((AT + b"b64", b"false")), encoded=False, payload=b"hello")
    yield "b64-true-not-critical", "b64 must be critical whatever it says.", "RFC 7797, 6", invalid, compact(header((AT + b"b64", b"true")))
    yield "b64-a-string", "b64 is true or false, without quotation marks.", "RFC 7797, 3", kind, compact(header(("b64", AT + b'"false"'), CRIT_B64))
    yield "b64-a-number", "b64 is true or false, not 0.", "RFC 7797, 3", kind, compact(header(("b64", AT + b"0"), CRIT_B64))


def parameters():
    kind, limit = "json_unexpected_type", "limit_exceeded"
    for name, section, bytes_, constant in [
        ("kid", "4.1.4", KEY_ID_BYTES, "KEY_ID_BYTES"), ("typ", "4.1.9", CONTENT_TYPE_BYTES, "CONTENT_TYPE_BYTES"), ("cty", "4.1.10", CONTENT_TYPE_BYTES, "CONTENT_TYPE_BYTES"),
    ]:
        yield f"{name}-a-number", f"{name} is a string.", f"RFC 7515, {section}", kind, compact(header((name, AT + b"1")))
        yield f"{name}-beyond-the-limit", f"{name} has 1025 bytes.", f"splitsign limits, {constant}", limit, compact(header((name, quoted(AT + b"k" * (bytes_ + 1)))))
    yield "kid-beyond-the-limit-in-utf-8", "kid has 513 characters of two bytes each.", "splitsign limits, KEY_ID_BYTES", limit, compact(header(("kid", quoted(AT + "é".encode() * (KEY_ID_BYTES // 2 + 1)))))
    yield "kid-beyond-the-limit-after-unescaping", "kid has 1025 characters, all of them written as escapes.", "splitsign limits, KEY_ID_BYTES", limit, compact(header(("kid", quoted(AT + b"\\u006b" * (KEY_ID_BYTES + 1)))))
    spec = "RFC 7515, 4.1.6"
    leaf = base64(CHAIN[0])
    assert leaf.endswith(b"=")
    yield "chain-empty", "A chain has at least one certificate.", spec, "chain_empty", compact(header(("x5c", AT + b"[]")))
    eleven = [der.certificate(f"certificate {n}") for n in range(CHAIN_CERTIFICATES + 1)]
    yield "chain-beyond-the-limit", "The chain has eleven certificates.", "splitsign limits, CHAIN_CERTIFICATES", "chain_too_long", compact(header(("x5c", AT + x5c(eleven))))
    yield "chain-a-string", "x5c is an array.", spec, kind, compact(header(("x5c", AT + quoted(leaf))))
    yield "chain-with-null", "x5c has strings.", spec, kind, compact(header(("x5c", b"[" + quoted(leaf) + b"," + AT + b"null]")))
    url_safe = b"MA-_"
    yield "certificate-in-base64url", "x5c is base64, not base64url.", spec, "base64_invalid_character", compact(header(("x5c", b"[" + quoted(url_safe[:2] + AT + url_safe[2:]) + b"]")))
    yield "certificate-without-padding", "x5c is base64, which is padded.", spec, "base64_invalid_length", compact(header(("x5c", b"[" + quoted(leaf.rstrip(b"=") + AT) + b"]")))
    yield "certificate-with-line-breaks", "A line break would have to be escaped, and is not base64.", spec, "json_unexpected_escape", compact(header(("x5c", b"[" + quoted(AT + leaf[:8] + b"\\n" + leaf[8:]) + b"]")))
    yield "certificate-with-escaped-slash", "Base64 is written without escapes.", "splitsign, base64 in JSON", "json_unexpected_escape", compact(header(("x5c", b"[" + quoted(AT + b"MA\\/\\/") + b"]")))
    yield "certificate-with-stray-bits", "The last bits stand for nothing and are not zero.", CANONICAL, "base64_non_canonical", compact(header(("x5c", b"[" + quoted(b"M" + AT + b"B==") + b"]")))


def signatures():
    raw_form, range_, wrong, out = "RFC 7518, 3.4", "FIPS 186-5, 6.4.2", "signature_wrong_length", "signature_out_of_range"
    r, s = SIGNATURE[:32], SIGNATURE[32:]
    number = int.from_bytes(b"\xc0" + bytes(31), "big")
    # The offset is where the text of the signature begins: no single character of it is at fault.
    for name, why, signature in [
        ("signature-empty", "There is no signature.", b""),
        ("signature-one-byte-short", "s has 31 bytes.", SIGNATURE[:-1]),
        ("signature-one-byte-long", "A byte follows s.", SIGNATURE + b"\x00"),
        ("signature-in-der", "The signature is r‖s, not DER.", plain(der.signature(number, number))),
    ]:
        yield name, why, raw_form, wrong, parts(signature=AT + base64url(signature).data)
    yield "line-feed-at-the-end", "The line feed counts as an 87th character, so there are 65 bytes.", raw_form, wrong, parts(signature=AT + base64url(SIGNATURE).data + b"\n")
    for name, why, signature in [
        ("r-zero", "r is zero.", bytes(32) + s),
        ("s-zero", "s is zero.", r + bytes(32)),
        ("r-the-order", "r is n, and must be less.", be32(N) + s),
        ("s-the-order", "s is n, and must be less.", r + be32(N)),
    ]:
        yield name, why, range_, out, parts(signature=AT + base64url(signature).data)


def json_serialization():
    good = flattened().data
    payload, protected, signature = quoted(base64url(PAYLOAD)), quoted(base64url(header())), quoted(base64url(SIGNATURE))
    kind = "json_unexpected_type"

    def object_(payload=payload, protected=protected, signature=signature):
        return mapping(("payload", payload), ("protected", protected), ("signature", signature))

    yield "json-ends-too-early", "The closing brace is missing.", JSON, "json_truncated", good[:-1] + AT
    yield "json-with-something-behind", "Something follows the object.", JSON, "json_trailing_characters", good + b"\n" + AT + b"."
    yield "json-not-utf-8", "The object is UTF-8.", "RFC 8259, 8.1", "json_invalid_utf8", mapping(("payload", payload), ("protected", protected), ("signature", signature), ("x", quoted(AT + b"\xff")))
    yield "json-without-a-colon", "A name is followed by a colon.", MEMBERS, "json_unexpected_character", b'{"payload"' + AT + b"," + payload + b"}"
    yield "json-member-twice", "Names are unique.", MEMBERS, "json_duplicate_member", flattened(more=((AT + b"payload", payload),))
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 3)]
    yield "json-one-member-too-many", "The object has 33 members.", "splitsign limits, JSON_MEMBERS", "limit_exceeded", flattened(more=(*others, (AT + b"last", b"0")))
    yield "json-one-level-too-deep", "A member that is ignored has 17 levels.", "splitsign limits, JSON_DEPTH", "json_too_deep", flattened(more=(("x", b"[" * JSON_DEPTH + AT + b"[]" + b"]" * JSON_DEPTH),))
    yield "json-general", "The general serialization, for several signatures, is not supported.", "RFC 7515, 7.2.1", "jws_general_serialization", \
        mapping(("payload", payload), (AT + b"signatures", b"[" + mapping(("protected", protected), ("signature", signature)) + b"]"))
    yield "json-signature-missing", "signature is required.", FLATTENED, "json_missing_member", AT + mapping(("payload", payload), ("protected", protected))
    yield "json-protected-missing", "Without a protected header there is no protected alg.", FLATTENED, "jws_missing_algorithm", AT + mapping(("payload", payload), ("signature", signature))
    yield "json-alg-unprotected", "alg is there, but not protected.", FLATTENED, "jws_missing_algorithm", b" " + AT + mapping(("payload", payload), ("header", header()), ("signature", signature))
    yield "json-protected-an-object", "protected is base64url in a string.", FLATTENED, kind, object_(protected=AT + header())
    yield "json-payload-null", "payload is a string, or absent.", FLATTENED, kind, object_(payload=AT + b"null")
    yield "json-signature-a-number", "signature is a string.", FLATTENED, kind, object_(signature=AT + b"1")
    escaped = "splitsign, base64 in JSON"
    yield "json-protected-with-an-escape", "Base64 is written without escapes.", escaped, "json_unexpected_escape", object_(protected=quoted(AT + b"\\u0065" + base64url(header()).data[1:]))
    yield "json-signature-with-an-escape", "Base64 is written without escapes.", escaped, "json_unexpected_escape", object_(signature=quoted(AT + b"\\u0041" + base64url(SIGNATURE).data[1:]))
    yield "json-payload-with-an-escape", "Base64 is written without escapes.", escaped, "json_unexpected_escape", object_(payload=quoted(AT + b"\\u0041AAA"))
    yield "json-payload-in-the-other-alphabet", "`+` is not in the alphabet of base64url.", URL_SAFE, "base64_invalid_character", object_(payload=quoted(b"AA" + AT + b"+A"))
    yield "json-payload-not-encoded", "b64 is not false, so the payload must be encoded.", FLATTENED, "base64_invalid_character", object_(payload=quoted(b"hello" + AT + b" world"))
    yield "json-header-parameter-of-wrong-type", "The offset is the character that holds the first bits of the byte.", "RFC 7515, 4.1.4", kind, flattened(header(("kid", AT + b"1")))
    yield "json-signature-one-byte-short", "s has 31 bytes.", "RFC 7518, 3.4", "signature_wrong_length", object_(signature=quoted(AT + base64url(SIGNATURE[:-1]).data))


def unprotected_header():
    spec = "RFC 7515, 7.2.1"
    yield "parameter-in-both-headers", "Names are unique across both headers.", spec, "jws_duplicate_parameter", flattened(header(("kid", string(KID))), unprotected=mapping((AT + b"kid", string(KID))))
    yield "alg-in-both-headers", "alg is protected, and then again not.", spec, "jws_duplicate_parameter", flattened(unprotected=mapping((AT + b"alg", string("ES256"))))
    yield "parameter-in-both-headers-with-escapes", "Two names are the same if they mean the same.", spec, "jws_duplicate_parameter", flattened(header(("kid", string(KID))), unprotected=mapping((AT + b"k\\u0069d", string(KID))))
    yield "unknown-parameter-in-both-headers", "Names are unique, also where they are not understood.", spec, "jws_duplicate_parameter", flattened(header(("x", b"1")), unprotected=mapping((AT + b"x", b"1")))
    yield "parameter-twice-in-the-unprotected-header", "Names are unique.", HEADER, "json_duplicate_member", flattened(unprotected=mapping(("kid", string("a")), (AT + b"kid", string("b"))))
    yield "critical-unprotected", "crit must be protected.", "RFC 7515, 4.1.11", "jws_invalid_critical", flattened(unprotected=mapping((AT + b"crit", b'["b64"]')))
    yield "b64-unprotected", "b64 must be protected.", "RFC 7797, 3", "jws_invalid_header", flattened(unprotected=mapping((AT + b"b64", b"true")))
    yield "unprotected-header-an-array", "header is an object.", FLATTENED, "json_unexpected_type", flattened(unprotected=AT + b"[]")
    yield "unprotected-header-a-string", "header is an object, not base64url.", FLATTENED, "json_unexpected_type", flattened(unprotected=AT + quoted(base64url(mapping(("kid", string("a"))))))
    yield "unprotected-kid-a-number", "kid is a string, in either header.", "RFC 7515, 4.1.4", "json_unexpected_type", flattened(unprotected=mapping(("kid", AT + b"1")))
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 1)]
    yield "headers-one-parameter-too-many", "Both headers together have 33 parameters.", "splitsign limits, JSON_MEMBERS", "limit_exceeded", flattened(header(*others[:10]), unprotected=mapping(*others[10:], (AT + b"last", b"0")))
