"""Bytes that remember where the fault was put.

A vector's expected offset is never copied from an implementation. The generator writes the object piece by piece and
puts the mark `AT` in front of the piece that is at fault; when the object is whole, the mark is at the offset that is
expected. Encodings move marks as they move bytes.
"""


class Marked:
    """Bytes with at most one mark."""

    def __init__(self, data=b"", at=None):
        self.data = bytes(data)
        self.at = at

    def __len__(self):
        return len(self.data)

    def __add__(self, other):
        other = marked(other)
        if self.at is not None and other.at is not None:
            raise ValueError("a vector has one mark")
        at = self.at if self.at is not None else None if other.at is None else len(self) + other.at
        return Marked(self.data + other.data, at)

    def __radd__(self, other):
        return marked(other) + self


def marked(value):
    """`value` as `Marked`."""
    return value if isinstance(value, Marked) else Marked(value)


def join(parts, between=b""):
    """The parts one behind the other, with `between` between them."""
    whole = Marked()
    for index, part in enumerate(parts):
        whole = whole + (between if index else b"") + part
    return whole


def plain(value):
    """The bytes without the mark."""
    return marked(value).data


#: The mark: the next byte is the one that the expected offset names.
AT = Marked(b"", 0)
