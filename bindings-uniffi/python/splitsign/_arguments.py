"""Arguments, checked: what is not what it should be is an error that names it, never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, Union

from ._error import SplitsignError, invalid
from ._native import splitsign as native

Bytes = Union[bytes, bytearray, memoryview]
"""Bytes. What can change, or is a part of something, is copied before it is looked at."""

BYTES_MAX = 0x7FFF_FFFF
"""The longest that crosses the border to the core, which is also the largest object that it parses."""

T = TypeVar("T")


def view(value: Bytes, name: str) -> memoryview:
    """Bytes, not yet copied."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} must be bytes, bytearray or memoryview, not {kind(value)}")
    try:
        whole = memoryview(value)
        return whole.cast("B") if whole.c_contiguous else memoryview(whole.tobytes())
    except ValueError:
        raise invalid(f"{name} is a memoryview that was released.") from None


def octets(value: Bytes, name: str) -> bytes:
    """Bytes that cannot change."""
    seen = view(value, name)
    if seen.nbytes > BYTES_MAX:
        what = f"{name} has more than {BYTES_MAX} bytes."
        raise SplitsignError("limit_exceeded", 2, BYTES_MAX, what, "send less, or stream a detached payload")
    return value if type(value) is bytes else bytes(seen)


def text(value: str, name: str) -> str:
    """Text that UTF-8 can express."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise invalid(f"{name} contains half a surrogate pair, which UTF-8 cannot express.") from None
    return value


def octets_or_text(value: Bytes | str, name: str) -> bytes:
    """Bytes, or text that is meant as UTF-8."""
    if isinstance(value, str):
        return octets(text(value, name).encode(), name)
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} must be bytes, bytearray, memoryview or str, not {kind(value)}")
    return octets(value, name)


def optional_octets(value: Bytes | None, name: str) -> bytes | None:
    return None if value is None else octets(value, name)


def optional_text(value: str | None, name: str) -> str | None:
    return None if value is None else text(value, name)


def chain(value: Iterable[Bytes] | None, name: str) -> list[bytes] | None:
    """A list of certificates in DER."""
    if value is None:
        return None
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of certificates in DER, not {kind(value)}")
    return [octets(certificate, f"{name}[{index}]") for index, certificate in enumerate(value)]


def flag(value: bool, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {kind(value)}")
    return value


def whole(value: int, name: str, most: int) -> int:
    """A number from zero."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be int, not {kind(value)}")
    if not 0 <= value <= most:
        raise invalid(f"{name} must be from 0 to {most}.")
    return value


def choice(value: str, name: str, words: Mapping[str, T]) -> T:
    """One of a few words."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {kind(value)}")
    if value not in words:
        raise invalid(f"{name} must be {' or '.join(map(repr, words))}.")
    return words[value]


LOW_S = {"accept": None, "require": native.LowS.REQUIRE, "normalise": native.LowS.NORMALISE}


def low_s(value: str) -> native.LowS | None:
    return choice(value, "low_s", LOW_S)


def kind(value: object) -> str:
    """What something is, for messages; never its content, which may be secret."""
    return type(value).__name__
