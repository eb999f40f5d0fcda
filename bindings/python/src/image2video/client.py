"""The blocking client."""

from __future__ import annotations

from ctypes import byref

from . import _abi
from ._base import BaseClient, _ids, _request
from ._wait import SLICE, Timeout
from .errors import InvalidArgumentError, WaitTimeoutError, error_from
from .job import Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Any, TypeVar

    from typing_extensions import Self, Unpack

    from ._base import Named
    from ._convert import StrPath
    from ._delivery import Watch
    from ._query import Answer, Query
    from .answers import Deletion, Effects, Models, Results
    from .job import OnEvent, OnProgress
    from .request import Options, Request

    T = TypeVar("T")


class Client(BaseClient[Job]):
    """A connection to the service. One is enough for any number of jobs; it may be used from any thread.

    Callbacks run, one at a time, in the thread that calls animate(), wait_all(), as_completed(), dispatch(),
    close(), Job.wait() or a question such as results(), while it does. What a callback raises is raised by
    that call, once the other callbacks that are due have run. A callback may use every job and submit new
    ones, but not wait.

    Questions take a `timeout`: the seconds that all tries together may take, at most an hour. When they have
    passed, DeadlineError is raised.
    """

    _job_type = Job

    # Making videos.

    def animate(
        self,
        image: str | Request | None = None,
        /,
        prompt: str | None = None,
        *,
        to: StrPath | None = None,
        on_event: OnEvent[Job] | None = None,
        on_progress: OnProgress[Job] | None = None,
        **options: Unpack[Options],
    ) -> Path:
        """Makes a video and saves it to `to`, waiting until the file is there. Returns the file's path.

        `image` is the address of the picture, or a Request; `options` are the fields of a Request. An error
        has the job in its `job`. Ctrl-C ends the waiting, not the job, which close() ends.
        """
        self._delivery.refuse_in_callback("Client.animate()")
        request = _request(image, prompt, to, **options)
        if request.to is None:
            raise InvalidArgumentError("animate() needs to know the file to save to", field="to")
        job = self._submit(request, on_event, on_progress)
        job.wait()
        path = job.path
        assert path is not None
        return path

    # Waiting for them.

    def as_completed(self, jobs: Iterable[Job] | None = None, timeout: float | None = None) -> Iterator[Job]:
        """Iterates over jobs as they end, well or not: Job.wait() then returns the video or raises the error.

        :param jobs: the jobs; by default all that are under way, with those submitted during the iteration.
        :param timeout: seconds for the whole iteration; when they have passed, WaitTimeoutError is raised.
        """
        self._refuse_forked()
        return _Completed(self, self._delivery.watch(jobs, self), timeout)

    def wait_all(self, jobs: Iterable[Job] | None = None, timeout: float | None = None) -> list[Job]:
        """Waits until all have ended, well or not, and returns them in the order of their ends.

        :param jobs: the jobs; by default all that are under way.
        :param timeout: seconds; when they have passed, WaitTimeoutError is raised.
        """
        return list(self.as_completed(jobs, timeout))

    def dispatch(self, timeout: float | None = 0.0) -> int:
        """Runs the callbacks that are due, waiting for the first if there is none yet. Returns the number of
        events that came.

        :param timeout: seconds to wait at most; None waits without end.
        """
        for slice in Timeout(timeout).slices():
            count = self._dispatch(slice)
            if count:
                return count
        return 0

    def fileno(self) -> int:
        """A descriptor, readable while callbacks are due, for event loops other than asyncio's: watch
        it for reading, and call dispatch() when it is readable. Never read from it or close it."""
        return self._descriptor()

    # Asking the service.

    def results(self, ids: Iterable[Named] | Named, *, timeout: float = 60.0) -> Results:
        """Asks how far videos are. Long lists go out in parts.

        :param ids: ids, Videos or jobs. They need not be this client's.
        """
        wanted = _ids(ids)
        if not wanted:
            from .answers import Results

            return Results()
        return self._answer(self._ask_results(wanted, timeout))

    def effects(self, *, timeout: float = 60.0) -> Effects:
        """Asks which effects there are."""
        return self._answer(self._ask_effects(timeout))

    def models(self, type: int = 1501, *, timeout: float = 60.0) -> Models:
        """Asks which models there are, best first.

        :param type: the service's number for what they do; 1501 is image to video.
        """
        return self._answer(self._ask_models(type, timeout))

    def credits(self, *, timeout: float = 60.0) -> float:
        """Asks how many credits the account has."""
        return self._answer(self._ask_credits(timeout))

    def delete(self, *videos: Named, force: bool = False, timeout: float = 60.0) -> list[Deletion]:
        """Deletes videos at the service, and tells of each whether it did.

        A finished video of this client that was never saved is not deleted: nothing is sent then, and
        InvalidStateError is raised.

        :param videos: ids, Videos or jobs.
        :param force: whether to delete also what was never saved.
        """
        ids = _ids(videos)
        return self._answer(self._ask_deletion(ids, force, timeout)) if ids else []

    def _ask(
        self, function: str, arguments: list[Any], timeout: float, read: Callable[[Answer], T]
    ) -> Query[T]:
        self._delivery.refuse_in_callback("a question to the service")
        return super()._ask(function, arguments, timeout, read)

    def _answer(self, query: Query[T]) -> T:
        """Waits for a query's end. Whatever ends the waiting before ends the query too."""
        error = _abi.i2v_error_p()
        status = _abi.I2V_ERROR_TIMEOUT
        try:
            while status == _abi.I2V_ERROR_TIMEOUT:
                self._library.i2v_error_destroy(error)
                error = _abi.i2v_error_p()
                status = self._library.i2v_query_wait(query._handle, SLICE, byref(error))
                self._delivery.deliver()
        except BaseException:
            query.cancel()
            self._library.i2v_error_destroy(error)
            raise
        if status != _abi.I2V_OK:
            raise error_from(self._library, error, status)
        return query.result()

    # Its end.

    def close(self) -> None:
        """Ends whatever is under way, and the client; runs the callbacks still due. May be called twice.

        Takes well under a second; two at most where a create is on the wire, since its answer has the id of
        what was paid for. What the service was asked to make goes on there; its id stays valid, and resume()
        of a later client with the same ledger takes it up. What was not sent is dropped, and not sent later,
        with a ledger, too.
        """
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Completed:
    """Iterates over the jobs of a watch as they end. What a callback raises does not end it, as it would end
    a generator: the next step goes on."""

    def __init__(self, client: Client, watch: Watch[Job], timeout: float | None) -> None:
        self._client = client
        self._watch = watch
        self._timeout = timeout
        self._slices = Timeout(timeout).slices()

    def __iter__(self) -> _Completed:
        return self

    def __next__(self) -> Job:
        while not self._watch.ended:
            if not self._watch.pending:
                raise StopIteration
            slice = next(self._slices, None)
            if slice is None:
                raise WaitTimeoutError(
                    f"{len(self._watch.pending)} jobs are still going on after {self._timeout} s",
                    retryable=True,
                )
            self._client._dispatch(slice)
        return self._watch.ended.pop(0)
