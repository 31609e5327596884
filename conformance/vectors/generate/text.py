"""JSON (RFC 8259) and base64 (RFC 4648), written by hand."""

import base64 as standard_library

from marked import Marked, join, marked


def base64url(content):
    """Without padding (RFC 4648, 5; RFC 7515, 2). A mark moves to the character that holds its byte's first bits."""
    content = marked(content)
    text = standard_library.urlsafe_b64encode(content.data).rstrip(b"=")
    return Marked(text, None if content.at is None else content.at * 8 // 6)


def base64(content):
    """With padding (RFC 4648, 4)."""
    return standard_library.b64encode(content)


def string(content):
    """A JSON string: the quotation mark, the backslash and controls are escaped, nothing else (RFC 8259, 7)."""
    out = ""
    for character in content:
        if character in '"\\':
            out += "\\" + character
        elif character < " ":
            out += f"\\u{ord(character):04x}"
        else:
            out += character
    return f'"{out}"'.encode()


def quoted(raw):
    """`raw` between quotation marks, as it is."""
    return b'"' + marked(raw) + b'"'


def member(name, value):
    """`"name":value`; a name in bytes, or marked, stands as it is between its quotation marks."""
    return (string(name) if isinstance(name, str) else quoted(name)) + b":" + marked(value)


def mapping(*members):
    """An object of pairs, in the order given, without white space."""
    return b"{" + join((member(name, value) for name, value in members), b",") + b"}"


def array(*elements):
    return b"[" + join(elements, b",") + b"]"


def nested(depth):
    """`depth` arrays, one in the other."""
    return b"[" * depth + b"]" * depth
