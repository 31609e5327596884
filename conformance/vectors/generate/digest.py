"""Vectors of `sha256`."""

import hashlib

from vector import Operation

PADDING = "FIPS 180-4, 5.1.1"
COMPUTATION = "FIPS 180-4, 6.2.2"


def counted(length):
    """Bytes that all differ from their neighbours."""
    return bytes((7 * i + i // 251) % 256 for i in range(length))


def operations():
    sha256 = Operation("sha256")

    def case(name, why, spec, data, piece_bytes=None):
        sha256.bytes(name, why, spec, hashlib.sha256(data).digest(), data=data, piece_bytes=piece_bytes)

    case("empty-message", "The padding alone is one block.", PADDING, b"")
    case("one-byte", "The shortest message with a byte in it.", PADDING, b"\x00")
    case("abc", "The one-block example that NIST publishes with the standard.", COMPUTATION, b"abc")
    two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    case("two-block-example", "The two-block example that NIST publishes with the standard.", COMPUTATION, two_blocks)
    for length, why in [
        (55, "The longest message whose padding fits its only block."),
        (56, "The length no longer fits the first block, so the padding takes a second one."),
        (57, "One byte more than the message whose padding first needs a second block."),
        (63, "One byte is free in the block, which the padding's first bit takes."),
        (64, "A full block; the padding is a block of its own."),
        (65, "One byte more than a block."),
        (119, "The longest message whose padding fits its second block."),
        (120, "The length no longer fits the second block."),
        (127, "One byte less than two blocks."),
        (128, "Two full blocks and a block of padding."),
        (129, "One byte more than two blocks."),
        (1000, "A message of many blocks with a part of one at the end."),
        (4096, "A message of many full blocks."),
    ]:
        case(f"{length}-bytes", why, PADDING, counted(length))
    case("zeros-are-not-padding", "A message of zeros is not the same as no message.", PADDING, bytes(64))
    case("all-ones", "Every bit of the block is set.", COMPUTATION, b"\xff" * 64)
    pieces = "FIPS 180-4, 6.2; splitsign conformance protocol, Pieces"
    for name, why, length, piece in [
        ("pieces-of-one-byte", "Pieces of one byte fill the blocks byte by byte.", 130, 1),
        ("pieces-of-63-bytes", "Each piece ends at another place in its block.", 200, 63),
        ("pieces-of-a-block", "Each piece is exactly one block.", 192, 64),
        ("pieces-of-65-bytes", "Each piece crosses the end of a block.", 200, 65),
        ("piece-longer-than-the-message", "The only piece is the whole message.", 10, 64),
        ("no-pieces-of-an-empty-message", "An empty message has no piece at all.", 0, 16),
        ("last-piece-shorter", "The last piece is a single byte.", 1001, 1000),
        ("pieces-that-end-with-the-message", "The message is a multiple of the piece.", 120, 40),
    ]:
        case(name, why, pieces, counted(length), piece)
    return [sha256]
