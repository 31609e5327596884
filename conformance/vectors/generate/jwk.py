"""Vectors of `key_from_jwk`."""

import text
from key import OFF_CURVE, ON_CURVE, SHORT_X, SHORT_Y, X_ZERO
from limits import JSON_DEPTH, JSON_MEMBERS
from marked import AT, marked
from p256 import ALICE, P, be32
from text import base64url, mapping, quoted, string
from vector import Operation

JSON, STRINGS, MEMBERS = "RFC 8259, 2", "RFC 8259, 7", "RFC 7517, 4"
KTY, CRV = ("kty", string("EC")), ("crv", string("P-256"))
X, Y = ("x", quoted(base64url(ALICE.x))), ("y", quoted(base64url(ALICE.y)))


def operations():
    op = Operation("key_from_jwk")

    def accept(name, why, data, spec=MEMBERS, key=ALICE):
        op.bytes(name, why, spec, key.sec1, data=data)

    accept("required-members", "Exactly the members that RFC 7638 hashes, in its order.", mapping(CRV, KTY, X, Y), "RFC 7518, 6.2.1")
    accept("members-in-any-order", "The members of an object have no order.", mapping(Y, X, KTY, CRV), "RFC 8259, 4")
    accept("white-space-everywhere", "White space may stand around every token.",
           b" {\n\t" + b" ,\r\n ".join([b'"kty" : "EC"', b'"crv":\t"P-256"', b'"x": ' + X[1].data, b'"y" :' + Y[1].data]) + b" }\r\n ", JSON)
    accept("alg-es256", "alg says what the key is for, and that is ES256.", mapping(KTY, CRV, X, Y, ("alg", string("ES256"))), "RFC 7517, 4.4")
    accept("use-sig", "use says that the key is for signatures.", mapping(KTY, CRV, X, Y, ("use", string("sig"))), "RFC 7517, 4.2")
    accept("key-ops-verify", "key_ops has verify.", mapping(KTY, CRV, X, Y, ("key_ops", b'["verify"]')), "RFC 7517, 4.3")
    accept("key-ops-verify-among-others", "verify may stand anywhere in key_ops.", mapping(KTY, CRV, X, Y, ("key_ops", b'["sign","verify"]')), "RFC 7517, 4.3")
    accept("unknown-members-ignored", "Members that are not understood are ignored.",
           mapping(("kid", string("alice")), KTY, CRV, X, Y, ("x5t", string("AAAA")), ("exp", b"-1.5e+3"), ("ok", b"true"), ("no", b"null")))
    accept("unknown-member-with-values-inside", "A member that is ignored may have any value.", mapping(("ext", b'{"a":[1,{"b":[]}],"a":{}}'), KTY, CRV, X, Y))
    accept("names-written-with-escapes", "A name is what it means, not how it is written.",
           mapping((b"\\u006bty", string("EC")), (b"cr\\u0076", string("P-256")), (b"\\u0078", X[1]), Y), STRINGS)
    accept("values-written-with-escapes", "A value that is no base64 may have escapes.",
           mapping(("kty", b'"\\u0045C"'), ("crv", b'"P\\u002d256"'), X, Y), STRINGS)
    accept("non-ascii-member-ignored", "JSON is UTF-8.", mapping(("Schlüssel", string("für Ä, 鍵, 😀")), KTY, CRV, X, Y), "RFC 8259, 8.1")
    accept("space-and-delete-in-a-string", "U+0020 and U+007F are no controls in JSON.", mapping(("kid", quoted(b" \x7f")), KTY, CRV, X, Y), STRINGS)
    accept("name-differs-in-case", "Names are compared exactly: `D` is not the private part.", mapping(KTY, CRV, X, Y, ("D", string("-"))), MEMBERS)
    accept("x-begins-with-zero", "The text of a coordinate always stands for 32 bytes.",
           mapping(KTY, CRV, ("x", quoted(base64url(SHORT_X.x))), ("y", quoted(base64url(SHORT_X.y)))), "RFC 7518, 6.2.1.2", SHORT_X)
    accept("y-begins-with-zero", "The text of a coordinate always stands for 32 bytes.",
           mapping(KTY, CRV, ("x", quoted(base64url(SHORT_Y.x))), ("y", quoted(base64url(SHORT_Y.y)))), "RFC 7518, 6.2.1.3", SHORT_Y)
    others = [(f"m{n}", b"0") for n in range(JSON_MEMBERS - 4)]
    accept("members-at-the-limit", "32 members are as many as are read.", mapping(KTY, CRV, X, Y, *others), "splitsign limits, JSON_MEMBERS")
    accept("depth-at-the-limit", "A value that is ignored may have 16 levels.", mapping(("ext", text.nested(JSON_DEPTH)), KTY, CRV, X, Y), "splitsign limits, JSON_DEPTH")

    def refuse(name, why, code, data, spec):
        op.refuse(name, why, spec, code, data=data)

    good = mapping(KTY, CRV, X, Y).data
    refuse("empty", "There is no JSON.", "json_truncated", AT, JSON)
    refuse("white-space-only", "There is no value, only white space.", "json_truncated", b" \n" + AT, JSON)
    refuse("closing-brace-missing", "The object does not end.", "json_truncated", good[:-1] + AT, "RFC 8259, 4")
    refuse("ends-within-a-string", "The last string does not end.", "json_truncated", good[:-5] + AT, STRINGS)
    refuse("ends-within-a-word", "The text ends in the middle of `null`.", "json_truncated", good[:-1] + b',"ext":nul' + AT, "RFC 8259, 3")
    refuse("ends-within-a-number", "The text ends behind a decimal point.", "json_truncated", good[:-1] + b',"ext":1.' + AT, "RFC 8259, 6")
    refuse("text-behind-the-object", "Something follows the object.", "json_trailing_characters", good + AT + b"{}", JSON)
    refuse("array", "A key is an object; this is a list of one.", "json_unexpected_type", AT + b"[" + good + b"]", MEMBERS)
    refuse("string", "A key is an object; this is its text in a string.", "json_unexpected_type", AT + string(good.decode()), MEMBERS)
    refuse("key-set", "A JWK Set has keys, and is none.", "key_missing_field", AT + mapping(("keys", b"[" + good + b"]")), "RFC 7517, 5")
    refuse("byte-order-mark", "A byte order mark may not stand before JSON.", "json_unexpected_character", AT + b"\xef\xbb\xbf" + good, "RFC 8259, 8.1")
    refuse("not-utf-8", "A byte of the text is not UTF-8.", "json_invalid_utf8", mapping(KTY, CRV, X, Y, ("kid", quoted(b"caf" + AT + b"\xe9"))), "RFC 8259, 8.1")
    refuse("utf-8-surrogate", "A surrogate encoded as three bytes is not UTF-8.", "json_invalid_utf8", mapping(KTY, CRV, X, Y, ("kid", quoted(AT + b"\xed\xa0\x80"))), "RFC 3629, 3")
    refuse("single-quotes", "Strings have double quotation marks.", "json_unexpected_character", b"{" + AT + b"'kty':'EC'}", STRINGS)
    refuse("name-without-quotes", "A name is a string.", "json_unexpected_character", b"{" + AT + b'kty:"EC"}', "RFC 8259, 4")
    refuse("colon-missing", "A name is followed by a colon.", "json_unexpected_character", b'{"kty" ' + AT + b'"EC"}', "RFC 8259, 4")
    refuse("comma-missing", "Members are separated by commas.", "json_unexpected_character", b'{"kty":"EC" ' + AT + b'"crv":"P-256"}', "RFC 8259, 4")
    refuse("comma-behind-the-last-member", "No comma follows the last member.", "json_unexpected_character", good[:-1] + b"," + AT + b"}", "RFC 8259, 4")
    refuse("comment", "JSON has no comments.", "json_unexpected_character", b"{" + AT + b"/* a key */" + good[1:], JSON)
    refuse("word-misspelt", "`nul` is not `null`.", "json_unexpected_character", mapping(("ext", b"nul" + AT), KTY, CRV, X, Y), "RFC 8259, 3")
    refuse("number-with-leading-zero", "A number does not begin with 0 unless it is 0 or a fraction.", "json_unexpected_character", mapping(("ext", b"0" + AT + b"7"), KTY, CRV, X, Y), "RFC 8259, 6")
    refuse("number-without-digits-behind-the-point", "A decimal point is followed by digits.", "json_unexpected_character", mapping(("ext", b"1." + AT), KTY, CRV, X, Y), "RFC 8259, 6")
    refuse("escape-unknown", "There is no escape `\\x`.", "json_invalid_string", mapping(("kid", quoted(AT + b"\\x41")), KTY, CRV, X, Y), STRINGS)
    refuse("escape-short", "`\\u` is followed by four hexadecimal digits.", "json_invalid_string", mapping(("kid", quoted(AT + b"\\u12g4")), KTY, CRV, X, Y), STRINGS)
    refuse("surrogate-alone", "Half a surrogate pair is no character.", "json_invalid_string", mapping(("kid", quoted(AT + b"\\ud83d")), KTY, CRV, X, Y), STRINGS)
    refuse("line-feed-in-a-string", "Controls in strings are escaped.", "json_invalid_string", mapping(("kid", quoted(b"a" + AT + b"\n")), KTY, CRV, X, Y), STRINGS)
    refuse("unit-separator-in-a-string", "U+001F is the last of the controls.", "json_invalid_string", mapping(("kid", quoted(b"a" + AT + b"\x1f")), KTY, CRV, X, Y), STRINGS)
    refuse("member-twice", "Names are unique.", "json_duplicate_member", mapping(KTY, CRV, X, Y, (AT + b"kty", string("EC"))), MEMBERS)
    refuse("member-twice-with-escapes", "Two names are the same if they mean the same.", "json_duplicate_member", mapping(KTY, CRV, X, Y, (AT + b"\\u0078", X[1])), MEMBERS)
    refuse("unknown-member-twice", "Names are unique, also where they are not understood.", "json_duplicate_member", mapping(("a", b"1"), KTY, CRV, X, Y, (AT + b"a", b"1")), MEMBERS)
    refuse("one-member-too-many", "33 members are one more than are read.", "limit_exceeded", mapping(KTY, CRV, X, Y, *others, (AT + b"last", b"0")), "splitsign limits, JSON_MEMBERS")
    refuse("one-level-too-many", "A value that is ignored has 17 levels.", "json_too_deep",
           mapping(("ext", b"[" * JSON_DEPTH + AT + b"[]" + b"]" * JSON_DEPTH), KTY, CRV, X, Y), "splitsign limits, JSON_DEPTH")

    for name, why, value, code in [
        ("kty-okp", "An OKP key is no ECDSA key.", quoted(AT + b"OKP"), "key_wrong_algorithm"),
        ("kty-rsa", "An RSA key is no ECDSA key.", quoted(AT + b"RSA"), "key_wrong_algorithm"),
        ("kty-in-lower-case", "The value of kty is case-sensitive.", quoted(AT + b"ec"), "key_wrong_algorithm"),
        ("kty-null", "kty is a string.", AT + b"null", "json_unexpected_type"),
    ]:
        refuse(name, why, code, mapping(("kty", value), CRV, X, Y), "RFC 7517, 4.1")
    refuse("crv-p-384", "The curve is P-384.", "key_wrong_algorithm", mapping(KTY, ("crv", quoted(AT + b"P-384")), X, Y), "RFC 7518, 6.2.1.1")
    refuse("crv-secp256k1", "The curve is secp256k1.", "key_wrong_algorithm", mapping(KTY, ("crv", quoted(AT + b"secp256k1")), X, Y), "RFC 8812, 3.1")
    refuse("crv-number", "crv is a string.", "json_unexpected_type", mapping(KTY, ("crv", AT + b"256"), X, Y), "RFC 7518, 6.2.1.1")
    refuse("alg-es384", "The key is for another algorithm.", "key_wrong_algorithm", mapping(KTY, CRV, X, Y, ("alg", quoted(AT + b"ES384"))), "RFC 7517, 4.4")
    refuse("alg-ecdh-es", "The key is for key agreement.", "key_wrong_algorithm", mapping(KTY, CRV, X, Y, ("alg", quoted(AT + b"ECDH-ES"))), "RFC 7517, 4.4")
    refuse("use-enc", "The key is for encryption.", "key_wrong_use", mapping(KTY, CRV, X, Y, ("use", quoted(AT + b"enc"))), "RFC 7517, 4.2")
    refuse("key-ops-sign-only", "key_ops does not have verify.", "key_wrong_use", mapping(KTY, CRV, X, Y, ("key_ops", AT + b'["sign"]')), "RFC 7517, 4.3")
    refuse("key-ops-empty", "key_ops allows nothing.", "key_wrong_use", mapping(KTY, CRV, X, Y, ("key_ops", AT + b"[]")), "RFC 7517, 4.3")
    refuse("key-ops-a-string", "key_ops is an array.", "json_unexpected_type", mapping(KTY, CRV, X, Y, ("key_ops", AT + b'"verify"')), "RFC 7517, 4.3")
    refuse("key-ops-with-a-number", "key_ops has strings.", "json_unexpected_type", mapping(KTY, CRV, X, Y, ("key_ops", b'["verify",' + AT + b"2]")), "RFC 7517, 4.3")
    refuse("private-part", "d is the private key.", "key_is_private", mapping(KTY, CRV, X, Y, (AT + b"d", quoted(base64url(bytes(31) + b"\x01")))), "RFC 7518, 6.2.2.1")
    refuse("private-part-with-escapes", "A name is what it means: this is d.", "key_is_private", mapping(KTY, CRV, X, Y, (AT + b"\\u0064", b'""')), "RFC 7518, 6.2.2.1")
    for missing, rest in [("kty", (CRV, X, Y)), ("crv", (KTY, X, Y)), ("x", (KTY, CRV, Y)), ("y", (KTY, CRV, X))]:
        spec = {"kty": "RFC 7517, 4.1", "crv": "RFC 7518, 6.2.1.1", "x": "RFC 7518, 6.2.1.2", "y": "RFC 7518, 6.2.1.3"}[missing]
        refuse(f"{missing}-missing", f"{missing} is required.", "key_missing_field", AT + mapping(*rest), spec)
    refuse("everything-missing", "An empty object is no key.", "key_missing_field", b" " + AT + b"{}", MEMBERS)

    for name, spec, other, at_x in [("x", "RFC 7518, 6.2.1.2", Y, True), ("y", "RFC 7518, 6.2.1.3", X, False)]:
        full = base64url(ALICE.x if at_x else ALICE.y).data

        def with_(value):
            return mapping(KTY, CRV, *((name, value), other) if at_x else (other, (name, value)))

        refuse(f"{name}-without-its-last-character", "A coordinate of 32 bytes has 43 characters.", "key_wrong_length", with_(quoted(AT + full[:-1])), spec)
        refuse(f"{name}-padded", "Base64url has no padding here.", "key_wrong_length", with_(quoted(AT + full + b"=")), "RFC 7515, 2")
        refuse(f"{name}-of-33-bytes", "A leading zero more is one too many.", "key_wrong_length", with_(quoted(AT + base64url(b"\x00" + (ALICE.x if at_x else ALICE.y)).data)), spec)
        refuse(f"{name}-in-the-other-alphabet", "`+` is not in the alphabet of base64url.", "base64_invalid_character", with_(quoted(full[:7] + AT + b"+" + full[8:])), "RFC 4648, 5")
        refuse(f"{name}-with-stray-bits", "The last two bits of the last character stand for nothing and are zero.", "base64_non_canonical",
               with_(quoted(full[:-1] + AT + stray(full[-1:]))), "RFC 4648, 3.5")
        refuse(f"{name}-with-an-escape", "Base64 is written without escapes.", "json_unexpected_escape", with_(quoted(AT + b"\\u%04x" % full[0] + full[1:])), "splitsign, base64 in JSON")
        refuse(f"{name}-a-number", "A coordinate is a string.", "json_unexpected_type", with_(marked(AT + b"1")), spec)
    refuse("point-off-the-curve", "One bit of y is changed.", "key_invalid_point",
           mapping(KTY, CRV, ("x", quoted(AT + base64url(be32(OFF_CURVE[0])).data)), ("y", quoted(base64url(be32(OFF_CURVE[1]))))), ON_CURVE)
    refuse("x-is-p", "x is p, but a coordinate is below p.", "key_invalid_point",
           mapping(KTY, CRV, ("x", quoted(AT + base64url(be32(P)).data)), ("y", quoted(base64url(be32(X_ZERO[1]))))), "SEC 1 version 2.0, 2.3.4")
    return [op]


def stray(last):
    """The character with its lowest bit set; 43 characters leave two bits over."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    value = alphabet.index(last)
    assert value % 4 == 0
    return alphabet[value + 1:value + 2]
