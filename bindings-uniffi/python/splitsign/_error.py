"""The one error, and the calls that raise it."""

from __future__ import annotations

from typing import Any, Callable, ParamSpec, TypeVar

from ._codes import Code
from ._native import splitsign as native

P = ParamSpec("P")
R = TypeVar("R")


class SplitsignError(Exception):
    """Why something was refused: compare ``code``, show the message."""

    code: Code
    """The stable name, the same in every language."""
    number: int
    """Its number, never reused."""
    at: int | None
    """The offset in bytes, where a byte is at fault; the index, for a certificate of a chain."""

    def __init__(self, code: Code, number: int, at: int | None, what: str, remedy: str) -> None:
        super().__init__(code, number, at, what, remedy)
        self.code, self.number, self.at, self.what, self.remedy = code, number, at, what, remedy

    def __str__(self) -> str:
        where = "" if self.at is None else f" at byte {self.at}"
        return f"{self.code} ({self.number}){where}: {self.what} {self.remedy[:1].upper()}{self.remedy[1:]}."


def _reduce(refused: Any) -> tuple[Any, ...]:
    return type(refused), (refused.code, refused.number, refused.at, refused.what, refused.remedy)


# Exceptions are pickled by the arguments of `Exception`; uniffi's gives it other ones than it takes.
native.SplitsignError.Refused.__reduce__ = _reduce  # type: ignore[attr-defined]  # written by uniffi


def invalid(what: str) -> SplitsignError:
    """An argument of the right type that cannot be used."""
    return SplitsignError("invalid_argument", 5, None, what, "check the call against its documentation")


def call(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Calls into the core; what it refuses is a :class:`SplitsignError`."""
    try:
        return function(*args, **kwargs)
    except native.SplitsignError.Refused as refused:  # type: ignore[attr-defined]  # written by uniffi
        error = SplitsignError(refused.code, refused.number, refused.at, refused.what, refused.remedy)
    raise error
