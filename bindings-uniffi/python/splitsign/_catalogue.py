"""What there is, and how much of it."""

from __future__ import annotations

from ._native import splitsign as native


def operations() -> list[str]:
    """The names of the core's operations that this package has."""
    return native.operations()


def limits() -> dict[str, int]:
    """Every limit of the core, by name."""
    return native.limits()
