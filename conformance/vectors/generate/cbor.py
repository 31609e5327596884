"""CBOR (RFC 8949), written by hand: deterministic by default, and wrong where a vector wants it so."""

from marked import join, marked

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)

FALSE, TRUE, NULL, UNDEFINED = b"\xf4", b"\xf5", b"\xf6", b"\xf7"


def head(major, argument, width=None):
    """Initial byte and argument; `width` in bytes (0, 1, 2, 4, 8) where the shortest is not wanted."""
    if width is None:
        width = next(w for w in (0, 1, 2, 4, 8) if argument < (24 if w == 0 else 1 << 8 * w))
    if width == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + argument.to_bytes(width, "big")


def integer(value):
    """An integer of either sign (RFC 8949, 3.1: -1 - n)."""
    return head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value)


def byte_string(content):
    return head(BYTES, len(content)) + marked(content)


def text_string(content):
    content = content.encode() if isinstance(content, str) else content
    return head(TEXT, len(content)) + marked(content)


def array(*items):
    return head(ARRAY, len(items)) + join(items)


def mapping(*entries):
    """A map, its entries (label, value) in the order given."""
    return head(MAP, len(entries)) + join(item for entry in entries for item in entry)


def nested(depth, innermost=b"\x00"):
    """`depth` arrays of one element, one in the other."""
    return head(ARRAY, 1) * depth + innermost
