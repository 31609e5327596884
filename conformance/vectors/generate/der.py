"""DER (X.690), written by hand."""

from marked import join, marked

INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT_IDENTIFIER = 0x02, 0x03, 0x04, 0x05, 0x06
SEQUENCE, SET = 0x30, 0x31

ID_EC_PUBLIC_KEY = bytes.fromhex("2a8648ce3d0201")  # 1.2.840.10045.2.1
SECP256R1 = bytes.fromhex("2a8648ce3d030107")  # 1.2.840.10045.3.1.7


def length(value):
    """The length octets, in the shortest form (X.690, 10.1)."""
    if value < 0x80:
        return bytes([value])
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def value(tag, content):
    return bytes([tag]) + length(len(content)) + marked(content)


def sequence(*items):
    return value(SEQUENCE, join(items))


def integer(number):
    """A non-negative INTEGER, with a leading zero only where the sign needs one (X.690, 8.3)."""
    return value(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(content):
    return value(OBJECT_IDENTIFIER, content)


def signature(r, s):
    """ECDSA-Sig-Value (RFC 3279, 2.2.3)."""
    return sequence(integer(r), integer(s))


def spki(point, curve=oid(SECP256R1), algorithm=oid(ID_EC_PUBLIC_KEY), unused=b"\x00"):
    """SubjectPublicKeyInfo (RFC 5480, 2)."""
    return sequence(sequence(algorithm, curve), value(BIT_STRING, unused + marked(point)))


def certificate(label):
    """One SEQUENCE that stands for a certificate: nothing here looks into it."""
    return value(SEQUENCE, value(OCTET_STRING, label.encode())).data
