"""SHA-256."""

from __future__ import annotations

from . import _stream
from ._arguments import Bytes, octets_or_text
from ._error import call
from ._handles import Owner
from ._native import splitsign as native


def sha256(data: Bytes | str) -> bytes:
    """The SHA-256 digest of bytes, or of text as UTF-8: 32 bytes."""
    if not isinstance(data, str) and _stream.is_long(data):
        return Sha256().update(data).finish()
    return call(native.sha256, octets_or_text(data, "data"))


class Sha256(Owner):
    """A SHA-256 digest of bytes that come in pieces."""

    __slots__ = ()
    _instead = "start another one and give it the same bytes"
    _native: native.Sha256Stream

    def __init__(self) -> None:
        self._native = native.Sha256Stream()  # type: ignore[no-untyped-call]  # written by uniffi

    def update(self, chunk: Bytes) -> Sha256:
        """Takes the next bytes."""
        _stream.update(self._native.update, chunk)
        return self

    def finish(self) -> bytes:
        """The digest of all that was taken. The stream is over."""
        return call(self._native.finish)
