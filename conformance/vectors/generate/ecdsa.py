"""Vectors of `verify_digest`."""

import hashlib

import cbor
import der
import text
from key import OFF_CURVE, ON_CURVE, SEC1, SHORT_X, cose_key_of, jwk_of
from marked import AT, plain
from p256 import (
    ALICE,
    BOB,
    HALF_N,
    G,
    N,
    add,
    be32,
    compressed,
    first_x_on_curve,
    key_for,
    lift,
    multiply,
    negate,
    raw,
    uncompressed,
)
from vector import Operation

VERIFY, RANGE, POLICY = "FIPS 186-5, 6.4.2", "FIPS 186-5, 6.4.2", "splitsign conformance protocol, low_s"
MESSAGE = b"splitsign conformance vectors: a message"
DIGEST = hashlib.sha256(MESSAGE).digest()
R, S = ALICE.sign(MESSAGE)
LOW, HIGH = raw(R, S), raw(R, N - S)

#: The key of RFC 6979, A.2.5, and its signature of `sample` with SHA-256.
EXAMPLE_KEY = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
EXAMPLE_SIGNATURE = bytes.fromhex(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
)

#: A commitment whose discrete logarithm nobody needs: keys are made for signatures, not signatures by keys.
COMMITMENT = lift(first_x_on_curve(1 << 200))


def accept_all(op):
    def accept(name, why, spec=VERIFY, **arguments):
        op.fields(name, why, spec, **arguments)

    accept("example-of-rfc-6979", "Key, message and signature are those of the standard.", "RFC 6979, A.2.5", key=EXAMPLE_KEY, message=b"sample", signature=EXAMPLE_SIGNATURE)
    accept("digest-and-raw-signature", "The signature is this key's over this digest.", key=ALICE.sec1, digest=DIGEST, signature=LOW)
    accept("message", "The message is hashed with SHA-256 first.", key=ALICE.sec1, message=MESSAGE, signature=LOW)
    accept("message-empty", "A message of no bytes is a message.", key=ALICE.sec1, message=b"", signature=ALICE.sign_raw(b""))
    accept("signature-in-der", "The form of the signature makes no difference.", key=ALICE.sec1, digest=DIGEST, signature_der=der.signature(R, S))
    accept("signature-in-der-high-s", "DER does not care about the size of s.", key=ALICE.sec1, digest=DIGEST, signature_der=der.signature(R, N - S))
    accept("key-compressed", "The form of the key makes no difference.", SEC1, key=compressed(ALICE.point), digest=DIGEST, signature=LOW)
    accept("key-spki", "The form of the key makes no difference.", "RFC 5480, 2", key_spki=der.spki(ALICE.sec1), digest=DIGEST, signature=LOW)
    accept("key-jwk", "The form of the key makes no difference.", "RFC 7518, 6.2.1", key_jwk=jwk_of(ALICE.x, ALICE.y), digest=DIGEST, signature=LOW)
    accept("key-cose", "The form of the key makes no difference.", "RFC 9053, 7.1.1", key_cose=cose_key_of(ALICE.x, ALICE.y), digest=DIGEST, signature=LOW)
    accept("key-x-begins-with-zero", "A key whose x begins with zero.", key=SHORT_X.sec1, message=MESSAGE, signature=SHORT_X.sign_raw(MESSAGE))
    accept("high-s", "Both s and n − s verify.", key=ALICE.sec1, digest=DIGEST, signature=HIGH)
    accept("high-s-accepted-by-name", "low_s 0 is the default.", POLICY, key=ALICE.sec1, digest=DIGEST, signature=HIGH, low_s=0)
    accept("low-s-required-and-given", "The policy asks for what is there.", POLICY, key=ALICE.sec1, digest=DIGEST, signature=LOW, low_s=1)
    accept("high-s-normalised", "To verify, normalising is the same as accepting.", POLICY, key=ALICE.sec1, digest=DIGEST, signature=HIGH, low_s=2)
    accept("low-s-normalised", "A low s stays what it is.", POLICY, key=ALICE.sec1, digest=DIGEST, signature=LOW, low_s=2)

    def made(name, why, commitment, digest, s, spec=VERIFY, **more):
        """A signature with this commitment and this s, and the key that it is of."""
        r = commitment[0] % N
        point = key_for(commitment, digest, r, s)
        accept(name, why, spec, key=uncompressed(point), digest=digest, signature=raw(r, s), **more)

    made("s-at-half-the-order", "The largest s that is low.", COMMITMENT, DIGEST, HALF_N, POLICY, low_s=1)
    made("s-is-one", "The smallest s.", COMMITMENT, DIGEST, 1)
    made("s-is-the-largest", "s is n − 1.", COMMITMENT, DIGEST, N - 1)
    made("digest-of-zeros", "e is zero, so the base point has no part in the sum.", COMMITMENT, bytes(32), 7)
    made("digest-of-ones", "e is greater than n and is reduced.", COMMITMENT, b"\xff" * 32, 7)
    made("digest-is-the-order", "e is n, which is zero modulo n.", COMMITMENT, be32(N), 7)
    small = lift(first_x_on_curve(1))
    made("r-is-small", "r has 31 leading zero bytes.", small, DIGEST, 7)
    beyond = lift(first_x_on_curve(N + 1))
    made("x-of-the-sum-beyond-the-order", "x is greater than n, and r is x − n.", beyond, DIGEST, 7)
    negated = negate(COMMITMENT)
    made("commitment-with-the-other-y", "Only x of the sum is compared.", negated, DIGEST, 7)
    # u1·G = u2·Q: with Q = (u1/u2)·G the addition is a doubling.
    digest, r, s = doubling()
    accept("sum-of-equal-points", "u1·G and u2·Q are the same point: adding them is doubling it.", key=uncompressed(G), digest=digest, signature=raw(r, s))


def doubling():
    """A signature under Q = G for which u1 = u2: e = r, and (2r/s)·G has the x-coordinate r."""
    k = 0x1234567
    r = multiply(k, G)[0] % N
    s = 2 * r * pow(k, -1, N) % N
    assert multiply(2 * r * pow(s, -1, N), G)[0] % N == r
    return be32(r), r, s


def refuse_all(op):
    def refuse(name, why, code, at=None, spec=VERIFY, **arguments):
        op.refuse(name, why, spec, code, at, **{"key": ALICE.sec1, "digest": DIGEST, "signature": LOW} | arguments)

    wrong = "digest_wrong_length"
    refuse("digest-empty", "There is no digest.", wrong, digest=AT)
    refuse("digest-of-sha-1", "A digest of SHA-1 has 20 bytes.", wrong, digest=hashlib.sha1(MESSAGE).digest() + AT)
    refuse("digest-one-byte-short", "A digest of SHA-256 has 32 bytes.", wrong, digest=DIGEST[:-1] + AT)
    refuse("digest-one-byte-long", "A digest of SHA-256 has 32 bytes.", wrong, digest=DIGEST + AT + b"\x00")
    sha512 = hashlib.sha512(MESSAGE).digest()
    refuse("digest-of-sha-512", "A digest of SHA-512 has 64 bytes and is not cut.", wrong, digest=sha512[:32] + AT + sha512[32:])
    hexadecimal = DIGEST.hex().encode()
    refuse("digest-as-hexadecimal-text", "The digest was sent as hexadecimal digits.", wrong, digest=hexadecimal[:32] + AT + hexadecimal[32:])

    raw_form = "RFC 7518, 3.4"
    refuse("signature-empty", "There is no signature.", "signature_wrong_length", spec=raw_form, signature=AT)
    refuse("signature-one-byte-short", "s has 31 bytes.", "signature_wrong_length", spec=raw_form, signature=LOW[:-1] + AT)
    refuse("signature-one-byte-long", "A byte follows s.", "signature_wrong_length", spec=raw_form, signature=LOW + AT + b"\x00")
    as_der = plain(der.signature(R, S))
    refuse("der-as-raw-signature", "The signature is in DER.", "signature_wrong_length", spec=raw_form, signature=as_der[:64] + AT + as_der[64:])
    out = "signature_out_of_range"
    refuse("r-zero", "r is zero.", out, spec=RANGE, signature=AT + bytes(32) + be32(S))
    refuse("s-zero", "s is zero.", out, spec=RANGE, signature=be32(R) + AT + bytes(32))
    refuse("r-the-order", "r is n, and must be less.", out, spec=RANGE, signature=AT + be32(N) + be32(S))
    refuse("s-the-order", "s is n, and must be less.", out, spec=RANGE, signature=be32(R) + AT + be32(N))
    beyond = lift(first_x_on_curve(N + 1))
    point = key_for(beyond, DIGEST, beyond[0] - N, 7)
    refuse("r-not-reduced", "r is the x-coordinate itself, which is above n; its value modulo n would verify.", out, spec=RANGE,
           key=uncompressed(point), signature=AT + be32(beyond[0]) + be32(7))
    refuse("r-all-ones", "r is 2^256 − 1.", out, spec=RANGE, signature=AT + b"\xff" * 32 + be32(S))

    structure = "RFC 3279, 2.2.3"

    def refuse_der(name, why, code, data, at=None, spec=structure, low_s=None):
        op.refuse(name, why, spec, code, at, key=ALICE.sec1, digest=DIGEST, signature_der=data, low_s=low_s)

    refuse_der("der-empty", "There is no signature.", "der_truncated", AT, spec="X.690, 8.1.1")
    refuse_der("der-with-a-byte-behind", "One byte follows the signature.", "der_trailing_bytes", as_der + AT + b"\x00", spec="X.690, 8.1.1")
    refuse_der("der-length-not-minimal", "The length needs one octet and has two.", "der_non_minimal", b"\x30" + AT + b"\x81" + as_der[1:], spec="X.690, 10.1")
    refuse_der("der-r-with-a-leading-zero", "r has a zero too many: the signature is right, its encoding is not.", "der_non_minimal",
               der.sequence(padded(R), der.integer(S)), spec="X.690, 8.3.2")
    refuse_der("der-r-negative", "The sign octet is missing, so r is negative.", "der_invalid_value",
               der.sequence(b"\x02\x20" + AT + be32(1 << 255), der.integer(S)), spec="X.690, 8.3.3")
    refuse_der("der-s-missing", "There is one integer.", "der_truncated", der.sequence(der.integer(R), AT))
    refuse_der("der-s-zero", "s is zero.", out, der.sequence(der.integer(R), AT + der.integer(0)), spec=RANGE)
    refuse_der("raw-as-der-signature", "The signature is in the raw form.", "der_unexpected_tag", AT + (b"\x31" + LOW[1:]), spec=structure)
    refuse_der("der-high-s-refused-by-policy", "The policy wants a low s. It looks at s in r‖s, whatever form the signature came in.", "signature_high_s",
               der.signature(R, N - S), 32, POLICY, low_s=1)

    refuse("high-s-refused-by-policy", "The policy wants a low s.", "signature_high_s", spec=POLICY, signature=be32(R) + AT + be32(N - S), low_s=1)
    above = key_for(COMMITMENT, DIGEST, COMMITMENT[0], HALF_N + 1)
    refuse("s-above-half-the-order-refused-by-policy", "The smallest s that is high.", "signature_high_s", spec=POLICY,
           key=uncompressed(above), signature=be32(COMMITMENT[0]) + AT + be32(HALF_N + 1), low_s=1)

    bad = "bad_signature"
    refuse("key-of-somebody-else", "The signature is another key's.", bad, 0, key=BOB.sec1)
    refuse("key-negated", "The negated point is another key.", bad, 0, key=uncompressed(negate(ALICE.point)))
    refuse("digest-changed", "One bit of the digest is changed.", bad, 0, digest=bytes([DIGEST[0] ^ 1]) + DIGEST[1:])
    refuse("digest-reversed", "The bytes of the digest are in the other order.", bad, 0, digest=DIGEST[::-1])
    refuse("digest-of-the-digest", "The digest was hashed once more.", bad, 0, digest=hashlib.sha256(DIGEST).digest())
    refuse("message-changed", "A byte of the message is changed.", bad, 0, digest=None, message=MESSAGE[:-1] + b"E")
    refuse("digest-as-message", "The digest was given as the message.", bad, 0, digest=None, message=DIGEST)
    refuse("r-changed", "One bit of r is changed.", bad, 0, signature=raw(R ^ 1, S))
    refuse("s-changed", "One bit of s is changed.", bad, 0, signature=raw(R, S ^ 1))
    refuse("r-and-s-swapped", "s comes first.", bad, 0, signature=raw(S, R))
    refuse("r-negated", "n − r is another r.", bad, 0, signature=raw(N - R, S))
    refuse("r-and-s-in-little-endian", "Both integers have their bytes in the other order.", bad, 0, signature=little_endian())
    infinity = at_infinity()
    refuse("sum-is-infinity", "u1·G + u2·Q is the point at infinity, which has no x.", bad, 0, spec="SEC 1 version 2.0, 4.1.4", **infinity)

    op.refuse("key-off-the-curve", "One bit of y is changed.", ON_CURVE, "key_invalid_point", key=b"\x04" + AT + be32(OFF_CURVE[0]) + be32(OFF_CURVE[1]), digest=DIGEST, signature=LOW)
    op.refuse("key-empty", "There is no key.", SEC1, "key_wrong_length", key=AT, digest=DIGEST, signature=LOW)
    op.refuse("key-spki-of-another-curve", "The curve is secp384r1.", "RFC 5480, 2.1.1.1", "key_wrong_algorithm",
              key_spki=der.spki(ALICE.sec1, der.oid(AT + bytes.fromhex("2b81040022"))), digest=DIGEST, signature=LOW)
    op.refuse("key-jwk-for-encryption", "The key is for encryption.", "RFC 7517, 4.2", "key_wrong_use",
              key_jwk=text.mapping(("kty", b'"EC"'), ("crv", b'"P-256"'), ("x", text.quoted(text.base64url(ALICE.x))),
                                   ("y", text.quoted(text.base64url(ALICE.y))), ("use", text.quoted(AT + b"enc"))), digest=DIGEST, signature=LOW)
    op.refuse("key-cose-without-y", "y is required.", "RFC 9053, 7.1.1", "key_missing_field",
              key_cose=AT + cbor.mapping((cbor.integer(1), cbor.integer(2)), (cbor.integer(-1), cbor.integer(1)), (cbor.integer(-2), cbor.byte_string(ALICE.x))),
              digest=DIGEST, signature=LOW)


def padded(number):
    """An INTEGER with one leading zero too many."""
    content = b"\x00" + plain(der.integer(number))[2:]
    return b"\x02" + der.length(len(content)) + AT + content


def little_endian():
    signature = be32(R)[::-1] + be32(S)[::-1]
    assert 0 < int.from_bytes(signature[:32], "big") < N and 0 < int.from_bytes(signature[32:], "big") < N
    return signature


def at_infinity():
    """With Q = −(e/r)·G the sum is infinity for every s."""
    e, r, s = int.from_bytes(DIGEST, "big"), COMMITMENT[0], 7
    point = negate(multiply(e * pow(r, -1, N), G))
    w = pow(s, -1, N)
    assert add(multiply(e * w, G), multiply(r * w, point)) is None
    return {"key": uncompressed(point), "digest": DIGEST, "signature": raw(r, s)}


def order_all(op):
    order = "splitsign conformance protocol, Order"
    bad_key = b"\x04" + AT + be32(OFF_CURVE[0]) + be32(OFF_CURVE[1])
    op.order("key-before-digest", "The key is off the curve, and the digest is short.", order, "key_invalid_point", key=bad_key, digest=DIGEST[:-1], signature=LOW)
    op.order("key-before-signature", "The key is off the curve, and the signature is short.", order, "key_invalid_point", key=bad_key, digest=DIGEST, signature=LOW[:-1])
    op.order("key-before-policy", "The key is off the curve, and s is high.", order, "key_invalid_point", key=bad_key, digest=DIGEST, signature=HIGH, low_s=1)
    op.order("digest-before-signature", "The digest is short, and so is the signature.", order, "digest_wrong_length", key=ALICE.sec1, digest=DIGEST[:-1] + AT, signature=LOW[:-1])
    op.order("digest-before-range", "The digest is long, and r is zero.", order, "digest_wrong_length", key=ALICE.sec1, digest=DIGEST + AT + b"\x00", signature=bytes(32) + be32(S))
    op.order("digest-before-der", "The digest is short, and something follows the signature.", order, "digest_wrong_length", key=ALICE.sec1, digest=DIGEST[:-1] + AT,
             signature_der=plain(der.signature(R, S)) + b"\x00")
    op.order("digest-before-policy", "The digest is short, and s is high.", order, "digest_wrong_length", key=ALICE.sec1, digest=DIGEST[:-1] + AT, signature=HIGH, low_s=1)
    op.order("range-before-verification", "r is zero, and the key is another one.", order, "signature_out_of_range", key=BOB.sec1, digest=DIGEST, signature=AT + bytes(32) + be32(S))
    op.order("policy-before-verification", "s is high, and the key is another one.", order, "signature_high_s", key=BOB.sec1, digest=DIGEST, signature=be32(R) + AT + be32(N - S), low_s=1)


def operations():
    op = Operation("verify_digest")
    accept_all(op)
    refuse_all(op)
    order_all(op)
    return [op]
