"""Vectors of `signature_from_der` and `signature_to_der`."""

import der
from key import pem
from marked import AT, plain
from p256 import ALICE, HALF_N, N, P, be32, raw
from vector import Operation

STRUCTURE, LENGTHS, INTEGERS = "RFC 3279, 2.2.3", "X.690, 10.1", "X.690, 8.3.2"
RANGE = "FIPS 186-5, 6.4.2"
RAW = "RFC 7518, 3.4"

R, S = ALICE.sign(b"splitsign conformance vectors: a signature")
#: r with the highest bit set, and one without.
HIGH, LOW = (1 << 255) + 0x1234, (1 << 254) + 0x5678


def from_der():
    op = Operation("signature_from_der")

    def accept(name, why, r, s, spec=STRUCTURE):
        op.bytes(name, why, spec, raw(r, s), data=der.signature(r, s))

    accept("signature", "A signature as it comes from a library.", R, S)
    accept("both-one", "The shortest of all: eight bytes.", 1, 1)
    accept("both-largest", "The longest of all: 72 bytes.", N - 1, N - 1)
    accept("r-with-sign-octet", "r has its highest bit set and needs a zero before it.", HIGH, LOW, INTEGERS)
    accept("s-with-sign-octet", "s has its highest bit set and needs a zero before it.", LOW, HIGH, INTEGERS)
    accept("r-of-31-bytes", "An integer has no leading zeros; the raw form has.", LOW >> 8, LOW, INTEGERS)
    accept("s-of-31-bytes", "An integer has no leading zeros; the raw form has.", LOW, LOW >> 8, INTEGERS)
    accept("r-of-31-bytes-with-sign-octet", "32 octets, of which the first is the sign.", HIGH >> 8, LOW, INTEGERS)
    accept("r-of-one-byte", "31 leading zeros are put back.", 0x7F, LOW, INTEGERS)
    accept("r-128", "128 is the smallest integer that needs two octets.", 0x80, LOW, INTEGERS)
    accept("s-at-half-the-order", "The largest low s.", LOW, HALF_N)
    accept("s-above-half-the-order", "The smallest high s: DER does not care.", LOW, HALF_N + 1)
    accept("64-bytes", "A DER signature may be as long as a raw one.", LOW >> 24, LOW >> 24)

    def refuse(name, why, code, data, spec=STRUCTURE):
        op.refuse(name, why, spec, code, data=data)

    good = plain(der.signature(R, S))
    r, s = der.integer(R), der.integer(S)
    refuse("empty", "There is nothing.", "der_truncated", AT, "X.690, 8.1.1")
    refuse("tag-only", "There is a tag and no length.", "der_truncated", b"\x30" + AT, "X.690, 8.1.1")
    refuse("last-byte-missing", "The outer length says one byte more than there is.", "der_truncated", good[:-1] + AT, "X.690, 8.1.3")
    refuse("s-missing", "There is one integer.", "der_truncated", der.sequence(r, AT))
    refuse("both-missing", "The sequence is empty.", "der_truncated", der.sequence(AT))
    refuse("s-beyond-the-end", "The length of s is one more than the sequence holds.", "der_truncated",
           der.sequence(LOW_R, b"\x02\x03\x01\x01", AT), "X.690, 8.1.3")
    refuse("length-of-five-bytes", "A length of five octets is more than there can be.", "der_truncated", b"\x30\x85\x01\x00\x00\x00\x00\x02\x01\x01\x02\x01\x01" + AT, "X.690, 8.1.3")
    refuse("byte-behind-the-end", "One byte follows the signature.", "der_trailing_bytes", good + AT + b"\x00", "X.690, 8.1.1")
    refuse("two-signatures", "A second signature follows the first one.", "der_trailing_bytes", good + AT + good, "X.690, 8.1.1")
    refuse("third-integer", "A third integer follows s.", "der_trailing_bytes", der.sequence(r, s, AT + der.integer(1)))
    refuse("null-behind-s", "Something follows s.", "der_trailing_bytes", der.sequence(r, s, AT + der.value(der.NULL, b"")))
    refuse("set", "The integers have an order: SEQUENCE, not SET.", "der_unexpected_tag", AT + b"\x31" + good[1:])
    refuse("raw-signature", "These are r and s alone, 32 bytes each.", "der_unexpected_tag", AT + raw(HIGH, LOW), RAW)
    refuse("hexadecimal-text", "The signature was sent as hexadecimal digits; the digit 3 is the byte 33, not 30.", "der_unexpected_tag", AT + good.hex().encode())
    refuse("pem-text", "PEM is text around base64, not DER.", "der_unexpected_tag", AT + pem(good), "RFC 7468, 2")
    refuse("r-an-octet-string", "r is an INTEGER.", "der_unexpected_tag", der.sequence(AT + der.value(der.OCTET_STRING, be32(LOW)), s))
    refuse("s-an-octet-string", "s is an INTEGER.", "der_unexpected_tag", der.sequence(r, AT + der.value(der.OCTET_STRING, be32(LOW))))
    refuse("r-an-enumerated", "ENUMERATED looks like INTEGER and is not.", "der_unexpected_tag", der.sequence(AT + der.value(0x0A, b"\x01"), s))
    refuse("outer-length-not-minimal", "The length needs one octet and has two.", "der_non_minimal", b"\x30" + AT + b"\x81" + good[1:], LENGTHS)
    refuse("outer-length-indefinite", "DER has no indefinite lengths.", "der_non_minimal", b"\x30" + AT + b"\x80" + good[2:] + b"\x00\x00", LENGTHS)
    refuse("outer-length-with-leading-zero", "The length is written as three octets, the first of them zero.", "der_non_minimal", b"\x30" + AT + b"\x82\x00" + good[1:], LENGTHS)
    refuse("r-length-not-minimal", "The length of r needs one octet and has two.", "der_non_minimal", der.sequence(b"\x02" + AT + b"\x81\x01\x01", s), LENGTHS)
    refuse("s-length-not-minimal", "The length of s needs one octet and has two.", "der_non_minimal", der.sequence(r, b"\x02" + AT + b"\x81\x01\x01"), LENGTHS)
    refuse("r-with-a-leading-zero", "A zero stands before a bit that is zero.", "der_non_minimal", der.sequence(b"\x02\x02" + AT + b"\x00\x7f", s), INTEGERS)
    refuse("s-with-a-leading-zero", "A zero stands before a bit that is zero.", "der_non_minimal", der.sequence(r, b"\x02\x21" + AT + b"\x00" + be32(LOW)), INTEGERS)
    refuse("r-with-two-leading-zeros", "The sign needs one zero, not two.", "der_non_minimal", der.sequence(b"\x02\x22" + AT + b"\x00\x00" + be32(HIGH), s), INTEGERS)
    refuse("r-negative", "The highest bit is set: the integer is negative.", "der_invalid_value", der.sequence(b"\x02\x20" + AT + be32(HIGH), s), "X.690, 8.3.3")
    refuse("s-negative", "The highest bit is set: the integer is negative.", "der_invalid_value", der.sequence(r, b"\x02\x20" + AT + be32(HIGH)), "X.690, 8.3.3")
    refuse("r-minus-one", "ff is −1.", "der_invalid_value", der.sequence(b"\x02\x01" + AT + b"\xff", s), "X.690, 8.3.3")
    refuse("r-empty", "An INTEGER has at least one octet.", "der_invalid_value", der.sequence(b"\x02\x00" + AT, s), "X.690, 8.3.1")
    refuse("s-empty", "An INTEGER has at least one octet.", "der_invalid_value", der.sequence(r, b"\x02\x00" + AT), "X.690, 8.3.1")
    for name, why, number in [
        ("zero", "{} is zero.", 0),
        ("the-order", "{} is n, and must be less.", N),
        ("above-the-order", "{} is n + 1, which is 1 modulo n, but must be less than n.", N + 1),
        ("the-field", "{} is p, which is greater than n.", P),
        ("of-33-bytes", "{} has 257 bits.", 1 << 256),
    ]:
        refuse(f"r-{name}", why.format("r"), "signature_out_of_range", der.sequence(AT + der.integer(number), s), RANGE)
        refuse(f"s-{name}", why.format("s"), "signature_out_of_range", der.sequence(r, AT + der.integer(number)), RANGE)
    return op


LOW_R = der.integer(LOW)


def to_der():
    op = Operation("signature_to_der")

    def accept(name, why, r, s, spec=STRUCTURE):
        op.bytes(name, why, spec, der.signature(r, s), data=raw(r, s))

    accept("signature", "A signature as it comes from a signer.", R, S)
    accept("both-one", "The shortest of all: eight bytes.", 1, 1, INTEGERS)
    accept("both-largest", "The longest of all: 72 bytes.", N - 1, N - 1, INTEGERS)
    accept("r-with-sign-octet", "r has its highest bit set and needs a zero before it.", HIGH, LOW, INTEGERS)
    accept("s-with-sign-octet", "s has its highest bit set and needs a zero before it.", LOW, HIGH, INTEGERS)
    accept("r-begins-with-zero", "A leading zero is not written.", LOW >> 8, LOW, INTEGERS)
    accept("s-begins-with-zero", "A leading zero is not written.", LOW, LOW >> 8, INTEGERS)
    accept("r-begins-with-zero-and-needs-one", "The leading zero is written, as the sign.", HIGH >> 8, LOW, INTEGERS)
    accept("r-of-one-byte", "31 leading zeros are not written.", 0x7F, LOW, INTEGERS)
    accept("r-128", "128 is the smallest integer that needs two octets.", 0x80, LOW, INTEGERS)
    accept("r-256", "A zero that is not a leading one is written.", 0x100, LOW, INTEGERS)
    accept("s-at-half-the-order", "The largest low s.", LOW, HALF_N)
    accept("s-above-half-the-order", "The smallest high s is written as it is.", LOW, HALF_N + 1)

    def refuse(name, why, code, data, spec=RAW):
        op.refuse(name, why, spec, code, data=data)

    good = raw(R, S)
    wrong, out = "signature_wrong_length", "signature_out_of_range"
    refuse("empty", "There is nothing.", wrong, AT)
    refuse("r-only", "There is r and no s.", wrong, be32(R) + AT)
    refuse("one-byte-short", "s has 31 bytes.", wrong, good[:-1] + AT)
    refuse("one-byte-long", "A byte follows s.", wrong, good + AT + b"\x00")
    der_signature = plain(der.signature(HIGH, HIGH))
    refuse("der-signature", "The signature is in DER already.", wrong, der_signature[:64] + AT + der_signature[64:])
    refuse("p-384-signature", "A signature of P-384 has 96 bytes.", wrong, good + AT + bytes(32))
    refuse("hexadecimal-text", "The signature was sent as hexadecimal digits.", wrong, good.hex().encode()[:64] + AT + good.hex().encode()[64:])
    for name, why, number in [
        ("zero", "{} is zero.", 0),
        ("the-order", "{} is n, and must be less.", N),
        ("above-the-order", "{} is n + 1, which is 1 modulo n, but must be less than n.", N + 1),
        ("the-field", "{} is p, which is greater than n.", P),
        ("all-ones", "{} is 2^256 − 1.", 2**256 - 1),
    ]:
        refuse(f"r-{name}", why.format("r"), out, AT + be32(number) + be32(S), RANGE)
        refuse(f"s-{name}", why.format("s"), out, be32(R) + AT + be32(number), RANGE)
    return op


def operations():
    return [from_der(), to_der()]
