"""Vectors of `key_from_cose_key`."""

import cbor
from cbor import byte_string, integer, mapping, text_string
from key import EVEN, ODD, OFF_CURVE, OFF_CURVE_X, ON_CURVE, SHORT_X, SHORT_Y, X_ZERO
from limits import CBOR_DEPTH, COSE_LABELS
from marked import AT
from p256 import ALICE, P, be32, compressed
from vector import Operation

EC2, COMMON, WELL_FORMED = "RFC 9053, 7.1.1", "RFC 9052, 7.1", "RFC 8949, 3"
KTY, ALG, CRV = (integer(1), integer(2)), (integer(3), integer(-7)), (integer(-1), integer(1))
X, Y = (integer(-2), byte_string(ALICE.x)), (integer(-3), byte_string(ALICE.y))


def operations():
    op = Operation("key_from_cose_key")

    def accept(name, why, data, spec=EC2, key=ALICE):
        op.bytes(name, why, spec, key.sec1, data=data)

    accept("ec2-key-with-alg", "kty, alg, crv, x and y, in deterministic order.", mapping(KTY, ALG, CRV, X, Y))
    accept("ec2-key-without-alg", "alg may be absent.", mapping(KTY, CRV, X, Y), COMMON)
    accept("labels-in-any-order", "The order of the labels is not looked at.", mapping(Y, X, CRV, KTY), "RFC 8949, 3.1")
    accept("y-even", "y may be given by its sign: false is the even root.", mapping(KTY, CRV, (integer(-2), byte_string(EVEN.x)), (integer(-3), cbor.FALSE)), EC2, EVEN)
    accept("y-odd", "y may be given by its sign: true is the odd root.", mapping(KTY, CRV, (integer(-2), byte_string(ODD.x)), (integer(-3), cbor.TRUE)), EC2, ODD)
    accept("key-ops-verify", "key_ops has verify, by its number.", mapping(KTY, (integer(4), cbor.array(integer(2))), CRV, X, Y), COMMON)
    accept("key-ops-verify-as-text", "key_ops may have text.", mapping(KTY, (integer(4), cbor.array(text_string("verify"))), CRV, X, Y), COMMON)
    accept("key-ops-verify-among-others", "verify may stand anywhere in key_ops.", mapping(KTY, (integer(4), cbor.array(integer(1), integer(2))), CRV, X, Y), COMMON)
    accept("kid-ignored", "kid names the key and does not change it.", mapping(KTY, (integer(2), byte_string(b"alice")), CRV, X, Y), COMMON)
    accept("unknown-labels-ignored", "Labels that are not understood are ignored, text or number.",
           mapping(KTY, CRV, X, Y, (text_string("note"), text_string("hello")), (integer(-70000), cbor.NULL), (integer(99), b"\xfb" + bytes(8))), COMMON)
    accept("x-begins-with-zero", "A coordinate has 32 bytes, whatever they are.", mapping(KTY, CRV, (integer(-2), byte_string(SHORT_X.x)), (integer(-3), byte_string(SHORT_X.y))), EC2, SHORT_X)
    accept("y-begins-with-zero", "A coordinate has 32 bytes, whatever they are.", mapping(KTY, CRV, (integer(-2), byte_string(SHORT_Y.x)), (integer(-3), byte_string(SHORT_Y.y))), EC2, SHORT_Y)
    accept("unknown-value-with-equal-keys", "Equal keys inside a value that is ignored are not looked for.", mapping(KTY, CRV, X, Y, (integer(9), mapping((integer(1), integer(1)), (integer(1), integer(2))))), "splitsign, values that are stepped over")
    accept("depth-at-the-limit", "A value that is ignored may have 8 levels.", mapping(KTY, CRV, X, Y, (integer(9), cbor.nested(CBOR_DEPTH))), "splitsign limits, CBOR_DEPTH")
    others = [(integer(100 + n), integer(0)) for n in range(COSE_LABELS - 4)]
    accept("labels-at-the-limit", "32 labels are as many as are read.", mapping(KTY, CRV, X, Y, *others), "splitsign limits, COSE_LABELS")

    def refuse(name, why, code, data, spec):
        op.refuse(name, why, spec, code, data=data)

    good = mapping(KTY, CRV, X, Y).data
    refuse("empty", "There is no CBOR.", "cbor_truncated", AT, WELL_FORMED)
    refuse("last-byte-missing", "y has a byte less than its length says.", "cbor_truncated", good[:-1] + AT, WELL_FORMED)
    refuse("one-entry-missing", "The map says five entries and has four.", "cbor_truncated", b"\xa5" + good[1:] + AT, WELL_FORMED)
    refuse("byte-behind-the-map", "One byte follows the key.", "cbor_trailing_bytes", good + AT + b"\x00", "RFC 8949, Appendix F")
    refuse("array", "A COSE_Key is a map.", "cbor_unexpected_type", AT + cbor.array(integer(1), integer(2)), "RFC 9052, 7")
    refuse("key-in-a-byte-string", "A COSE_Key is a map, not a byte string that holds one.", "cbor_unexpected_type", AT + byte_string(good), "RFC 9052, 7")
    refuse("key-set", "A COSE_KeySet is an array of keys.", "cbor_unexpected_type", AT + cbor.array(good), "RFC 9052, 7")
    refuse("tagged", "A COSE_Key has no tag.", "cbor_unexpected_type", AT + cbor.head(cbor.TAG, 18) + good, "RFC 9052, 7")
    refuse("indefinite-map", "Maps have definite lengths.", "cbor_indefinite_length", AT + b"\xbf" + good[1:] + b"\xff", "RFC 8949, 4.2.1")
    refuse("indefinite-byte-string", "Strings have definite lengths.", "cbor_indefinite_length", mapping(KTY, CRV, X, (integer(-3), AT + b"\x5f" + byte_string(ALICE.y) + b"\xff")), "RFC 8949, 4.2.1")
    refuse("map-head-not-minimal", "Four entries need no second byte.", "cbor_non_minimal", AT + cbor.head(cbor.MAP, 4, 1) + good[1:], "RFC 8949, 4.2.1")
    refuse("label-not-minimal", "The label 1 needs no second byte.", "cbor_non_minimal", mapping((AT + cbor.head(cbor.UNSIGNED, 1, 1), integer(2)), CRV, X, Y), "RFC 8949, 4.2.1")
    refuse("value-not-minimal", "The value 2 needs no second byte.", "cbor_non_minimal", mapping((integer(1), AT + cbor.head(cbor.UNSIGNED, 2, 1)), CRV, X, Y), "RFC 8949, 4.2.1")
    refuse("length-not-minimal", "The length 32 needs one byte and has two.", "cbor_non_minimal", mapping(KTY, CRV, X, (integer(-3), AT + cbor.head(cbor.BYTES, 32, 2) + ALICE.y)), "RFC 8949, 4.2.1")
    refuse("reserved-head", "The additional information 28 is reserved.", "cbor_reserved", mapping(KTY, CRV, X, Y, (integer(9), AT + b"\x1c")), WELL_FORMED)
    refuse("simple-value-too-small", "Simple values below 32 have one byte.", "cbor_reserved", mapping(KTY, CRV, X, Y, (integer(9), AT + b"\xf8\x14")), "RFC 8949, 3.3")
    refuse("break-alone", "A break stands in no item of indefinite length.", "cbor_indefinite_length", mapping(KTY, CRV, X, Y, (integer(9), AT + b"\xff")), "RFC 8949, 3.2.1")
    refuse("text-label-not-utf-8", "A text string is UTF-8.", "cbor_invalid_utf8", mapping(KTY, CRV, X, Y, (text_string(b"a" + AT + b"\xff"), integer(0))), "RFC 8949, 3.1")
    refuse("length-beyond-everything", "The length is 2^64 − 1.", "cbor_truncated", mapping(KTY, CRV, X, (integer(-3), cbor.head(cbor.BYTES, 2**64 - 1) + ALICE.y)) + AT, WELL_FORMED)
    refuse("map-beyond-everything", "A value that is ignored says 2^63 entries and has none.", "cbor_truncated", mapping(KTY, CRV, X, Y, (integer(9), cbor.head(cbor.MAP, 2**63))) + AT, WELL_FORMED)
    refuse("label-a-byte-string", "A label is an integer or text.", "cbor_unexpected_type", mapping(KTY, CRV, X, Y, (AT + byte_string(b"a"), integer(0))), "RFC 9052, 7")
    refuse("one-level-too-many", "A value that is ignored has 9 levels.", "cbor_too_deep", mapping(KTY, CRV, X, Y, (integer(9), cbor.nested(CBOR_DEPTH, AT + cbor.nested(1)))), "splitsign limits, CBOR_DEPTH")
    refuse("one-label-too-many", "33 labels are one more than are read.", "limit_exceeded", mapping(KTY, CRV, X, Y, *others, (AT + integer(200), integer(0))), "splitsign limits, COSE_LABELS")
    refuse("label-twice", "Labels are unique.", "key_duplicate_field", mapping(KTY, CRV, X, Y, (AT + integer(1), integer(2))), "RFC 9052, 9")
    refuse("unknown-label-twice", "Labels are unique, also where they are not understood.", "key_duplicate_field", mapping((text_string("a"), integer(1)), KTY, CRV, X, Y, (AT + text_string("a"), integer(2))), "RFC 9052, 9")

    def entry(name, why, code, label, value, spec=EC2):
        """One entry is replaced or added; the mark stands at its label unless it is in the value."""
        good_entries = [pair for pair in (KTY, CRV, X, Y) if pair[0] != integer(label)]
        at_label = value.at is None if hasattr(value, "at") else True
        refuse(name, why, code, mapping(*good_entries, ((AT if at_label else b"") + integer(label), value)), spec)

    entry("kty-okp", "An OKP key is no ECDSA key.", "key_wrong_algorithm", 1, integer(1), "RFC 9053, 7")
    entry("kty-symmetric", "A symmetric key is no ECDSA key.", "key_wrong_algorithm", 1, integer(4), "RFC 9053, 7")
    entry("kty-text", "The text EC2 is not the number 2.", "key_wrong_algorithm", 1, text_string("EC2"), "RFC 9053, 7")
    entry("kty-byte-string", "kty is an integer or text.", "cbor_unexpected_type", 1, AT + byte_string(b"\x02"), COMMON)
    entry("crv-p-384", "The curve is P-384.", "key_wrong_algorithm", -1, integer(2), "RFC 9053, 7.1")
    entry("crv-secp256k1", "The curve is secp256k1.", "key_wrong_algorithm", -1, integer(8), "RFC 8812, 3.1")
    entry("alg-es384", "The key is for another algorithm.", "key_wrong_algorithm", 3, integer(-35), COMMON)
    entry("alg-ecdh", "The key is for key agreement.", "key_wrong_algorithm", 3, integer(-25), COMMON)
    entry("key-ops-sign-only", "key_ops does not have verify.", "key_wrong_use", 4, cbor.array(integer(1)), COMMON)
    entry("key-ops-empty", "key_ops allows nothing.", "key_wrong_use", 4, cbor.array(), COMMON)
    entry("key-ops-a-number", "key_ops is an array.", "cbor_unexpected_type", 4, AT + integer(2), COMMON)
    entry("private-part", "d is the private key.", "key_is_private", -4, byte_string(bytes(31) + b"\x01"))
    entry("x-of-31-bytes", "A coordinate has 32 bytes.", "key_wrong_length", -2, byte_string(ALICE.x[1:]))
    entry("x-of-33-bytes", "A leading zero more is one too many.", "key_wrong_length", -2, byte_string(b"\x00" + ALICE.x))
    entry("x-empty", "A coordinate has 32 bytes.", "key_wrong_length", -2, byte_string(b""))
    entry("y-of-31-bytes", "A coordinate has 32 bytes.", "key_wrong_length", -3, byte_string(ALICE.y[1:]))
    entry("y-of-33-bytes", "A leading zero more is one too many.", "key_wrong_length", -3, byte_string(b"\x00" + ALICE.y))
    entry("x-text", "A coordinate is a byte string.", "cbor_unexpected_type", -2, AT + text_string("x"))
    entry("y-null", "y is a byte string or a sign.", "cbor_unexpected_type", -3, AT + cbor.NULL)
    for label, name in [(1, "kty"), (-1, "crv"), (-2, "x"), (-3, "y")]:
        rest = [pair for pair in (KTY, CRV, X, Y) if pair[0] != integer(label)]
        refuse(f"{name}-missing", f"{name} is required.", "key_missing_field", AT + mapping(*rest), COMMON if name == "kty" else EC2)
    refuse("everything-missing", "An empty map is no key.", "key_missing_field", AT + mapping(), COMMON)
    x_at = (AT + integer(-2), byte_string(be32(OFF_CURVE[0])))
    refuse("point-off-the-curve", "One bit of y is changed.", "key_invalid_point", mapping(KTY, CRV, x_at, (integer(-3), byte_string(be32(OFF_CURVE[1])))), ON_CURVE)
    refuse("x-without-a-root", "No point has this x.", "key_invalid_point", mapping(KTY, CRV, (AT + integer(-2), byte_string(be32(OFF_CURVE_X))), (integer(-3), cbor.FALSE)), ON_CURVE)
    refuse("x-is-p", "x is p, but a coordinate is below p.", "key_invalid_point", mapping(KTY, CRV, (AT + integer(-2), byte_string(be32(P))), (integer(-3), byte_string(be32(X_ZERO[1])))), EC2)
    refuse("sec1-in-x", "x holds a compressed point.", "key_wrong_length", mapping(KTY, CRV, (AT + integer(-2), byte_string(compressed(ALICE.point))), Y), EC2)
    return [op]
