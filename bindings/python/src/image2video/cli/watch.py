"""How far a job is: what its bar shows, and what is learned for the next time."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from ..enums import JobState, VideoStatus
from .history import kind_of
from .show import clock, size

if TYPE_CHECKING:
    from ..job import Job
    from .history import History

# The shares of a bar: until the service has accepted the request, until such videos are usually finished, and
# until it is finished. The rest is the download.
_ACCEPTED = 0.02
_EXPECTED = 0.88
_FINISHED = 0.94


class Watched:
    """A job with a name for people, and with what it is expected to take."""

    def __init__(self, job: Job, name: str, history: History, kind: str | None) -> None:
        """`kind` is None where the job was created elsewhere: its video's row says what it is."""
        self.job = job
        self.name = name
        self._history = history
        self._kind = kind
        self._is_own = kind is not None
        self._begin = time.monotonic()
        self._accepted: float | None = None
        self._finished: float | None = None
        self._ended: float | None = None
        self._expected: float | None = None
        self.hindrance: str | None = None
        """Why it does not get on at present."""

    def look(self) -> None:
        """Notes what has changed."""
        now = time.monotonic()
        video = self.job.video
        if self._accepted is None and self.job.id is not None and (video is not None or self._is_own):
            self._accepted = now
            if not self._is_own and video is not None:
                self._kind = kind_of(video.model_name, video.resolution, video.video_duration)
                if video.create_time is not None:
                    self._accepted -= min(max(0.0, time.time() - video.create_time), 7 * 86400)
        if self._accepted is not None and self._expected is None and self._kind is not None:
            self._expected = self._history.expected(self._kind) or self.job.expected_time
        if self._finished is None and video is not None and video.status == VideoStatus.COMPLETED:
            self._finished = now
            if self._is_own and self._kind is not None and self._accepted is not None:
                self._history.learn(self._kind, now - self._accepted)
        if self._ended is None and self.job.done:
            self._ended = now
        # In this order: an error that is there before the end is not the end's.
        error = self.job.error
        goes_on = self.job.state in (JobState.SUBMITTING, JobState.WAITING, JobState.FETCHING)
        self.hindrance = error.message if error is not None and goes_on else None

    @property
    def phase(self) -> str:
        """What is being done, in a word."""
        state = self.job.state
        if state == JobState.SUBMITTING:
            return "sending"
        if state == JobState.WAITING:
            return "queued" if self.job.status == VideoStatus.QUEUEING else "making"
        words = {JobState.FETCHING: "saving", JobState.SAVED: "saved", JobState.COMPLETED: "finished"}
        return words.get(state, "failed") if isinstance(state, JobState) else "working"

    @property
    def fraction(self) -> float:
        """From 0.0 to 1.0. What takes longer than expected gets ever slower, and never there."""
        if self.job.state in (JobState.SAVED, JobState.COMPLETED):
            return 1.0
        if self._accepted is None:
            return 0.0
        if self._finished is not None:
            return _FINISHED + (1 - _FINISHED) * (self.job.progress.fraction or 0.0)
        share = (time.monotonic() - self._accepted) / (self._expected or 60.0)
        if share <= 1:
            return _ACCEPTED + (_EXPECTED - _ACCEPTED) * share
        return _EXPECTED + (_FINISHED - _EXPECTED) * (1 - math.exp(1 - share))

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return (self._ended or time.monotonic()) - self._begin

    @property
    def outlook(self) -> str:
        """When it will be there, or how much is."""
        if self.job.done:
            return clock(self.seconds)
        received, total = self.job.progress
        if received:
            return f"{size(received)} of {size(total)}" if total else size(received)
        if self._accepted is None or self._expected is None or self._finished is not None:
            return ""
        left = self._accepted + self._expected - time.monotonic()
        return f"about {clock(left)} left" if left > 0 else "longer than usual"
