"""What owns memory of the core: it is freed once, and never copied.

uniffi keeps the address of something in Rust as a number in the object that stands for it, and frees it when that object
goes. A copy of the object, or of the number, would be freed a second time. So here a handle is freed with the last reference
to it, and everything that has one refuses to be copied and pickled.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from ._native import splitsign as native

_INSTEAD = "make another one where it is needed"


def refuse(owner: Any, *_: object) -> NoReturn:
    """What `copy` and `pickle` come to."""
    name, instead = type(owner).__name__, owner._instead
    raise TypeError(f"{name} cannot be copied or pickled: it owns memory of the core, which a copy would free again; {instead}")


def _missing(owner: Any, name: str) -> NoReturn:
    """`__getattr__`, which is only asked for what is not there."""
    if name in ("_handle", "_native"):
        raise TypeError(f"this {type(owner).__name__} is empty: it was made past its constructor, for instance with __new__")
    object.__getattribute__(owner, name)
    raise AttributeError(name)


class Holder:
    """The base of what has something of the core."""

    __slots__ = ("__weakref__", "_native")

    if not TYPE_CHECKING:  # or a misspelt name would have a type
        __getattr__ = _missing


class Owner(Holder):
    """The base of what has something of the core that cannot be made anew from a few bytes."""

    __slots__ = ()

    _instead: ClassVar[str] = _INSTEAD
    """What to do instead of a copy."""

    # Not `__reduce_ex__`: it asks for this one, with which a subclass may say how it begins anew.
    __reduce__: Any = refuse
    __getstate__: Any = refuse
    # For what a version that knew nothing of this has pickled.
    __setstate__: Any = refuse


def native_of(value: Any, kind: Any, how: str) -> Any:
    """What a draft or a stream is made of, where `how` says how it is made."""
    if not isinstance(value, kind):
        raise TypeError(f"{how}, and not of {type(value).__name__}")
    return value


_NATIVE_INSTEAD = {
    "Draft": "prepare it again where it is needed, or pass its digest on",
    "Stream": "start another one where the bytes are",
    "PublicKey": "pass its bytes on, and read them where it is needed",
}


def _guard(owner: Any) -> None:
    """Makes a class of uniffi's one whose instances free their memory once, whatever is done to them."""
    free, init = owner.__del__, owner.__init__

    class Handle(int):
        """An address in the core, freed with the last reference to this object."""

        __slots__ = ()
        _instead = "keep the object that has it"
        __reduce__: Any = refuse

        # With defaults, as the names of a module may be gone when the interpreter ends.
        def __del__(self, free: Any = free, holding: Any = SimpleNamespace, number: Any = int) -> None:
            free(holding(_handle=number(self)))

    def make_instance(cls: Any, address: int) -> Any:
        handle = Handle(address)
        made = cls.__new__(cls)
        made._handle = handle
        return made

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        # Into something else first, so that a second call, or one of another thread, never sees a number.
        made = SimpleNamespace()
        init(made, *args, **kwargs)
        self._handle = Handle(made._handle)

    def __del__(self: Any) -> None:
        vars(self).pop("_handle", None)

    owner._uniffi_make_instance = classmethod(make_instance)
    owner.__init__, owner.__del__, owner.__getattr__ = __init__, __del__, _missing
    owner.__reduce__ = owner.__getstate__ = owner.__setstate__ = refuse
    owner._instead = next((what for end, what in _NATIVE_INSTEAD.items() if owner.__name__.endswith(end)), _INSTEAD)


for _class in list(vars(native).values()):
    if isinstance(_class, type) and hasattr(_class, "_uniffi_make_instance"):
        _guard(_class)
