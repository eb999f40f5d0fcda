"""Brings news from the library to the program's callbacks.

The library calls back in the middle of a C call, where an exception of Python has nowhere to go: not that of
a program's callback, and not the KeyboardInterrupt that may come up in any Python function. So no Python
function runs there. The callback that C gets is the put() of a SimpleQueue, which is written in C and notes
what the news is of; once the call has returned, `deliver` looks at each job and each query noted and tells
what has changed, in ordinary Python.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from _weakref import ref  # As weakref has it, which takes longer to import.
from ctypes import addressof

from . import _abi
from ._generic import Generic
from .errors import InCallbackError, InvalidArgumentError

try:
    from _queue import Empty, SimpleQueue
except ImportError:  # Where Python itself is not CPython.
    from queue import Empty, SimpleQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar, Union

    from ._query import Query
    from .job import BaseJob

    J = TypeVar("J", bound="BaseJob[Any]")
    Operation = Union[J, Query[Any]]
else:
    J = None


class Watch(Generic[J]):
    """Some jobs, and those of them that have ended meanwhile, in the order of their ends."""

    def __init__(self, jobs: Iterable[J], follows: bool) -> None:
        self.pending = dict.fromkeys(jobs)
        self.ended: list[J] = []
        self.follows = follows
        """Whether jobs that start later belong to it."""
        self.on_end: Callable[[], object] | None = None

    def end(self, job: J) -> None:
        if job in self.pending:
            del self.pending[job]
            self.ended.append(job)
            if self.on_end is not None:
                self.on_end()


class Delivery(Generic[J]):
    """The jobs and queries of a client that are under way, and the news of them."""

    def __init__(self, on_expiring: Callable[[str], object] | None = None) -> None:
        self._news: SimpleQueue[Any] = SimpleQueue()
        # put(item, block, timeout) gets (job, event, user_data), (query, user_data) or (id, remaining,
        # user_data); it is documented to ignore the latter two.
        self.on_event = _abi.i2v_event_fn(self._news.put)
        self.on_answer = _abi.i2v_query_fn(self._news.put)
        if on_expiring is not None:
            self.on_expiry = _abi.i2v_expiry_fn(self._news.put)
        self._on_expiring = on_expiring
        self._operations: dict[int, Operation[J]] = {}
        self._jobs: dict[J, None] = {}
        self._watches: list[ref[Watch[J]]] = []
        self._lock = allocate_lock()
        self._deliverer: int | None = None

    @property
    def jobs(self) -> list[J]:
        return [job for job in list(self._jobs) if not job.done]

    def start(self, job: J) -> None:
        """Follows a job from now on. What happened to it before is told at the next delivery."""
        for watch in self._live_watches():
            if watch.follows:
                watch.pending[job] = None
        self._jobs[job] = None
        self.follow(job)

    def follow(self, operation: Operation[J]) -> None:
        """Looks at a job or query from now on, at the next delivery for the first time."""
        self._operations[addressof(operation._handle.contents)] = operation
        self._news.put(operation._handle)

    def watch(self, jobs: Iterable[J] | None, client: object) -> Watch[J]:
        """Watches jobs of the client; all, also those that start later, when `jobs` is None."""
        watch = Watch(self.jobs if jobs is None else jobs, follows=jobs is None)
        if any(job.client is not client for job in watch.pending):
            raise InvalidArgumentError("a job belongs to another client", field="jobs")
        self._watches = [ref(other) for other in [*self._live_watches(), watch]]
        for job in list(watch.pending):
            if job.done:
                watch.end(job)
        return watch

    def _live_watches(self) -> list[Watch[J]]:
        """The watches of iterations that somebody still holds."""
        return [watch for weak in self._watches if (watch := weak()) is not None]

    def refuse_in_callback(self, call: str) -> None:
        if self._deliverer == get_ident():
            raise InCallbackError(f"{call} was called from inside a callback of the same client")

    def deliver(self) -> None:
        """Runs the callbacks that are due, one at a time, and returns when they have run, here or in another
        thread. Then raises what they raised."""
        raised: list[Exception] = []
        with self._lock:
            self._deliverer = get_ident()
            try:
                while True:
                    try:
                        item = self._news.get_nowait()
                    except Empty:
                        break
                    if isinstance(item, bytes):
                        self._warn(item, raised)
                    else:
                        self._tell(item, raised)
            except BaseException:
                # Ctrl-C came somewhere in between: everything is looked at again.
                for operation in list(self._operations.values()):
                    self._news.put(operation._handle)
                raise
            finally:
                self._deliverer = None
        if raised:
            _chain(raised)
            raise raised[0]

    def _tell(self, handle: Any, raised: list[Exception]) -> None:
        key = addressof(handle.contents)
        operation = self._operations.get(key)
        if operation is None:
            return
        for event in operation._news():
            if event == _abi.I2V_EVENT_DONE:
                del self._operations[key]
                self._end(operation)
            try:
                operation._tell(event)
            except Exception as error:
                raised.append(error)

    def _end(self, operation: Any) -> None:
        if operation in self._jobs:
            del self._jobs[operation]
            for watch in self._live_watches():
                watch.end(operation)

    def _warn(self, id: bytes, raised: list[Exception]) -> None:
        try:
            if self._on_expiring is not None:
                self._on_expiring(id.decode("utf-8", "replace"))
        except Exception as error:
            raised.append(error)


def _chain(raised: list[Exception]) -> None:
    """Hangs the later exceptions on the first one, so that its traceback shows them all."""
    seen = {id(raised[0])}
    end: BaseException = raised[0]
    for error in raised[1:]:
        while end.__context__ is not None and id(end.__context__) not in seen:
            end = end.__context__
            seen.add(id(end))
        if id(error) not in seen:
            end.__context__ = error
            end = error
            seen.add(id(end))
