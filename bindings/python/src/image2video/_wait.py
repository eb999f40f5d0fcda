"""Waits in slices: between two of them Python sees Ctrl-C and a close() by another thread."""

from __future__ import annotations

from time import monotonic

from . import _convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SLICE = 100
"""How many milliseconds one call into the library waits at most; it returns at once when there is news."""


class Timeout:
    """A time limit in seconds; None is no limit."""

    def __init__(self, seconds: float | None) -> None:
        self._end: float | None = None
        if seconds is not None:
            self._end = monotonic() + max(0, _convert.milliseconds(seconds, "timeout")) / 1000

    def slices(self) -> Iterator[int]:
        """Milliseconds to wait next, at least once and until the time is over."""
        while True:
            left = SLICE if self._end is None else (self._end - monotonic()) * 1000
            yield max(0, min(SLICE, round(left)))
            if left <= 0:
                return
