"""Pieces of a payload on their way into the core."""

from __future__ import annotations

from typing import Callable

from ._arguments import Bytes, view
from ._error import SplitsignError, call

PIECE_BYTES = 1024 * 1024
"""Larger chunks go into the core in pieces of this size, so that no second copy of them is made."""

STREAM_FROM_BYTES = 4 * PIECE_BYTES
"""From this many bytes on, a detached payload is streamed even if it is at hand as a whole."""


def is_long(payload: Bytes) -> bool:
    """Whether a detached payload is streamed."""
    return view(payload, "payload").nbytes >= STREAM_FROM_BYTES


def update(step: Callable[[bytes], None], chunk: Bytes) -> None:
    """Takes the next bytes, however many."""
    seen = view(chunk, "chunk")
    if isinstance(chunk, bytes) and seen.nbytes <= PIECE_BYTES:
        return call(step, bytes(chunk))
    start = 0
    while True:
        try:
            call(step, bytes(seen[start : start + PIECE_BYTES]))
        except SplitsignError as error:
            # The offset is that in the chunk, of which the core saw a piece.
            at = None if error.at is None else min(error.at + start, 0xFFFF_FFFF)
            raise SplitsignError(error.code, error.number, at, error.what, error.remedy) from None
        start += PIECE_BYTES
        if start >= seen.nbytes:
            return None
