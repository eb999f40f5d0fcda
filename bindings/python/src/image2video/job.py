"""One video on its way."""

from __future__ import annotations

from ctypes import byref, c_int64
from os import fsdecode

from . import _abi, _convert, _fork
from ._generic import Generic
from ._wait import Timeout
from .errors import ForkedError, WaitTimeoutError, _text, checked, error_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any, TypeVar, Union

    from typing_extensions import Self

    from ._base import BaseClient
    from ._convert import StrPath
    from .client import Client
    from .enums import Event, JobState, VideoStatus
    from .errors import Image2VideoError
    from .video import Video

    C = TypeVar("C", bound=BaseClient[Any])
    J = TypeVar("J", bound="BaseJob[Any]")
    OnEvent = Callable[[J, Union[Event, int]], object]
    OnProgress = Callable[[J], object]
    Listener = Callable[..., object]
else:
    C = Client = None

_FINAL = (_abi.I2V_JOB_COMPLETED, _abi.I2V_JOB_SAVED, _abi.I2V_JOB_FAILED)


class Progress(tuple[int, "int | None"]):
    """How much of a video has been downloaded: (received, total) in bytes; total is None while not known."""

    __slots__ = ()

    def __new__(cls, received: int, total: int | None) -> Progress:
        return super().__new__(cls, (received, total))

    @property
    def received(self) -> int:
        return self[0]

    @property
    def total(self) -> int | None:
        return self[1]

    @property
    def fraction(self) -> float | None:
        """From 0.0 to 1.0; None while the total is not known."""
        return self.received / self.total if self.total else None

    def __repr__(self) -> str:
        return f"Progress(received={self.received}, total={self.total})"


class BaseJob(Generic[C]):
    """What jobs of both clients have in common. Attributes never wait."""

    def __init__(
        self,
        client: C,
        handle: Any,
        on_event: Listener | None,
        on_progress: Listener | None,
        id: str | None = None,
        resumed: bool = False,
    ) -> None:
        """Takes over one reference to `handle`; made by the client alone. `id` is that of a video that exists
        already."""
        self._client = client
        self._library = client._library
        self._release = client._library.i2v_job_release
        self._generation = _fork.generation
        self._job = handle
        self._known_id = id
        is_created = id is not None or (resumed and self._came_with_its_id())
        self._listen(on_event, on_progress, is_created)

    def __del__(self) -> None:
        if self._generation == _fork.generation:
            # The garbage collector ends jobs and their client in any order, and the end of the client tells its jobs.
            job, self._job = self._job, None
            self._release(job)

    @property
    def _handle(self) -> Any:
        """The library's job. The child of a fork must not look at it: its lock may be held for ever."""
        if self._generation != _fork.generation:
            raise ForkedError("the job was made before a fork; make a new client in the child")
        return self._job

    # What is known of it.

    @property
    def client(self) -> C:
        """The client that made it."""
        return self._client

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not, and its last callback is due or has run."""
        return not self._is_under_way

    @property
    def state(self) -> JobState | int:
        """Where it is."""
        from .enums import JobState, known

        return known(JobState, self._library.i2v_job_get_state(self._handle))

    @property
    def status(self) -> VideoStatus | int | None:
        """The service's latest word on how far it is."""
        video = self.video
        return None if video is None else video.status

    @property
    def id(self) -> str | None:
        """The service's id of the video, once the service has accepted the request."""
        return _text(self._library.i2v_job_get_id(self._handle)) or self._known_id

    @property
    def video(self) -> Video | None:
        """The service's latest word on the video."""
        return self._snapshot(self._library.i2v_job_copy_video(self._handle))

    @property
    def receipt(self) -> Video | None:
        """What the service answered to the request: its echo of it."""
        return self._snapshot(self._library.i2v_job_copy_receipt(self._handle))

    @property
    def error(self) -> Image2VideoError | None:
        """What ended it, if it failed; while it goes on, what hinders it at present: the service refuses the
        credentials, or fails, or does not answer, or the ledger cannot be written. It goes on by itself when the
        reason is gone, so an error alone is not the end: `done` and `state` say which it is."""
        error = self._library.i2v_job_copy_error(self._handle)
        return self._failed(error) if error else None

    @property
    def path(self) -> Path | None:
        """The file it saves to, or has saved to."""
        path = self._library.i2v_job_get_path(self._handle)
        if path is None:
            return None
        from pathlib import Path

        return Path(fsdecode(path))

    @property
    def progress(self) -> Progress:
        """How much of the video has been downloaded."""
        received, total = self._progress()
        return Progress(received, None if total < 0 else total)

    @property
    def expected_time(self) -> float | None:
        """How many seconds such videos usually take from their creation: learned from those of this client,
        before there were any what is reported of the service. None until the service has accepted it."""
        value = c_int64()
        known: bool = self._library.i2v_job_get_expected_time(self._handle, byref(value))
        return value.value / 1000 if known else None

    def __repr__(self) -> str:
        if self._generation != _fork.generation:
            return f"<{type(self).__name__} of the parent process>"
        parts = [getattr(self.state, "name", str(self.state)).lower()]
        status = self.status
        if parts[0] == "waiting" and status is not None:
            parts.append(getattr(status, "name", f"status {status}").lower())
        fraction = self.progress.fraction
        if parts[0] == "fetching" and fraction is not None:
            parts.append(f"{fraction:.0%}")
        if self.path is not None:
            parts.append(str(self.path))
        error = self.error
        if error is not None:
            parts.append(str(error))
        return f"<{type(self).__name__} {self.id or 'without id'}: {', '.join(parts)}>"

    # What can be done with it.

    def fetch(
        self,
        to: StrPath,
        *,
        replace: bool = False,
        on_event: OnEvent[Self] | None = None,
        on_progress: OnProgress[Self] | None = None,
    ) -> Self:
        """Starts to save the finished video, without waiting; wait() waits for it. Costs nothing.

        For jobs that were submitted without `to`, and for another try after a download failed.
        """
        delivery = self._client._delivery
        checked(
            self._library,
            self._library.i2v_job_fetch,
            self._handle,
            _convert.path(to, "to"),
            _convert.flag(replace, "replace"),
            delivery.on_event,
            None,
        )
        self._listen(on_event, on_progress, is_created=True)
        delivery.start(self)
        return self

    def reconcile(
        self, *, on_event: OnEvent[Self] | None = None, on_progress: OnProgress[Self] | None = None
    ) -> Self:
        """Starts to look for the video of a job that ended with OutcomeUnknownError, without waiting; wait()
        waits for what comes of it. Creates nothing and costs nothing.

        Goes through the account's recent videos, at most 2000, for one that no other job of the client or of
        its ledger is about and that was made from the same picture and prompt within ten minutes of the
        create. Where a ledger is configured and the request has a `webhookurl`, the match is certain. Found,
        there is an Event.CREATED and the job goes on with it; not found, or one of several that look alike,
        it ends with OutcomeUnknownError again.

        Raises InvalidStateError for a job that has not ended so, or that has an id.
        """
        delivery = self._client._delivery
        self._client._begin()
        checked(self._library, self._library.i2v_job_reconcile, self._handle, delivery.on_event, None)
        self._listen(on_event, on_progress, is_created=False)
        delivery.start(self)
        return self

    def cancel(self) -> None:
        """Cancels what it is doing, without waiting; a job that has ended already is left as it is.

        The service cannot be told to stop: a video that it accepted is made, and charged.
        """
        status = self._library.i2v_job_cancel(self._handle)
        if status != _abi.I2V_OK:
            raise error_from(self._library, None, status)

    # How its news is found.

    def _came_with_its_id(self) -> bool:
        """Whether a job of the ledger had an id before it was taken up. What got one since has a receipt."""
        if self._library.i2v_job_get_id(self._handle) is None:
            return False
        receipt = self._library.i2v_job_copy_receipt(self._handle)
        self._library.i2v_video_release(receipt)
        return not receipt

    def _listen(self, on_event: Listener | None, on_progress: Listener | None, is_created: bool) -> None:
        self._listeners = (on_event, on_progress)
        self._seen_id = is_created
        self._seen_status = self._status() if is_created else 0
        self._seen_progress = (0, -1)
        self._seen_hindrance: tuple[int, int] | None = None
        self._is_under_way = True

    def _news(self) -> Iterator[int]:
        """Each event that follows from what has changed since the last look."""
        # In this order: an error of before the end is no reason for it, and what ended the job came before its state.
        hindrance = self._hindrance() if self._is_listened_to else None
        has_ended = self._library.i2v_job_get_state(self._handle) in _FINAL
        if self._is_listened_to:
            if not self._seen_id and self._library.i2v_job_get_id(self._handle) is not None:
                self._seen_id = True
                self._seen_status = self._receipt_status()
                yield _abi.I2V_EVENT_CREATED
            if self._seen_id and (status := self._status()) != self._seen_status:
                self._seen_status = status
                yield _abi.I2V_EVENT_STATUS
            if (progress := self._progress()) != self._seen_progress:
                self._seen_progress = progress
                yield _abi.I2V_EVENT_PROGRESS
            if not has_ended and hindrance != self._seen_hindrance:
                self._seen_hindrance = hindrance
                if hindrance is not None:
                    yield _abi.I2V_EVENT_WARNING
        if has_ended and self._is_under_way:
            self._is_under_way = False
            yield _abi.I2V_EVENT_DONE

    @property
    def _is_listened_to(self) -> bool:
        return self._listeners != (None, None)

    def _tell(self, event: int) -> None:
        on_event, on_progress = self._listeners
        try:
            if on_event is not None:
                from .enums import Event, known

                on_event(self, known(Event, event))
        finally:
            if on_progress is not None:
                on_progress(self)

    def _status(self) -> int:
        return self._status_of(self._library.i2v_job_copy_video(self._handle))

    def _receipt_status(self) -> int:
        return self._status_of(self._library.i2v_job_copy_receipt(self._handle))

    def _status_of(self, video: Any) -> int:
        status: int = self._library.i2v_video_get_status(video)
        self._library.i2v_video_release(video)
        return status

    def _hindrance(self) -> tuple[int, int] | None:
        """What tells its error from others."""
        error = self._library.i2v_job_copy_error(self._handle)
        if not error:
            return None
        try:
            status: int = self._library.i2v_error_get_status(error)
            code: int = self._library.i2v_error_get_service_code(error)
            return status, code
        finally:
            self._library.i2v_error_destroy(error)

    def _progress(self) -> tuple[int, int]:
        received, total = c_int64(), c_int64(-1)
        self._library.i2v_job_get_progress(self._handle, byref(received), byref(total))
        return received.value, total.value

    def _snapshot(self, video: Any) -> Video | None:
        if not video:
            return None
        from .video import Video

        return Video(self._library, video)

    def _outcome(self) -> Video:
        """The video of a job that has ended; raises what went wrong."""
        error = self.error
        if error is not None:
            raise error
        video = self.video
        assert video is not None, "the library ended a job well without a video"
        return video

    def _failed(self, error: Any, status: int | None = None) -> Image2VideoError:
        failure = error_from(self._library, error, status)
        failure.job = self
        return failure


class Job(BaseJob[Client]):
    """One video on its way, from Client.submit(). Its attributes never wait."""

    def wait(self, timeout: float | None = None) -> Video:
        """Waits until it has ended, and returns the video, or raises what went wrong.

        Runs the client's callbacks, of all its jobs, while it waits.

        :param timeout: seconds; when they have passed, WaitTimeoutError is raised and the job goes on.
        """
        delivery = self._client._delivery
        delivery.refuse_in_callback("Job.wait()")
        error = _abi.i2v_error_p()
        for slice in Timeout(timeout).slices():
            status = self._library.i2v_job_wait(self._handle, slice, byref(error))
            if status != _abi.I2V_ERROR_TIMEOUT:
                break
            self._library.i2v_error_destroy(error)
            error = _abi.i2v_error_p()
            delivery.deliver()
        else:
            raise WaitTimeoutError(f"the job is still going on after {timeout} s", retryable=True)
        failure = self._failed(error, status) if status != _abi.I2V_OK else None
        delivery.deliver()
        if failure is not None:
            raise failure
        return self._outcome()
