"""One question to the service on its way, and its answer."""

from __future__ import annotations

from ctypes import byref

from . import _abi, _fork
from ._generic import Generic
from .errors import _text, error_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")
else:
    T = None


class Answer:
    """The answer to a question, as the library has it."""

    def __init__(self, library: _abi.Functions, handle: Any) -> None:
        self.library = library
        self._handle = handle

    @property
    def json(self) -> str:
        return _text(self.library.i2v_query_get_json(self._handle)) or "null"

    @property
    def count(self) -> int:
        count: int = self.library.i2v_query_get_count(self._handle)
        return count

    def copy(self, noun: str, index: int) -> Any:
        """A reference to one of the items, or a null pointer."""
        return getattr(self.library, f"i2v_query_copy_{noun}")(self._handle, index)

    def find(self, name: str) -> Any:
        """A number of the answer, or None."""
        getter = getattr(self.library, f"i2v_query_get_{name}")
        value = getter.argtypes[1]._type_()
        return value.value if getter(self._handle, byref(value)) else None

    def refusal(self, index: int) -> tuple[bool, str | None]:
        """Whether a video was deleted, and why not."""
        deleted: bool = self.library.i2v_query_get_deleted(self._handle, index)
        return deleted, _text(self.library.i2v_query_get_refusal(self._handle, index))


class Query(Generic[T]):
    """A question on its way. The clients wait for it, each in its own way, and then ask for the result."""

    def __init__(self, library: _abi.Functions, handle: Any, read: Callable[[Answer], T]) -> None:
        """Takes over one reference to `handle`; `read` makes the result of the answer."""
        self._library = library
        self._handle = handle
        self._release = library.i2v_query_release
        self._generation = _fork.generation
        self._read = read
        self.done = False
        """Whether it has ended, and its last news has come."""
        self.on_done: Callable[[], object] | None = None

    def __del__(self) -> None:
        if self._generation == _fork.generation:
            self._release(self._handle)

    def cancel(self) -> None:
        """Gives it up; nothing happens when it has ended."""
        if self._generation == _fork.generation:
            self._library.i2v_query_cancel(self._handle)

    def result(self) -> T:
        """Gives the result, or raises what went wrong."""
        error = self._library.i2v_query_copy_error(self._handle)
        if error:
            raise error_from(self._library, error)
        return self._read(Answer(self._library, self._handle))

    # How its news is told.

    def _news(self) -> Iterator[int]:
        if not self.done and self._library.i2v_query_get_done(self._handle):
            self.done = True
            yield _abi.I2V_EVENT_DONE

    def _tell(self, event: int) -> None:
        if self.on_done is not None:
            self.on_done()
