"""What everything that the service told has in common: it is read from the library, and never changes."""

from __future__ import annotations

from ctypes import byref

from . import _fork
from .errors import _text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from . import _abi

    class _Property:
        """A property whose type its subclasses give."""

        def __init__(self, read: Callable[[Any], Any] | None = None, *, doc: str | None = None) -> None: ...
else:
    _Property = property


class Snapshot:
    """Something the service said, which never changes. What this version has no attribute for is in `raw`."""

    __slots__ = ("_generation", "_handle", "_library", "_release")

    _noun = ""
    """What the library calls it: i2v_NOUN_get_..."""

    def __init__(self, library: _abi.Functions, handle: Any) -> None:
        """Takes over one reference to `handle`."""
        self._library = library
        self._handle = handle
        self._release = getattr(library, f"i2v_{self._noun}_release")
        self._generation = _fork.generation

    def __del__(self) -> None:
        # Without the attribute, __init__ did not come to its end.
        if getattr(self, "_generation", None) == _fork.generation:
            self._release(self._handle)

    @property
    def raw(self) -> dict[str, Any]:
        """Everything the service said, under the service's names. A new dict each time."""
        from json import loads

        raw: dict[str, Any] = loads(self._json)
        return raw

    @property
    def _json(self) -> str:
        return _text(self._get("json")) or "{}"

    def _get(self, name: str, *arguments: Any) -> Any:
        """What a getter returns."""
        return getattr(self._library, f"i2v_{self._noun}_get_{name}")(self._handle, *arguments)

    def _find(self, name: str, *arguments: Any) -> Any:
        """What a getter gives through its last argument; None when it says that there is nothing."""
        getter = getattr(self._library, f"i2v_{self._noun}_get_{name}")
        value = getter.argtypes[-1]._type_()
        return value.value if getter(self._handle, *arguments, byref(value)) else None

    def __eq__(self, other: object) -> bool:
        return self._json == other._json if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._json)


class _Attribute(_Property):
    """An attribute that the getter of the same name gives; None when the service did not say."""

    def __init__(self, doc: str) -> None:
        super().__init__()
        self.__doc__ = doc

    def __set_name__(self, owner: type[Snapshot], name: str) -> None:
        read, doc = self._reader(name), self.__doc__
        read.__doc__ = doc
        super().__init__(read, doc=doc)
        self.__doc__ = doc  # Which property leaves to that of the subclass otherwise.

    def _reader(self, name: str) -> Callable[[Any], Any]:
        raise NotImplementedError


class Text(_Attribute):
    """A text."""

    def _reader(self, name: str) -> Callable[[Any], Any]:
        def read(snapshot: Snapshot) -> str | None:
            return _text(snapshot._get(name))

        return read

    if TYPE_CHECKING:

        def __get__(self, snapshot: Any, owner: type | None = None, /) -> str | None: ...


class Whole(_Attribute):
    """A whole number."""

    def _reader(self, name: str) -> Callable[[Any], Any]:
        def read(snapshot: Snapshot) -> int | None:
            value: int | None = snapshot._find(name)
            return value

        return read

    if TYPE_CHECKING:

        def __get__(self, snapshot: Any, owner: type | None = None, /) -> int | None: ...


class Real(_Attribute):
    """A number."""

    def _reader(self, name: str) -> Callable[[Any], Any]:
        def read(snapshot: Snapshot) -> float | None:
            value: float | None = snapshot._find(name)
            return value

        return read

    if TYPE_CHECKING:

        def __get__(self, snapshot: Any, owner: type | None = None, /) -> float | None: ...


class Seconds(_Attribute):
    """A time or a span in seconds, which the library has in milliseconds."""

    def _reader(self, name: str) -> Callable[[Any], Any]:
        def read(snapshot: Snapshot) -> float | None:
            value = snapshot._find(name)
            return None if value is None else value / 1000

        return read

    if TYPE_CHECKING:

        def __get__(self, snapshot: Any, owner: type | None = None, /) -> float | None: ...


class Flag(_Attribute):
    """A yes or no."""

    def _reader(self, name: str) -> Callable[[Any], Any]:
        def read(snapshot: Snapshot) -> bool | None:
            value: bool | None = snapshot._find(name)
            return value

        return read

    if TYPE_CHECKING:

        def __get__(self, snapshot: Any, owner: type | None = None, /) -> bool | None: ...
