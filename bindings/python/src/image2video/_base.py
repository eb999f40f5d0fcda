"""What both clients are: the library's client with its calls and its news. They differ in how they wait."""

from __future__ import annotations

import atexit
from _thread import allocate_lock, get_ident
from _weakref import ref
from ctypes import byref, c_char_p, c_double, c_size_t
from time import sleep

from . import _abi, _convert, _fork
from ._delivery import Delivery
from ._generic import Generic
from ._library import library
from .errors import ClosedError, ForkedError, InvalidArgumentError, checked
from .request import Request, _Built, _estimate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar, Union

    from typing_extensions import Self, TypedDict, Unpack

    from ._convert import StrPath
    from ._query import Answer, Query
    from .answers import Deletion, Effects, Models, Results, Spending
    from .estimate import Estimate
    from .job import BaseJob, OnEvent, OnProgress
    from .request import Options
    from .video import Video
    from .webhook import WebhookEvent

    J = TypeVar("J", bound="BaseJob[Any]")
    T = TypeVar("T")
    Named = Union[str, Video, BaseJob[Any]]

    class Settings(TypedDict, total=False):
        """The keyword arguments of a client."""

        api_key: str | None
        bearer_token: str | None
        client_id: str | None
        client_secret: str | None
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
        max_rate: float | None
        max_jobs: int | None
        max_video_bytes: int | None
        ledger: StrPath | None
        ledger_required: bool | None
        max_credits: float | None
        expiry_warning: float | None
        on_expiring: Callable[[str], object] | None
else:
    J = None

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
    "max_rate": _convert.number,
    "max_jobs": _convert.integer,
    "max_video_bytes": _convert.long,
    "ledger": _convert.path,
    "ledger_required": _convert.flag,
    "max_credits": _convert.number,
}
_CREDENTIALS = ("api_key", "bearer_token", "client_id", "client_secret")
_VARIABLES = ("AKOOL_API_KEY", "AKOOL_CLIENT_ID", "AKOOL_CLIENT_SECRET")
_DAY = 86400.0
_MOST_JOBS = 10_000_000


class BaseClient(Generic[J]):
    """What Client and AsyncClient have in common: nothing here waits for the network."""

    _job_type: type[J]
    _handle: Any = None
    _generation = 0
    _reads_environment = False

    def __init__(
        self,
        *,
        api_key: str | None = None,
        bearer_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
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
        max_rate: float | None = None,
        max_jobs: int | None = None,
        max_video_bytes: int | None = None,
        ledger: StrPath | None = None,
        ledger_required: bool | None = None,
        max_credits: float | None = None,
        expiry_warning: float | None = None,
        on_expiring: Callable[[str], object] | None = None,
    ) -> None:
        """Needs an API key, a bearer token, or a client id with its secret. Sends nothing. All times are in
        seconds. What does not fit raises InvalidArgumentError, a ledger that cannot be used LedgerError.

        :param api_key: the API key.
        :param bearer_token: the bearer token, without the word Bearer.
        :param client_id: the client id, for which a token is fetched when it is first needed.
        :param client_secret: the client secret that goes with it.
        :param base_url: where the service is, with the path of a gateway if there is one.
        :param ca_file: a PEM file of certificate authorities to trust instead of the system's.
        :param proxy: a proxy's address, ``[scheme://][user[:password]@]host[:port]`` (http, https, socks4,
            socks4a, socks5, socks5h); empty for none, whatever the environment says.
        :param user_agent: the User-Agent header.
        :param connect_timeout: for name resolution, connecting and the TLS handshake together; default 10.
        :param request_timeout: for one API request as a whole; default 60.
        :param stall_timeout: how long a download may go on with hardly any bytes; default 30.
        :param job_deadline: how long a job may take from submit to its end; default one hour.
        :param poll_interval: the shortest and the longest time between two looks at a job; default (3, 30).
        :param poll_list_size: how many jobs one request asks about at most; default 50.
        :param max_requests: API requests at the same time; default 8. Looks at videos, logins, and questions
            for a video's fresh address do not wait for it.
        :param max_downloads: downloads at the same time, from all hosts together; default 4.
        :param max_rate: API requests in a second, without those that do not wait; default 50, and twice as
            many at once after a quiet time.
        :param max_jobs: jobs and questions under way, until their callbacks have run; default 10000. More
            raise BusyError; only Job.fetch() and Job.reconcile() start all the same.
        :param max_video_bytes: how large a video may be to be saved; default 4 GiB. A larger one ends its job
            with TooLargeError.
        :param ledger: the file in which to write down what is submitted, so that resume() of a later process
            goes on with it; by default none. It is a SQLite database, made when it is not there, in a folder
            that exists and not on a network file system. Processes may share it; each account should have its
            own. Credentials are never in it. A process that was forked off while a ledger was open cannot
            open one: ForkedError is raised. Have multiprocessing start its processes by "spawn" or
            "forkserver", and open the client of a forked worker in the worker, with none open before the
            fork.
        :param ledger_required: whether nothing may be sent that cannot be written down; default True. With
            False the client goes on without a ledger that fails, and check_ledger() tells why.
        :param max_credits: a budget: what would pass it, by the high end of its estimate(), is refused before
            it is sent. That is far above the usual price while nothing is known of a kind of video.
        :param expiry_warning: how long before a finished video that was not saved goes; default one day.
        :param on_expiring: called with the id of such a video, as callbacks are.
        """
        given = locals()
        reads_credentials = self._reads_environment and all(given[name] is None for name in _CREDENTIALS)
        if self._reads_environment:
            from os import environ

            if reads_credentials and not any(map(environ.get, _VARIABLES)):
                raise InvalidArgumentError(f"none of {', '.join(_VARIABLES)} is set", field="api_key")
            if not reads_credentials and base_url is None:
                given["base_url"] = environ.get("AKOOL_BASE_URL") or None
        values: list[tuple[str, list[Any]]] = [
            (f"i2v_config_set_{name}", [convert(given[name], name)])
            for name, convert in _SETTINGS.items()
            if given[name] is not None
        ]
        if client_id is not None or client_secret is not None:
            pair = [_convert.text(given[name] or "", name) for name in ("client_id", "client_secret")]
            values.append(("i2v_config_set_client_credentials", pair))
        if poll_interval is not None:
            floor, ceiling = poll_interval
            bounds = [_convert.milliseconds(bound, "poll_interval") for bound in (floor, ceiling)]
            values.append(("i2v_config_set_poll_interval", bounds))
        self._library = functions = library()
        self._generation = _fork.generation
        self._delivery: Delivery[J] = Delivery(on_expiring)
        if on_expiring is not None:
            seconds = _DAY if expiry_warning is None else expiry_warning
            warning = _convert.milliseconds(seconds, "expiry_warning")
            values.append(("i2v_config_set_expiry_warning", [warning, self._delivery.on_expiry, None]))
        elif expiry_warning is not None:
            raise InvalidArgumentError("expiry_warning needs an on_expiring to call", field="on_expiring")
        self._lock = allocate_lock()
        self._calls: set[int] = set()
        handle = _abi.i2v_client_p()
        configuration = functions.i2v_config_create()
        try:
            if reads_credentials:
                functions.i2v_config_load_environment(configuration)
            # What a setter refuses, the configuration remembers and i2v_client_create reports.
            for setter, arguments in values:
                getattr(functions, setter)(configuration, *arguments)
            checked(functions, functions.i2v_client_create, configuration, byref(handle))
        finally:
            functions.i2v_config_destroy(configuration)
        self._handle = handle
        _open[id(self)] = ref(self)

    @classmethod
    def from_env(cls, **settings: Unpack[Settings]) -> Self:
        """Makes a client with what the environment says: AKOOL_API_KEY, or else AKOOL_CLIENT_ID with
        AKOOL_CLIENT_SECRET; and AKOOL_BASE_URL. `settings` are as for the client itself and come first."""
        client = cls.__new__(cls)
        client._reads_environment = True
        client.__init__(**settings)  # type: ignore[misc]
        return client

    # Making videos.

    def submit(
        self,
        image: str | Request | None = None,
        /,
        prompt: str | None = None,
        *,
        to: StrPath | None = None,
        on_event: OnEvent[J] | None = None,
        on_progress: OnProgress[J] | None = None,
        **options: Unpack[Options],
    ) -> J:
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
        on_event: OnEvent[J] | None = None,
        on_progress: OnProgress[J] | None = None,
        **options: Unpack[Options],
    ) -> list[J]:
        """Starts to make `count` videos of one request, as submit() does. Gives a job for each.

        The service may accept fewer: the jobs it refused fail with the reason it gives.
        """
        request = _request(image, prompt, to, **options)
        count = 1 if request.count is None else request.count
        # As many as any request may ask for, or as this one claims to: the library judges the number.
        capacity = max(10, min(_convert.integer(count, "count"), 1000))
        self._begin()
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

    def attach(
        self,
        video: Named,
        *,
        to: StrPath | None = None,
        replace: bool = False,
        on_event: OnEvent[J] | None = None,
        on_progress: OnProgress[J] | None = None,
    ) -> J:
        """Follows a video wherever it was created: another process's, yesterday's. Creates nothing.

        :param video: the id of the video, or a Video or a job, also one of another client.
        :param to: the file to save to; without it, the job ends when the service has finished the video.
        :param replace: whether an existing file may be replaced.
        """
        id = _named(video)
        arguments = [_convert.text(id, "id")]
        return self._start("i2v_client_attach", arguments, to, replace, on_event, on_progress, id)

    def update_audio(
        self,
        video: Named,
        *,
        audio_type: int | None = None,
        audio_url: str | None = None,
        to: StrPath | None = None,
        replace: bool = False,
        on_event: OnEvent[J] | None = None,
        on_progress: OnProgress[J] | None = None,
    ) -> J:
        """Gives a finished video new sound, as a new video: the job is that one's. It costs credits.

        :param video: the id of the finished video, or a Video or a job.
        :param audio_type: an AudioType; custom with an `audio_url`, otherwise generated.
        :param audio_url: the address of the sound.
        :param to: the file to save the new video to.
        :param replace: whether an existing file may be replaced.
        """
        if audio_type is None:
            audio_type = _abi.I2V_AUDIO_GENERATED if audio_url is None else _abi.I2V_AUDIO_CUSTOM
        arguments = [
            _convert.text(_named(video), "id"),
            _convert.integer(audio_type, "audio_type"),
            None if audio_url is None else _convert.text(audio_url, "audio_url"),
        ]
        return self._start("i2v_client_update_audio", arguments, to, replace, on_event, on_progress)

    def resume(
        self,
        *,
        limit: int = 10_000,
        on_event: OnEvent[J] | None = None,
        on_progress: OnProgress[J] | None = None,
    ) -> list[J]:
        """Takes up jobs of the ledger that are not finished and that no living process has. Gives them,
        oldest first; they go on, and can be waited for, like any others.

        What has an id is waited for and saved to its file. A create that was certainly never sent is sent
        now, if its deadline has not passed meanwhile. One that was on the wire when its process ended ends at
        once with OutcomeUnknownError: reconcile(), best called when the jobs of this call have ended, can
        look for its video. Two processes never get the same job. That a process has ended is known at once,
        or within a minute where it cannot be seen, as in another container. Only jobs of this client's
        base_url are taken up, and none that would save to the file of another that is under way or whose
        estimate max_credits has no room for.

        Uses the ledger's file before it returns, but does not wait for the network. Without a ledger,
        InvalidStateError is raised; when it fails, LedgerError; when max_jobs are under way, BusyError.

        :param limit: how many to take up at most; call it again for more.
        :param on_event: called as on_event(job, event) for each Event.
        :param on_progress: called as on_progress(job) whenever something has changed, and at the end.
        """
        return self._take_up(self._library.i2v_client_resume, limit, on_event, on_progress)

    def reconcile(
        self,
        *,
        limit: int = 10_000,
        on_event: OnEvent[J] | None = None,
        on_progress: OnProgress[J] | None = None,
    ) -> list[J]:
        """Looks for the videos of creates in the ledger whose outcome nobody knows, whichever process sent them.
        Gives a job for each, which goes on as with Job.reconcile(): saved to its file, or OutcomeUnknownError
        when its video is not found.

        Takes up what was sent within the last seven days and ended without an id where it may have been
        charged; what was not looked for for the longest time comes first. Best called when the jobs of
        resume() have ended: it finds also those that ended there with OutcomeUnknownError.

        A job of this client that is still at hand is taken up, too, as another Job; the first stays as it
        ended, and its reconcile() must not be called any more. Call Job.reconcile() for it instead of this.

        Uses the ledger's file, and raises, as resume() does.

        :param limit: how many to take up at most.
        :param on_event: called as on_event(job, event) for each Event.
        :param on_progress: called as on_progress(job) whenever something has changed, and at the end.
        """
        return self._take_up(self._library.i2v_client_reconcile, limit, on_event, on_progress)

    def _take_up(
        self, start: Any, limit: int, on_event: OnEvent[J] | None, on_progress: OnProgress[J] | None
    ) -> list[J]:
        # As many as a client can have at all; the library judges what is less than one.
        capacity = max(0, min(_convert.integer(limit, "limit"), _MOST_JOBS))
        self._begin()
        handles = (_abi.i2v_job_p * capacity)()
        count = c_size_t()
        with _Call(self) as client:
            checked(
                self._library,
                start,
                client,
                self._delivery.on_event,
                None,
                handles,
                capacity,
                byref(count),
            )
        taken = handles[: count.value]
        return [self._follow(handle, on_event, on_progress, resumed=True) for handle in taken]

    def check_ledger(self) -> None:
        """Raises LedgerError, which says why, when what is submitted is not being written down: the ledger
        could not be opened, or the last try to write to it failed. Raises InvalidStateError without one."""
        with _Call(self) as client:
            checked(self._library, self._library.i2v_client_check_ledger, client)

    @property
    def jobs(self) -> list[J]:
        """The jobs that are under way."""
        return self._delivery.jobs

    # What they cost, and what a webhook says.

    def estimate(
        self, image: str | Request | None = None, /, prompt: str | None = None, **options: Unpack[Options]
    ) -> Estimate:
        """Estimates the cost of a request, all of its videos together, as a range.

        Prices that the account was charged for the same kind of video come first, as this client heard them
        or has them in its ledger; then the model's entry, if the request has a Model; then the service's price
        table. `max_credits` goes by the high end.
        """
        request = _request(image, prompt, None, **options)
        functions = self._library
        with _Built(functions, request) as wish, _Call(self) as client:
            return _estimate(functions, functions.i2v_client_get_estimate, client, wish)

    @property
    def spending(self) -> Spending:
        """What this client's requests cost so far."""
        from .answers import Spending

        deducted, reserved = c_double(), c_double()
        with _Call(self) as client:
            self._library.i2v_client_get_spending(client, byref(deducted), byref(reserved))
        return Spending(deducted.value, reserved.value)

    def notify(self, event: WebhookEvent) -> None:
        """Hands over what a webhook said: a job of this client that waits for the video is looked at at once.

        The event itself is not believed, since what it is signed with is no secret.
        """
        with _Call(self) as client:
            checked(self._library, self._library.i2v_client_notify, client, event._handle)

    # Its end.

    @property
    def closed(self) -> bool:
        """Whether close() has been called."""
        return self._handle is None

    def __del__(self) -> None:
        self._close()

    def __repr__(self) -> str:
        name = type(self).__name__
        if self._generation != _fork.generation:
            return f"<{name} of the parent process>"
        return f"<{name}: closed>" if self.closed else f"<{name}: {len(self.jobs)} jobs under way>"

    # Its parts.

    def _close(self) -> None:
        if self._handle is None or self._generation != _fork.generation:
            return
        self._delivery.refuse_in_callback("close()")
        if not self._lock.acquire(False):
            return  # Another thread is at it.
        try:
            self._destroy()
        finally:
            self._lock.release()
        self._delivery.deliver()

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

    def _begin(self) -> None:
        """Something is about to start whose news will come."""

    def _submit(self, request: Request, on_event: OnEvent[J] | None, on_progress: OnProgress[J] | None) -> J:
        self._begin()
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

    def _start(
        self,
        function: str,
        arguments: list[Any],
        to: StrPath | None,
        replace: bool,
        on_event: OnEvent[J] | None,
        on_progress: OnProgress[J] | None,
        id: str | None = None,
    ) -> J:
        """Starts a job that takes no request, of a video that exists when its id is given."""
        path = None if to is None else _convert.path(to, "to")
        flag = _convert.flag(replace, "replace")
        self._begin()
        handle = _abi.i2v_job_p()
        with _Call(self) as client:
            checked(
                self._library,
                getattr(self._library, function),
                client,
                *arguments,
                path,
                flag,
                self._delivery.on_event,
                None,
                byref(handle),
            )
        return self._follow(handle, on_event, on_progress, id)

    def _follow(
        self,
        handle: Any,
        on_event: OnEvent[J] | None,
        on_progress: OnProgress[J] | None,
        id: str | None = None,
        resumed: bool = False,
    ) -> J:
        job = self._job_type(self, handle, on_event, on_progress, id, resumed)
        self._delivery.start(job)
        return job

    def _dispatch(self, slice: int) -> int:
        self._delivery.refuse_in_callback("a call that waits or delivers")
        delivered = c_size_t()
        with _Call(self) as client:
            checked(self._library, self._library.i2v_client_dispatch, client, slice, byref(delivered))
        self._delivery.deliver()
        return delivered.value

    def _descriptor(self) -> int:
        with _Call(self) as client:
            descriptor: int = self._library.i2v_client_get_fd(client)
        return descriptor

    # Its questions, which the clients wait for each in its own way.

    def _ask(
        self, function: str, arguments: list[Any], timeout: float, read: Callable[[Answer], T]
    ) -> Query[T]:
        from ._query import Query

        span = _convert.milliseconds(timeout, "timeout")
        self._begin()
        handle = _abi.i2v_query_p()
        with _Call(self) as client:
            checked(
                self._library,
                getattr(self._library, function),
                client,
                *arguments,
                span,
                self._delivery.on_answer,
                None,
                byref(handle),
            )
        query = Query(self._library, handle, read)
        self._delivery.follow(query)
        return query

    def _ask_results(self, ids: list[str], timeout: float) -> Query[Results]:
        from .answers import Results

        array, count = _array(ids)
        return self._ask(
            "i2v_client_query_results", [array, count], timeout, lambda answer: Results(ids, answer)
        )

    def _ask_effects(self, timeout: float) -> Query[Effects]:
        from .answers import Effects

        return self._ask("i2v_client_query_effects", [], timeout, Effects)

    def _ask_models(self, type: int, timeout: float) -> Query[Models]:
        from .answers import Models

        return self._ask("i2v_client_query_models", [_convert.integer(type, "type")], timeout, Models)

    def _ask_credits(self, timeout: float) -> Query[float]:
        def read(answer: Answer) -> float:
            return float(answer.find("credits"))

        return self._ask("i2v_client_query_credits", [], timeout, read)

    def _ask_deletion(self, ids: list[str], force: bool, timeout: float) -> Query[list[Deletion]]:
        from .answers import Deletion

        array, count = _array(ids)
        return self._ask(
            "i2v_client_delete_videos",
            [array, count, _convert.flag(force, "force")],
            timeout,
            lambda answer: [Deletion(id, *answer.refusal(index)) for index, id in enumerate(ids)],
        )


class _Call:
    """A call into the library with the client's handle, which a close() in another thread waits for."""

    def __init__(self, client: BaseClient[Any]) -> None:
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


def _ids(videos: Iterable[Named] | Named) -> list[str]:
    """The ids of videos, each once, in their order."""
    several: Any = [videos] if isinstance(videos, str) or hasattr(videos, "id") else videos
    return list(dict.fromkeys(map(_named, several)))


def _named(video: Named) -> str:
    id = video if isinstance(video, str) else getattr(video, "id", video)
    if id is None:
        raise InvalidArgumentError(f"{video!r} has no id yet", field="id")
    if not isinstance(id, str):
        raise TypeError(f"a video is named by its id, a Video or a job, not {type(video).__name__}")
    return id


def _array(ids: list[str]) -> tuple[Any, int]:
    return (c_char_p * len(ids))(*[_convert.text(id, "ids") for id in ids]), len(ids)


_open: dict[int, ref[BaseClient[Any]]] = {}


def _close_all() -> None:
    """Ends the threads of the clients before Python takes itself apart."""
    for weak in list(_open.values()):
        client = weak()
        if client is not None:
            client._close()


atexit.register(_close_all)
