"""The client for asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import ref

from . import _abi, _convert
from ._base import BaseClient, _ids, _request
from .errors import ClosedError, ForkedError, InvalidArgumentError, InvalidStateError, WaitTimeoutError
from .job import BaseJob

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Any, TypeVar

    from typing_extensions import Self, Unpack

    from ._base import Named
    from ._convert import StrPath
    from ._delivery import Watch
    from ._query import Query
    from .answers import Deletion, Effects, Models, Results
    from .enums import Event
    from .job import OnEvent, OnProgress
    from .request import Options, Request
    from .video import Video

    T = TypeVar("T")


class AsyncJob(BaseJob["AsyncClient"]):
    """One video on its way, from AsyncClient.submit(). Its attributes never wait."""

    def __init__(self, *arguments: Any) -> None:
        self._waiters: set[asyncio.Future[bool]] = set()
        self._streams: set[_Events] = set()
        super().__init__(*arguments)

    async def wait(self, timeout: float | None = None) -> Video:
        """Waits until it has ended, and returns the video, or raises what went wrong.

        Cancelling the wait leaves the job going.

        :param timeout: seconds; when they have passed, WaitTimeoutError is raised and the job goes on.
        """
        limit = self._client._limit(timeout)
        if not self.done:
            future = self._client._future(limit)
            self._waiters.add(future)
            try:
                if not await future and not self.done:
                    raise WaitTimeoutError(f"the job is still going on after {timeout} s", retryable=True)
            finally:
                self._waiters.discard(future)
        return self._outcome()

    def events(self) -> AsyncIterator[Event | int]:
        """Iterates over what happens to it, up to and with the DONE of the submit or fetch that is under way.

        `async for event in job.events()`: what happened is read from the job. Events that were not taken yet
        are joined, so a slow reader sees the latest state. What has already happened comes first; a job that
        has ended gives nothing but DONE.
        """
        return _Events(self)

    # How its news is told.

    @property
    def _is_listened_to(self) -> bool:
        return bool(self._streams) or super()._is_listened_to

    def _tell(self, event: int) -> None:
        for stream in list(self._streams):
            stream.put(event)
        if event == _abi.I2V_EVENT_DONE:
            for future in list(self._waiters):
                _wake(future)
        super()._tell(event)


class AsyncClient(BaseClient[AsyncJob]):
    """A connection to the service in an asyncio loop, the one that runs when it is first used: it watches a
    descriptor of the library, and no thread of Python is made.

    What waits is a coroutine: animate(), the questions, Job.wait(), wait_all(), close(). What does not is a
    plain method: submit() starts a job and returns it. Callbacks run in the loop; what they raise goes to the
    loop's exception handler.

    Questions take a `timeout`: the seconds that all tries together may take, at most an hour. When they have
    passed, DeadlineError is raised.
    """

    _job_type = AsyncJob
    _loop: asyncio.AbstractEventLoop | None = None
    _watched = -1

    # Making videos.

    async def animate(
        self,
        image: str | Request | None = None,
        /,
        prompt: str | None = None,
        *,
        to: StrPath | None = None,
        on_event: OnEvent[AsyncJob] | None = None,
        on_progress: OnProgress[AsyncJob] | None = None,
        **options: Unpack[Options],
    ) -> Path:
        """Makes a video and saves it to `to`, waiting until the file is there. Returns the file's path.

        `image` is the address of the picture, or a Request; `options` are the fields of a Request. An error
        has the job in its `job`. Cancelling it cancels the job; the service still makes, and charges for, a
        video that it has accepted.
        """
        request = _request(image, prompt, to, **options)
        if request.to is None:
            raise InvalidArgumentError("animate() needs to know the file to save to", field="to")
        job = self._submit(request, on_event, on_progress)
        try:
            await job.wait()
        except asyncio.CancelledError:
            job.cancel()
            raise
        path = job.path
        assert path is not None
        return path

    # Waiting for them.

    def as_completed(
        self, jobs: Iterable[AsyncJob] | None = None, timeout: float | None = None
    ) -> AsyncIterator[AsyncJob]:
        """Iterates over jobs as they end, well or not: `async for job in client.as_completed()`. What
        `await job.wait()` then gives is there at once.

        :param jobs: the jobs; by default all that are under way, with those submitted during the iteration.
        :param timeout: seconds for the whole iteration; when they have passed, WaitTimeoutError is raised.
        """
        self._refuse_forked()
        return _Completed(self, self._delivery.watch(jobs, self), timeout)

    async def wait_all(
        self, jobs: Iterable[AsyncJob] | None = None, timeout: float | None = None
    ) -> list[AsyncJob]:
        """Waits until all have ended, well or not, and returns them in the order of their ends.

        :param jobs: the jobs; by default all that are under way.
        :param timeout: seconds; when they have passed, WaitTimeoutError is raised.
        """
        return [job async for job in self.as_completed(jobs, timeout)]

    # Asking the service.

    async def results(self, ids: Iterable[Named] | Named, *, timeout: float = 60.0) -> Results:
        """Asks how far videos are. Long lists go out in parts.

        :param ids: ids, Videos or jobs. They need not be this client's.
        """
        wanted = _ids(ids)
        if not wanted:
            from .answers import Results

            return Results()
        return await self._answer(self._ask_results(wanted, timeout))

    async def effects(self, *, timeout: float = 60.0) -> Effects:
        """Asks which effects there are."""
        return await self._answer(self._ask_effects(timeout))

    async def models(self, type: int = 1501, *, timeout: float = 60.0) -> Models:
        """Asks which models there are, best first.

        :param type: the service's number for what they do; 1501 is image to video.
        """
        return await self._answer(self._ask_models(type, timeout))

    async def credits(self, *, timeout: float = 60.0) -> float:
        """Asks how many credits the account has."""
        return await self._answer(self._ask_credits(timeout))

    async def delete(self, *videos: Named, force: bool = False, timeout: float = 60.0) -> list[Deletion]:
        """Deletes videos at the service, and tells of each whether it did.

        A finished video of this client that was never saved is not deleted: nothing is sent then, and
        InvalidStateError is raised.

        :param videos: ids, Videos or jobs.
        :param force: whether to delete also what was never saved.
        """
        ids = _ids(videos)
        return await self._answer(self._ask_deletion(ids, force, timeout)) if ids else []

    async def _answer(self, query: Query[T]) -> T:
        """Waits for a query's end. Cancelling the wait cancels the query."""
        future = self._future()
        query.on_done = lambda: _wake(future)
        try:
            await future
        except asyncio.CancelledError:
            query.cancel()
            raise
        return query.result()

    # Its end.

    async def close(self) -> None:
        """Ends whatever is under way, and the client; runs the callbacks still due. May be called twice.

        Takes well under a second; two at most where a create is on the wire, since its answer has the id of
        what was paid for: the loop stands still meanwhile. What waits for a job is told what ended it. What
        the service was asked to make goes on there; its id stays valid, and resume() of a later client with
        the same ledger takes it up. What was not sent is dropped, and not sent later, with a ledger, too.
        """
        self._unwatch()
        self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __del__(self) -> None:
        self._unwatch()
        super().__del__()

    # How it hears of news: the loop watches the descriptor, from the first job or question on.

    def _begin(self) -> None:
        self._refuse_forked()
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        if self._loop is not None and not self._loop.is_closed():
            raise InvalidStateError("the client belongs to another event loop")
        self._watched = self._descriptor()
        self._loop = loop
        # Not the client itself: the loop would hold it for ever.
        weak: ref[AsyncClient] = ref(self)
        loop.add_reader(self._watched, _read, weak)

    def _unwatch(self) -> None:
        loop = self._loop
        self._loop = None
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._watched)

    def _look(self) -> None:
        """Has the news told soon that did not come through the descriptor."""
        self._begin()
        weak: ref[AsyncClient] = ref(self)
        asyncio.get_running_loop().call_soon(_read, weak)

    def _limit(self, timeout: float | None) -> float | None:
        """The loop's time at which a timeout in seconds is over."""
        if timeout is None:
            return None
        return asyncio.get_running_loop().time() + max(0, _convert.milliseconds(timeout, "timeout")) / 1000

    def _future(self, limit: float | None = None) -> asyncio.Future[bool]:
        """A future that _wake() makes true, and the time limit false."""
        self._begin()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        if limit is not None:
            timer = loop.call_at(limit, _wake, future, False)
            future.add_done_callback(lambda _: timer.cancel())
        return future


class _Completed:
    """Iterates over the jobs of a watch as they end."""

    def __init__(self, client: AsyncClient, watch: Watch[AsyncJob], timeout: float | None) -> None:
        self._client = client
        self._watch = watch
        self._timeout = timeout
        self._limit = client._limit(timeout)

    def __aiter__(self) -> _Completed:
        return self

    async def __anext__(self) -> AsyncJob:
        watch = self._watch
        while not watch.ended:
            if not watch.pending:
                raise StopAsyncIteration
            future = self._client._future(self._limit)
            watch.on_end = lambda future=future: _wake(future)
            if not await future and not watch.ended:
                raise WaitTimeoutError(
                    f"{len(watch.pending)} jobs are still going on after {self._timeout} s", retryable=True
                )
        return watch.ended.pop(0)


class _Events:
    """Iterates over the events of a job. Of those that wait there is one of each kind, as in the library."""

    def __init__(self, job: AsyncJob) -> None:
        self._job = job
        self._events: dict[int, None] = {}
        self._future: asyncio.Future[bool] | None = None
        self._has_ended = False
        if job.done:
            self._events[_abi.I2V_EVENT_DONE] = None
        else:
            job._streams.add(self)
            job._client._delivery.follow(job)
            job._client._look()

    def put(self, event: int) -> None:
        self._events[event] = None
        if event == _abi.I2V_EVENT_DONE:
            self._job._streams.discard(self)
        if self._future is not None:
            _wake(self._future)

    def __aiter__(self) -> _Events:
        return self

    async def __anext__(self) -> Event | int:
        from .enums import Event, known

        while not self._events:
            if self._has_ended:
                raise StopAsyncIteration
            self._future = self._job._client._future()
            await self._future
        event = next(iter(self._events))
        del self._events[event]
        self._has_ended = event == _abi.I2V_EVENT_DONE
        return known(Event, event)


def _wake(future: asyncio.Future[bool], value: bool = True) -> None:
    if not future.done():
        future.set_result(value)


def _read(weak: ref[AsyncClient]) -> None:
    """The descriptor is readable, or there is other news."""
    client = weak()
    if client is None or client._loop is None:
        return
    try:
        client._dispatch(0)
    except (ClosedError, ForkedError):
        client._unwatch()
