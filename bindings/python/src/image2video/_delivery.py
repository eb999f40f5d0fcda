"""Brings events from the library to the program's callbacks.

The library calls back in the middle of a C call, where an exception of Python has nowhere to go: not that of
a program's callback, and not the KeyboardInterrupt that may come up in any Python function. So no Python
function runs there. The callback that C gets is the put() of a SimpleQueue, which is written in C and notes
the job; once the call has returned, `deliver` looks at each job noted and tells what has changed, in ordinary
Python.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from _weakref import ref  # As weakref has it, which takes longer to import.
from ctypes import addressof

from . import _abi
from .errors import InCallbackError

try:
    from _queue import Empty, SimpleQueue
except ImportError:  # Where Python itself is not CPython.
    from queue import Empty, SimpleQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .job import Job


class Watch:
    """Some jobs, and those of them that have ended meanwhile, in the order of their ends."""

    def __init__(self, jobs: Iterable[Job], follows: bool) -> None:
        self.pending = dict.fromkeys(jobs)
        self.ended: list[Job] = []
        self.follows = follows
        """Whether jobs that start later belong to it."""

    def end(self, job: Job) -> None:
        if job in self.pending:
            del self.pending[job]
            self.ended.append(job)


class Delivery:
    """The jobs of a client that are under way, and the news of them."""

    def __init__(self) -> None:
        self._news: SimpleQueue[Any] = SimpleQueue()
        # put(item, block, timeout) gets (job, event, user_data); it is documented to ignore the latter two.
        self.on_event = _abi.i2v_event_fn(self._news.put)
        self._jobs: dict[int, Job] = {}
        self._watches: list[ref[Watch]] = []
        self._lock = allocate_lock()
        self._deliverer: int | None = None

    @property
    def jobs(self) -> list[Job]:
        return [job for job in list(self._jobs.values()) if not job.done]

    def start(self, job: Job) -> None:
        """Follows a job from now on. What happened to it before is told at the next delivery."""
        for watch in self._live_watches():
            if watch.follows:
                watch.pending[job] = None
        self._jobs[addressof(job._handle.contents)] = job
        self._news.put(job._handle)

    def watch(self, jobs: Iterable[Job] | None) -> Watch:
        watch = Watch(self.jobs if jobs is None else jobs, follows=jobs is None)
        self._watches = [ref(other) for other in [*self._live_watches(), watch]]
        for job in list(watch.pending):
            if job.done:
                watch.end(job)
        return watch

    def _live_watches(self) -> list[Watch]:
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
                        handle = self._news.get_nowait()
                    except Empty:
                        break
                    self._tell(handle, raised)
            except BaseException:
                # Ctrl-C came somewhere in between: every job is looked at again.
                for job in self.jobs:
                    self._news.put(job._handle)
                raise
            finally:
                self._deliverer = None
        if raised:
            _chain(raised)
            raise raised[0]

    def _tell(self, handle: Any, raised: list[Exception]) -> None:
        key = addressof(handle.contents)
        job = self._jobs.get(key)
        if job is None:
            return
        for event in job._news():
            if event == _abi.I2V_EVENT_DONE:
                del self._jobs[key]
                for watch in self._live_watches():
                    watch.end(job)
            try:
                job._tell(event)
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
