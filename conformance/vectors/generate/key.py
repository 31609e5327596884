"""Vectors of `key_from_sec1`, `key_from_spki` and `key_to_…`."""

import base64 as standard_library
import hashlib

import cbor
import der
import text
from marked import AT, plain
from p256 import (
    ALICE,
    B,
    G,
    N,
    P,
    be32,
    compressed,
    first_x_off_curve,
    first_x_on_curve,
    key_where,
    lift,
    negate,
    on_curve,
    uncompressed,
)
from vector import Operation

SEC1 = "SEC 1 version 2.0, 2.3.4"
ON_CURVE = "SEC 1 version 2.0, 3.2.2.1"

#: Other curves: a point of each, from their standards.
SECP256K1_G = bytes.fromhex(
    "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
)
P384_G = bytes.fromhex(
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
)

X_ZERO = lift(0)
X_BEYOND_N = lift(first_x_on_curve(N + 1))
X_LARGEST = lift(next(x for x in range(P - 1, 0, -1) if lift(x)))
SHORT_X = key_where("splitsign conformance vectors: x begins with zero", lambda key: key.x[0] == 0)
SHORT_Y = key_where("splitsign conformance vectors: y begins with zero", lambda key: key.y[0] == 0)
EVEN = key_where("splitsign conformance vectors: y is even", lambda key: key.point[1] % 2 == 0)
ODD = key_where("splitsign conformance vectors: y is odd", lambda key: key.point[1] % 2 == 1)
NO_FORM = key_where("splitsign conformance vectors: x does not look like a form", lambda key: key.x[0] > 7)
OFF_CURVE_X = first_x_off_curve(1)
#: A point with one bit of y changed.
OFF_CURVE = (ALICE.point[0], ALICE.point[1] ^ 1)


def sec1():
    op = Operation("key_from_sec1")

    def accept(name, why, data, point):
        op.bytes(name, why, SEC1, uncompressed(point), data=data)

    accept("uncompressed-point", "The first byte is 4, then come x and y.", ALICE.sec1, ALICE.point)
    accept("compressed-even-y", "The first byte is 2: y is the even root.", compressed(EVEN.point), EVEN.point)
    accept("compressed-odd-y", "The first byte is 3: y is the odd root.", compressed(ODD.point), ODD.point)
    accept("compressed-other-root", "The same x with the other form is the negated point.",
           compressed(negate(EVEN.point)), negate(EVEN.point))
    accept("generator", "The base point is a public key like any other.", uncompressed(G), G)
    accept("x-begins-with-zero", "Leading zeros of x are part of it.", SHORT_X.sec1, SHORT_X.point)
    accept("y-begins-with-zero", "Leading zeros of y are part of it.", SHORT_Y.sec1, SHORT_Y.point)
    accept("compressed-y-begins-with-zero", "A root may be short.", compressed(SHORT_Y.point), SHORT_Y.point)
    accept("x-is-zero", "There is a point with x = 0, and it has the order of the group.", uncompressed(X_ZERO), X_ZERO)
    accept("compressed-x-is-zero", "x = 0 has a root.", compressed(X_ZERO), X_ZERO)
    accept("x-not-below-the-order", "Coordinates are below p, not below n.", uncompressed(X_BEYOND_N), X_BEYOND_N)
    accept("x-is-the-largest", "The largest x of any point.", uncompressed(X_LARGEST), X_LARGEST)

    def refuse(name, why, code, data, at=None, spec=SEC1):
        op.refuse(name, why, spec, code, at, data=data)

    xy = ALICE.x + ALICE.y
    refuse("empty", "There is no byte that says the form.", "key_wrong_length", AT)
    refuse("infinity", "A single zero is the point at infinity, which is no public key.", "key_invalid_point", AT + b"\x00", spec=ON_CURVE)
    for form, name, why in [
        (0, "form-0-with-coordinates", "Form 0 has no coordinates."),
        (1, "form-1", "There is no form 1."),
        (5, "form-5", "There is no form 5 for points in two coordinates."),
        (6, "hybrid-even", "The hybrid form is of ANSI X9.62; SEC 1 does not have it."),
        (7, "hybrid-odd", "The hybrid form is of ANSI X9.62; SEC 1 does not have it."),
        (255, "form-255", "There is no form 255."),
    ]:
        refuse(name, why, "key_invalid_point", AT + bytes([form]) + xy)
    refuse("coordinates-without-form", "x and y alone do not say what they are.", "key_invalid_point", AT + NO_FORM.sec1[1:])
    refuse("form-4-alone", "The coordinates are missing.", "key_wrong_length", b"\x04" + AT)
    refuse("form-2-alone", "The coordinate is missing.", "key_wrong_length", b"\x02" + AT)
    refuse("form-4-with-x-only", "An uncompressed point has y, too.", "key_wrong_length", b"\x04" + ALICE.x + AT)
    refuse("form-2-with-x-and-y", "A compressed point ends after x.", "key_wrong_length", b"\x02" + ALICE.x + AT + ALICE.y)
    refuse("uncompressed-one-byte-short", "y has 31 bytes.", "key_wrong_length", ALICE.sec1[:-1] + AT)
    refuse("uncompressed-one-byte-long", "A byte follows y.", "key_wrong_length", ALICE.sec1 + AT + b"\x00")
    refuse("compressed-one-byte-short", "x has 31 bytes.", "key_wrong_length", compressed(ODD.point)[:-1] + AT)
    refuse("compressed-one-byte-long", "A byte follows x.", "key_wrong_length", compressed(ODD.point) + AT + b"\x00")
    refuse("point-of-p-384", "Coordinates of P-384 have 48 bytes.", "key_wrong_length", P384_G[:65] + AT + P384_G[65:])
    assert not on_curve(*OFF_CURVE) and not on_curve(ALICE.point[1], ALICE.point[0]) and not on_curve(0, 0)
    refuse("y-off-the-curve", "One bit of y is changed, and the point is on no curve of ours.", "key_invalid_point",
           b"\x04" + AT + be32(OFF_CURVE[0]) + be32(OFF_CURVE[1]), spec=ON_CURVE)
    refuse("coordinates-swapped", "y, x is not on the curve.", "key_invalid_point", b"\x04" + AT + ALICE.y + ALICE.x, spec=ON_CURVE)
    refuse("zero-zero", "(0, 0) is not on the curve, nor another name for infinity.", "key_invalid_point", b"\x04" + AT + bytes(64), spec=ON_CURVE)
    refuse("point-of-secp256k1", "The base point of secp256k1 is not on P-256.", "key_invalid_point", b"\x04" + AT + SECP256K1_G[1:], spec=ON_CURVE)
    refuse("compressed-x-off-the-curve", "No point has this x.", "key_invalid_point", b"\x02" + AT + be32(OFF_CURVE_X), spec=ON_CURVE)
    refuse("x-is-p", "x is p, which is 0 modulo p, but a coordinate is below p.", "key_invalid_point",
           b"\x04" + AT + be32(P) + be32(X_ZERO[1]))
    refuse("compressed-x-is-p", "x is p, which is 0 modulo p, but a coordinate is below p.", "key_invalid_point", b"\x02" + AT + be32(P))
    y_small = point_with_small_y()
    refuse("y-not-reduced", "y has p added to it, which is the same modulo p, but a coordinate is below p.", "key_invalid_point",
           b"\x04" + AT + be32(y_small[0]) + be32(y_small[1] + P))
    refuse("coordinates-all-ones", "Both coordinates are above p.", "key_invalid_point", b"\x04" + AT + b"\xff" * 64)
    refuse("subject-public-key-info", "This is DER, not a point.", "key_invalid_point", AT + plain(der.spki(ALICE.sec1)))
    refuse("hexadecimal-text", "The point was sent as hexadecimal digits: `0` is no form.", "key_invalid_point", AT + ALICE.sec1.hex().encode())
    return op


def point_with_small_y():
    """A point whose y is so small that y + p fits 32 bytes: x is a root of x³ − 3x + b − y² modulo p."""
    for y in range(1, 1000):
        root = cubic_root(y)
        if root is not None:
            assert on_curve(root, y)
            return (root, y)
    raise ValueError("there are many")


def cubic_root(y):
    """A root of f = x³ − 3x + (b − y²) modulo p: gcd(f, x^p − x), if it is linear."""
    c = (B - y * y) % P

    def times(a, b):
        product = [0] * 5
        for i, u in enumerate(a):
            for j, v in enumerate(b):
                product[i + j] += u * v
        # x⁴ = 3x² − cx, x³ = 3x − c
        for k in (4, 3):
            product[k - 2] += 3 * product[k]
            product[k - 3] -= c * product[k]
        return [v % P for v in product[:3]]

    power = [1, 0, 0]
    for bit in bin(P)[2:]:
        power = times(power, power)
        if bit == "1":
            power = times(power, [0, 1, 0])
    a, b = [c, P - 3, 0, 1], [power[0], (power[1] - 1) % P, power[2]]
    while True:
        while b and b[-1] == 0:
            b.pop()
        if not b:
            break
        inverse = pow(b[-1], -1, P)
        while len(a) >= len(b):
            factor = a[-1] * inverse % P
            shift = len(a) - len(b)
            for i, v in enumerate(b):
                a[shift + i] = (a[shift + i] - factor * v) % P
            while a and a[-1] == 0:
                a.pop()
            if not a:
                break
        a, b = b, a
    return -a[0] * pow(a[1], -1, P) % P if len(a) == 2 else None


def spki():
    op = Operation("key_from_spki")
    named, structure, strict = "RFC 5480, 2.1.1.1", "RFC 5480, 2", "X.690, 10.1"

    def accept(name, why, point_bytes, point):
        op.bytes(name, why, structure, uncompressed(point), data=der.spki(point_bytes))

    accept("uncompressed-point", "The form that every library writes.", ALICE.sec1, ALICE.point)
    op.bytes("compressed-point", "RFC 5480 allows the compressed point.", "RFC 5480, 2.2", ODD.sec1, data=der.spki(compressed(ODD.point)))
    op.bytes("compressed-point-even", "RFC 5480 allows the compressed point.", "RFC 5480, 2.2", EVEN.sec1, data=der.spki(compressed(EVEN.point)))
    accept("x-begins-with-zero", "Leading zeros of x are part of it.", SHORT_X.sec1, SHORT_X.point)
    accept("y-begins-with-zero", "Leading zeros of y are part of it.", SHORT_Y.sec1, SHORT_Y.point)
    accept("generator", "The base point is a public key like any other.", uncompressed(G), G)
    accept("x-is-zero", "There is a point with x = 0.", uncompressed(X_ZERO), X_ZERO)

    def refuse(name, why, code, data, spec=structure):
        op.refuse(name, why, spec, code, data=data)

    good = plain(der.spki(ALICE.sec1))
    ec, curve = der.oid(der.ID_EC_PUBLIC_KEY), der.oid(der.SECP256R1)
    point = der.value(der.BIT_STRING, b"\x00" + ALICE.sec1)
    algorithm = der.sequence(ec, curve)
    body = algorithm + point
    refuse("empty", "There is nothing.", "der_truncated", AT, "X.690, 8.1.1")
    refuse("tag-only", "There is a tag and no length.", "der_truncated", b"\x30" + AT, "X.690, 8.1.1")
    refuse("last-byte-missing", "The outer length says one byte more than there is.", "der_truncated", good[:-1] + AT, "X.690, 8.1.3")
    refuse("length-beyond-the-end", "The outer length is one too large.", "der_truncated", b"\x30\x5a" + body + AT, "X.690, 8.1.3")
    refuse("length-of-five-bytes", "A length of five octets is more than there can be.", "der_truncated",
           b"\x30\x85\x01\x00\x00\x00\x00" + body + AT, "X.690, 8.1.3")
    refuse("byte-behind-the-end", "One byte follows the value.", "der_trailing_bytes", good + AT + b"\x00", "X.690, 8.1.1")
    refuse("two-keys", "A second key follows the first one.", "der_trailing_bytes", good + AT + good, "X.690, 8.1.1")
    refuse("outer-set", "The outer value is a SET.", "der_unexpected_tag", AT + b"\x31" + good[1:])
    refuse("pem-text", "PEM is text around base64, not DER.", "der_unexpected_tag", AT + pem(good), "RFC 7468, 2")
    refuse("sec1-point", "This is the point without its structure.", "der_unexpected_tag", AT + ALICE.sec1)
    refuse("outer-length-not-minimal", "The length 89 needs one octet and has two.", "der_non_minimal", b"\x30" + AT + b"\x81\x59" + body, strict)
    refuse("outer-length-indefinite", "DER has no indefinite lengths.", "der_non_minimal", b"\x30" + AT + b"\x80" + body + b"\x00\x00", strict)
    refuse("inner-length-not-minimal", "The length of the BIT STRING needs one octet and has two.", "der_non_minimal",
           der.sequence(algorithm, b"\x03" + AT + b"\x81\x42\x00" + ALICE.sec1), strict)
    refuse("length-with-leading-zero", "The length 89 is written as 00 59.", "der_non_minimal", b"\x30" + AT + b"\x82\x00\x59" + body, strict)
    refuse("algorithm-not-a-sequence", "The algorithm identifier is a SET.", "der_unexpected_tag",
           der.sequence(AT + der.value(der.SET, ec + curve), point))
    refuse("private-key", "PKCS #8 begins with a version: this is a private key's structure.", "der_unexpected_tag",
           der.sequence(AT + der.integer(0), algorithm, der.value(der.OCTET_STRING, der.sequence(der.integer(1)))), "RFC 5958, 2")
    oid_content = der.value(der.OBJECT_IDENTIFIER, AT + bytes.fromhex("2a864886f70d010101"))
    refuse("rsa-key", "The algorithm is rsaEncryption.", "key_wrong_algorithm",
           der.sequence(der.sequence(oid_content, der.value(der.NULL, b"")), point), "RFC 3279, 2.3.1")
    refuse("ed25519-key", "The algorithm is Ed25519.", "key_wrong_algorithm",
           der.sequence(der.sequence(der.oid(AT + bytes.fromhex("2b6570"))), der.value(der.BIT_STRING, bytes(33))), "RFC 8410, 3")
    refuse("restricted-to-ecdh", "id-ecDH keys must not sign.", "key_wrong_algorithm",
           der.spki(ALICE.sec1, algorithm=der.oid(AT + bytes.fromhex("2b8104010c"))), "RFC 5480, 2.1.2")
    refuse("curve-p-384", "The curve is secp384r1.", "key_wrong_algorithm", der.spki(ALICE.sec1, der.oid(AT + bytes.fromhex("2b81040022"))), named)
    refuse("curve-secp256k1", "The curve is secp256k1.", "key_wrong_algorithm", der.spki(ALICE.sec1, der.oid(AT + bytes.fromhex("2b8104000a"))), named)
    refuse("curve-empty-identifier", "The identifier of the curve is empty.", "key_wrong_algorithm", der.spki(ALICE.sec1, der.oid(AT + b"")), named)
    refuse("curve-explicit", "The curve is given by its parameters, which RFC 5480 forbids.", "der_unexpected_tag",
           der.spki(ALICE.sec1, AT + der.sequence(der.integer(1), der.integer(P))), named)
    refuse("curve-implicit", "The curve is NULL: implied by something else.", "der_unexpected_tag", der.spki(ALICE.sec1, AT + der.value(der.NULL, b"")), named)
    refuse("curve-missing", "There is no curve.", "der_truncated", der.sequence(der.sequence(ec, AT), point), named)
    refuse("algorithm-with-a-third-value", "Something follows the curve.", "der_trailing_bytes",
           der.sequence(der.sequence(ec, curve, AT + der.value(der.NULL, b"")), point))
    refuse("point-missing", "There is no BIT STRING.", "der_truncated", der.sequence(algorithm, AT))
    refuse("point-in-an-octet-string", "The point stands in an OCTET STRING.", "der_unexpected_tag",
           der.sequence(algorithm, AT + der.value(der.OCTET_STRING, ALICE.sec1)))
    refuse("value-behind-the-point", "Something follows the BIT STRING.", "der_trailing_bytes", der.sequence(algorithm, point, AT + der.value(der.NULL, b"")))
    refuse("bit-string-empty", "A BIT STRING begins with the number of unused bits.", "der_invalid_value",
           der.sequence(algorithm, der.value(der.BIT_STRING, AT)), "X.690, 8.6.2.2")
    refuse("bit-string-with-unused-bits", "A point is whole octets: no bit is unused.", "der_invalid_value", der.spki(ALICE.sec1, unused=AT + b"\x01"), "RFC 5480, 2.2")
    refuse("bit-string-beyond-the-end", "The BIT STRING is longer than what holds it.", "der_truncated",
           b"\x30\x59" + algorithm + b"\x03\x43\x00" + ALICE.sec1 + AT, "X.690, 8.1.3")
    refuse("point-empty", "The BIT STRING has no bits.", "key_wrong_length", der.spki(AT), "RFC 5480, 2.2")
    refuse("point-infinity", "The point at infinity is no public key.", "key_invalid_point", der.spki(AT + b"\x00"), ON_CURVE)
    refuse("point-hybrid", "RFC 5480 has the compressed and the uncompressed form only.", "key_invalid_point", der.spki(AT + b"\x06" + ALICE.sec1[1:]), "RFC 5480, 2.2")
    refuse("point-one-byte-short", "y has 31 bytes.", "key_wrong_length", der.spki(ALICE.sec1[:-1] + AT), "RFC 5480, 2.2")
    refuse("point-one-byte-long", "A byte follows y.", "key_wrong_length", der.spki(ALICE.sec1 + AT + b"\x00"), "RFC 5480, 2.2")
    refuse("point-off-the-curve", "One bit of y is changed.", "key_invalid_point",
           der.spki(b"\x04" + AT + be32(OFF_CURVE[0]) + be32(OFF_CURVE[1])), ON_CURVE)
    refuse("point-x-is-p", "x is p, but a coordinate is below p.", "key_invalid_point", der.spki(b"\x04" + AT + be32(P) + be32(X_ZERO[1])), SEC1)
    return op


def pem(content):
    body = standard_library.b64encode(content)
    lines = b"\n".join(body[i:i + 64] for i in range(0, len(body), 64))
    return b"-----BEGIN PUBLIC KEY-----\n" + lines + b"\n-----END PUBLIC KEY-----\n"


# What is written.


def jwk_of(x, y):
    """The required members in the order of RFC 7638, 3.2."""
    return text.mapping(("crv", b'"P-256"'), ("kty", b'"EC"'), ("x", text.quoted(text.base64url(x))), ("y", text.quoted(text.base64url(y)))).data


def cose_key_of(x, y):
    """kty, alg, crv, x, y (RFC 9052, 7.1; RFC 9053, 7.1.1), labels in the order of RFC 8949, 4.2.1."""
    entries = [(1, cbor.integer(2)), (3, cbor.integer(-7)), (-1, cbor.integer(1)), (-2, cbor.byte_string(x)), (-3, cbor.byte_string(y))]
    return cbor.mapping(*[(cbor.integer(label), value) for label, value in entries]).data


def written():
    forms = [
        ("key_to_spki", "RFC 5480, 2", lambda point: der.spki(uncompressed(point))),
        ("key_to_jwk", "RFC 7518, 6.2.1", lambda point: jwk_of(be32(point[0]), be32(point[1]))),
        ("key_to_cose_key", "RFC 9053, 7.1.1", lambda point: cose_key_of(be32(point[0]), be32(point[1]))),
        ("key_thumbprint", "RFC 7638, 3", lambda point: hashlib.sha256(jwk_of(be32(point[0]), be32(point[1]))).digest()),
    ]
    for name, spec, write in forms:
        op = Operation(name)

        def case(case_name, why, point, **key):
            op.bytes(case_name, why, spec, write(point), **(key or {"key": uncompressed(point)}))

        case("uncompressed-point", "The key was given as 65 bytes of SEC 1.", ALICE.point)
        case("compressed-point-even", "The key was given compressed; it is written with both coordinates.", EVEN.point, key=compressed(EVEN.point))
        case("compressed-point-odd", "The key was given compressed; it is written with both coordinates.", ODD.point, key=compressed(ODD.point))
        case("from-spki", "The form that the key came in makes no difference.", ALICE.point, key_spki=der.spki(ALICE.sec1))
        case("from-jwk", "Other members of the JWK do not come along.", ALICE.point,
             key_jwk=text.mapping(("kid", b'"alice"'), ("use", b'"sig"'), ("kty", b'"EC"'), ("y", text.quoted(text.base64url(ALICE.y))),
                                  ("x", text.quoted(text.base64url(ALICE.x))), ("crv", b'"P-256"')))
        case("from-cose-key", "The form that the key came in makes no difference.", ALICE.point, key_cose=cose_key_of(ALICE.x, ALICE.y))
        case("x-begins-with-zero", "Leading zeros of x are written.", SHORT_X.point)
        case("y-begins-with-zero", "Leading zeros of y are written.", SHORT_Y.point)
        case("x-is-zero", "A coordinate of zeros is written in full.", X_ZERO)
        case("generator", "The base point is a public key like any other.", G)
        case("x-not-below-the-order", "Coordinates are below p, not below n.", X_BEYOND_N)
        op.refuse("key-off-the-curve", "One bit of y is changed.", ON_CURVE, "key_invalid_point",
                  key=b"\x04" + AT + be32(OFF_CURVE[0]) + be32(OFF_CURVE[1]))
        op.refuse("key-empty", "There is no key.", SEC1, "key_wrong_length", key=AT)
        op.refuse("key-one-byte-short", "y has 31 bytes.", SEC1, "key_wrong_length", key=ALICE.sec1[:-1] + AT)
        op.refuse("spki-truncated", "The last byte of the SubjectPublicKeyInfo is missing.", "X.690, 8.1.3", "der_truncated",
                  key_spki=plain(der.spki(ALICE.sec1))[:-1] + AT)
        op.refuse("jwk-private", "The JWK has the private part.", "RFC 7518, 6.2.2.1", "key_is_private",
                  key_jwk=text.mapping(("crv", b'"P-256"'), ("kty", b'"EC"'), ("x", text.quoted(text.base64url(ALICE.x))),
                                       ("y", text.quoted(text.base64url(ALICE.y))), (AT + b"d", text.quoted(text.base64url(bytes(32))))))
        op.refuse("cose-key-other-curve", "The COSE_Key is for P-384.", "RFC 9053, 7.1", "key_wrong_algorithm",
                  key_cose=cbor.mapping((cbor.integer(1), cbor.integer(2)), (AT + cbor.integer(-1), cbor.integer(2)),
                                        (cbor.integer(-2), cbor.byte_string(ALICE.x)), (cbor.integer(-3), cbor.byte_string(ALICE.y))))
        yield op


def operations():
    return [sec1(), spki(), *written()]
