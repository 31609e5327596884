"""P-256 with Python's integers, private keys from labels, and signatures of `cryptography` (RFC 6979).

No private key is written down: each is the SHA-256 of a sentence.
"""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
HALF_N = N // 2


def be32(number):
    return number.to_bytes(32, "big")


def on_curve(x, y):
    return (y * y - (x**3 - 3 * x + B)) % P == 0


def lift(x, odd=0):
    """The point with this x and a y of this parity; None if there is none."""
    square = (x**3 - 3 * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        return None
    return (x, y if y % 2 == odd else P - y)


def first_x_on_curve(start):
    return next(x for x in range(start, start + 1000) if lift(x))


def first_x_off_curve(start):
    return next(x for x in range(start, start + 1000) if not lift(x))


def negate(point):
    return point and (point[0], -point[1] % P)


def add(a, b):
    """The sum of two points; None is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return (x, (slope * (a[0] - x) - a[1]) % P)


def multiply(k, point):
    result = None
    for bit in bin(k % N)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def uncompressed(point):
    return b"\x04" + be32(point[0]) + be32(point[1])


def compressed(point):
    return bytes([2 + point[1] % 2]) + be32(point[0])


class Key:
    """A key pair whose private part is the SHA-256 of a label."""

    def __init__(self, label):
        self.scalar = int.from_bytes(hashlib.sha256(label.encode()).digest(), "big") % N
        self._private = ec.derive_private_key(self.scalar, ec.SECP256R1())
        numbers = self._private.public_key().public_numbers()
        self.point = (numbers.x, numbers.y)
        self.x, self.y = be32(numbers.x), be32(numbers.y)
        self.sec1 = uncompressed(self.point)

    def sign(self, message, high=False):
        """r and s over SHA-256 of `message`; s low, or high where that is asked for."""
        der = self._private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r, max(s, N - s) if high else min(s, N - s)

    def sign_raw(self, message, high=False):
        return raw(*self.sign(message, high))


def raw(r, s):
    """r and s, 32 bytes each (RFC 7518, 3.4; RFC 9053, 2.1)."""
    return be32(r) + be32(s)


def key_for(r_point, digest, r, s):
    """The public point under which (r, s) is a signature of `digest` with the commitment `r_point`."""
    e = int.from_bytes(digest, "big")
    inverse = pow(r, -1, N)
    return add(multiply(s * inverse, r_point), negate(multiply(e * inverse, G)))


def key_where(sentence, fits):
    """The first key of those named `sentence` and a number that fits."""
    return next(key for key in (Key(f"{sentence} {n}") for n in range(100_000)) if fits(key))


ALICE = Key("splitsign conformance vectors: Alice")
BOB = Key("splitsign conformance vectors: Bob")
