"""The blocking client."""

from __future__ import annotations

import atexit
from _thread import allocate_lock, get_ident
from _weakref import ref
from ctypes import byref, c_size_t
from time import sleep

from . import _abi, _convert, _fork
from ._delivery import Delivery
from ._library import library
from ._wait import Timeout
from .errors import ClosedError, ForkedError, InvalidArgumentError, WaitTimeoutError, checked
from .job import Job
from .request import Request, _Built

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from typing_extensions import TypedDict, Unpack

    from ._convert import StrPath
    from ._delivery import Watch
    from .job import OnEvent, OnProgress
    from .request import Options

    class Settings(TypedDict, total=False):
        """The keyword arguments of Client()."""

        api_key: str | None
        bearer_token: str | None
        base_url: str | None
        ca_file: StrPath | None
        proxy: str | None
        user_agent: str | None
        connect_timeout: float | None
        request_timeout: float | None
        stall_timeout: float | None
        job_deadline: float | None
        poll_interval: tuple[float, float] | None
        poll_list_size: int | None
        max_requests: int | None
        max_downloads: int | None


# Each setting with what turns its value into its setter's.
_SETTINGS = {
    "api_key": _convert.text,
    "bearer_token": _convert.text,
    "base_url": _convert.text,
    "ca_file": _convert.path,
    "proxy": _convert.text,
    "user_agent": _convert.text,
    "connect_timeout": _convert.milliseconds,
    "request_timeout": _convert.milliseconds,
    "stall_timeout": _convert.milliseconds,
    "job_deadline": _convert.milliseconds,
    "poll_list_size": _convert.integer,
    "max_requests": _convert.integer,
    "max_downloads": _convert.integer,
}


class Client:
    """A connection to the service. One is enough for any number of jobs; it may be used from any thread.

    Callbacks run, one at a time, in the thread that calls animate(), wait_all(), as_completed(), dispatch(),
    close() or Job.wait(), while it does. What a callback raises is raised by that call, once the other
    callbacks that are due have run. A callback may use every job and submit new ones, but not wait.
    """

    _handle: Any = None
    _generation = 0

    def __init__(
        self,
        *,
        api_key: str | None = None,
        bearer_token: str | None = None,
        base_url: str | None = None,
        ca_file: StrPath | None = None,
        proxy: str | None = None,
        user_agent: str | None = None,
        connect_timeout: float | None = None,
        request_timeout: float | None = None,
        stall_timeout: float | None = None,
        job_deadline: float | None = None,
        poll_interval: tuple[float, float] | None = None,
        poll_list_size: int | None = None,
        max_requests: int | None = None,
        max_downloads: int | None = None,
    ) -> None:
        """Needs an API key or a bearer token. Sends nothing. All times are in seconds.

        :param api_key: the API key.
        :param bearer_token: the bearer token, without the word Bearer.
        :param base_url: where the service is, with the path of a gateway if there is one.
        :param ca_file: a PEM file of certificate authorities to trust instead of the system's.
        :param proxy: a proxy's URL; empty for none, whatever the environment says.
        :param user_agent: the User-Agent header.
        :param connect_timeout: for name resolution, connecting and the TLS handshake together; default 10.
        :param request_timeout: for one API request as a whole; default 60.
        :param stall_timeout: how long a download may go on with hardly any bytes; default 30.
        :param job_deadline: how long a job may take from submit to its end; default one hour.
        :param poll_interval: the shortest and the longest time between two looks at a job; default (3, 30).
        :param poll_list_size: how many jobs one request asks about at most; default 50.
        :param max_requests: API requests at the same time; default 8.
        :param max_downloads: downloads at the same time; default 4.
        """
        given = locals()
        values: list[tuple[str, list[Any]]] = [
            (f"i2v_config_set_{name}", [convert(given[name], name)])
            for name, convert in _SETTINGS.items()
            if given[name] is not None
        ]
        if poll_interval is not None:
            floor, ceiling = poll_interval
            bounds = [_convert.milliseconds(bound, "poll_interval") for bound in (floor, ceiling)]
            values.append(("i2v_config_set_poll_interval", bounds))
        self._library = functions = library()
        self._generation = _fork.generation
        self._delivery = Delivery()
        self._lock = allocate_lock()
        self._calls: set[int] = set()
        handle = _abi.i2v_client_p()
        configuration = functions.i2v_config_create()
        try:
            # What a setter refuses, the configuration remembers and i2v_client_create reports.
            for setter, arguments in values:
                getattr(functions, setter)(configuration, *arguments)
            checked(functions, functions.i2v_client_create, configuration, byref(handle))
        finally:
            functions.i2v_config_destroy(configuration)
        self._handle = handle
        _open[id(self)] = ref(self)

    @classmethod
    def from_env(cls, **settings: Unpack[Settings]) -> Client:
        """Makes a client from AKOOL_API_KEY and, if set, AKOOL_BASE_URL; `settings` are as for Client()."""
        from os import environ

        key = environ.get("AKOOL_API_KEY")
        if not key and "api_key" not in settings and "bearer_token" not in settings:
            raise InvalidArgumentError("the environment variable AKOOL_API_KEY is not set", field="api_key")
        if "bearer_token" not in settings:
            settings.setdefault("api_key", key)
        settings.setdefault("base_url", environ.get("AKOOL_BASE_URL") or None)
        return cls(**settings)

    # Making videos.

    def animate(
        self,
        image: str | Request | None = None,
        /,
        prompt: str | None = None,
        *,
        to: StrPath | None = None,
        on_event: OnEvent | None = None,
        on_progress: OnProgress | None = None,
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

    def submit(
        self,
        image: str | Request | None = None,
        /,
        prompt: str | None = None,
        *,
        to: StrPath | None = None,
        on_event: OnEvent | None = None,
        on_progress: OnProgress | None = None,
        **options: Unpack[Options],
    ) -> Job:
        """Starts to make a video, and returns without waiting for the network.

        :param image: the address of the picture, or a Request.
        :param to: the file to save to; without it, the job ends when the service has finished the video.
        :param on_event: called as on_event(job, event) for each Event.
        :param on_progress: called as on_progress(job) whenever something has changed, and at the end.
        :param options: the fields of a Request.
        """
        return self._submit(_request(image, prompt, to, **options), on_event, on_progress)

    def submit_batch(
        self,
        image: str | Request | None = None,
        /,
        prompt: str | None = None,
        *,
        to: StrPath | None = None,
        on_event: OnEvent | None = None,
        on_progress: OnProgress | None = None,
        **options: Unpack[Options],
    ) -> list[Job]:
        """Starts to make `count` videos of one request, as submit() does. Gives a job for each.

        The service may accept fewer: the jobs it refused fail with the reason it gives.
        """
        request = _request(image, prompt, to, **options)
        count = 1 if request.count is None else request.count
        # As many as any request may ask for, or as this one claims to: the library judges the number.
        capacity = max(10, min(_convert.integer(count, "count"), 1000))
        handles = (_abi.i2v_job_p * capacity)()
        with _Built(self._library, request) as wish, _Call(self) as client:
            checked(
                self._library,
                self._library.i2v_client_submit_batch,
                client,
                wish,
                self._delivery.on_event,
                None,
                handles,
                capacity,
            )
        return [self._follow(handle, on_event, on_progress) for handle in handles if handle]

    # Waiting for them.

    @property
    def jobs(self) -> list[Job]:
        """The jobs that are under way."""
        return self._delivery.jobs

    def as_completed(self, jobs: Iterable[Job] | None = None, timeout: float | None = None) -> Iterator[Job]:
        """Iterates over jobs as they end, well or not: Job.wait() then returns the video or raises the error.

        :param jobs: the jobs; by default all that are under way, with those submitted during the iteration.
        :param timeout: seconds for the whole iteration; when they have passed, WaitTimeoutError is raised.
        """
        if jobs is not None:
            jobs = list(jobs)
            if any(job.client is not self for job in jobs):
                raise InvalidArgumentError("a job belongs to another client", field="jobs")
        self._refuse_forked()
        return _Completed(self, self._delivery.watch(jobs), timeout)

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
        """A descriptor that is readable while callbacks are due, for an event loop: watch it for reading, and
        call dispatch() when it is readable. Never read from it or close it."""
        with _Call(self) as client:
            descriptor: int = self._library.i2v_client_get_fd(client)
        return descriptor

    # Its end.

    def close(self) -> None:
        """Ends whatever is under way, and the client; runs the callbacks still due. May be called twice.

        Takes well under a second. What the service was asked to make goes on there; its id stays valid.
        """
        if self._handle is None or self._generation != _fork.generation:
            return
        self._delivery.refuse_in_callback("Client.close()")
        if not self._lock.acquire(False):
            return  # Another thread is at it.
        try:
            self._destroy()
        finally:
            self._lock.release()
        self._delivery.deliver()

    @property
    def closed(self) -> bool:
        """Whether close() has been called."""
        return self._handle is None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._generation != _fork.generation:
            return "<Client of the parent process>"
        return "<Client: closed>" if self.closed else f"<Client: {len(self.jobs)} jobs under way>"

    # Its parts.

    def _destroy(self) -> None:
        handle = self._handle
        if handle is None:
            return
        self._handle = None
        try:
            # No call may begin once the client is being destroyed, so those under way come to their end
            # first. They wait in slices, so it does not take long.
            while self._calls - {get_ident()}:
                sleep(0.001)
        except BaseException:
            self._handle = handle
            raise
        self._library.i2v_client_destroy(handle)
        _open.pop(id(self), None)

    def _refuse_forked(self) -> None:
        if self._generation != _fork.generation:
            raise ForkedError("the client was made before a fork; make a new one in the child")

    def _submit(self, request: Request, on_event: OnEvent | None, on_progress: OnProgress | None) -> Job:
        handle = _abi.i2v_job_p()
        with _Built(self._library, request) as wish, _Call(self) as client:
            checked(
                self._library,
                self._library.i2v_client_submit,
                client,
                wish,
                self._delivery.on_event,
                None,
                byref(handle),
            )
        return self._follow(handle, on_event, on_progress)

    def _follow(self, handle: Any, on_event: OnEvent | None, on_progress: OnProgress | None) -> Job:
        job = Job(self, handle, on_event, on_progress)
        self._delivery.start(job)
        return job

    def _dispatch(self, slice: int) -> int:
        self._delivery.refuse_in_callback("a call that waits or delivers")
        delivered = c_size_t()
        with _Call(self) as client:
            checked(self._library, self._library.i2v_client_dispatch, client, slice, byref(delivered))
        self._delivery.deliver()
        return delivered.value


class _Call:
    """A call into the library with the client's handle, which a close() in another thread waits for."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __enter__(self) -> Any:
        client = self._client
        client._refuse_forked()
        # In this order: close() takes the handle away first, and looks at the calls then.
        client._calls.add(get_ident())
        handle = client._handle
        if handle is None:
            client._calls.discard(get_ident())
            raise ClosedError("the client has been closed")
        return handle

    def __exit__(self, *exception: object) -> None:
        self._client._calls.discard(get_ident())


class _Completed:
    """Iterates over the jobs of a watch as they end. What a callback raises does not end it, as it would end
    a generator: the next step goes on."""

    def __init__(self, client: Client, watch: Watch, timeout: float | None) -> None:
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
                left = len(self._watch.pending)
                raise WaitTimeoutError(
                    f"{left} jobs are still going on after {self._timeout} s", retryable=True
                )
            self._client._dispatch(slice)
        return self._watch.ended.pop(0)


def _request(image: str | Request | None, prompt: str | None, to: StrPath | None, **fields: Any) -> Request:
    if prompt is not None:
        fields["prompt"] = prompt
    if to is not None:
        fields["to"] = to
    if isinstance(image, Request):
        return image.changed(**fields)
    if image is not None:
        if "image_url" in fields:
            raise TypeError("the picture was given twice, by place and as image_url")
        fields["image_url"] = image
    return Request(**fields)


_open: dict[int, ref[Client]] = {}


def _close_all() -> None:
    """Ends the threads of the clients before Python takes itself apart."""
    for weak in list(_open.values()):
        client = weak()
        if client is not None:
            client.close()


atexit.register(_close_all)
