"""What a ledger holds, for looking: no client is needed, and no credentials.

`Client(ledger=...)` keeps one, and Client.resume() goes on with what is in it.
"""

from __future__ import annotations

from ctypes import byref, c_size_t
from dataclasses import dataclass, field
from datetime import timedelta
from json import loads
from os import fsdecode, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _abi, _convert
from ._library import library
from .enums import Charge, JobState, Status, VideoStatus, known
from .errors import _text, checked

if TYPE_CHECKING:
    from ._convert import StrPath


@dataclass(frozen=True)
class LedgerRecord:
    """One job of a ledger, as it was when the ledger was read. Times are in seconds since 1970."""

    number: int
    """Its number in the ledger; later jobs have higher ones."""
    submission: str
    """What the jobs of one create share, and no others."""
    request: dict[str, Any] | None = field(hash=False)
    """The request as it was sent; None for a video that was made elsewhere."""
    id: str | None
    """The service's id of the video."""
    path: Path | None
    """The file it is, or is to be, saved to."""
    state: JobState | int
    """Where it is, or was when its process ended."""
    is_open: bool
    """Whether it is not finished, so that resume() takes it up when its process is gone."""
    is_held: bool
    """Whether a process has it, or had it when it was killed."""
    status: Status | int
    """What ended it; OK when it has not ended, or ended well."""
    message: str | None
    """What ended it, for a person."""
    charge: Charge | int
    """Whether credits were taken for it, as far as is known."""
    submitted: float
    """When it was submitted."""
    sent: float | None
    """When its create went on the wire; None when nothing was sent."""
    changed: float
    """When the record was last written."""
    service_status: VideoStatus | int | None
    """How far the service was."""
    url: str | None
    """The address of the finished video."""
    expires: float | None
    """When the service lets go of the video."""
    estimate: float | None
    """The credits that it was expected to take."""
    deduction_credit: float | None
    """The credits that the service said it took."""
    raw: dict[str, Any] = field(hash=False, repr=False)
    """The whole record, under the library's names and with times in milliseconds."""


def read_ledger(path: StrPath) -> list[LedgerRecord]:
    """Reads all of a ledger, oldest first; clients may use it meanwhile. May be called from any thread.

    A ledger that no client uses is read in a folder that can be written to, since SQLite makes its -wal and
    -shm files there; copy it out of any other.

    Raises LedgerError when there is none, when it is damaged, of something else or of a newer version, and
    ForkedError in a process that was forked off while a ledger was open.
    """
    functions = library()
    handle = _abi.i2v_ledger_p()
    checked(functions, functions.i2v_ledger_open, _file(path), byref(handle))
    try:
        return [_record(functions, handle, index) for index in range(functions.i2v_ledger_get_count(handle))]
    finally:
        functions.i2v_ledger_destroy(handle)


def prune_ledger(path: StrPath, older_than: timedelta | float) -> int:
    """Removes the records of what ended a while ago from a ledger, and tells how many those were. What
    resume() or reconcile() would take up stays, however old it is. Better keep seven days: the videos of other
    records are none that a lost create can be taken for. Raises what read_ledger() does.

    :param older_than: how long ago it ended at least: a timedelta, or seconds.
    """
    if isinstance(older_than, timedelta):
        older_than = older_than.total_seconds()
    age = _convert.milliseconds(older_than, "older_than")
    functions = library()
    removed = c_size_t()
    checked(functions, functions.i2v_ledger_prune, _file(path), age, byref(removed))
    return removed.value


def _file(path: StrPath) -> bytes:
    _convert.path(path, "path")
    return _convert.text(fspath(path), "path")


def _record(functions: _abi.Functions, handle: Any, index: int) -> LedgerRecord:
    raw: dict[str, Any] = loads(_text(functions.i2v_ledger_get_json(handle, index)) or "{}")
    path: bytes | None = functions.i2v_ledger_get_path(handle, index)
    service_status = raw.get("service_status")
    return LedgerRecord(
        number=raw["number"],
        submission=raw["submission"],
        request=raw.get("request"),
        id=_text(functions.i2v_ledger_get_id(handle, index)),
        path=None if path is None else Path(fsdecode(path)),
        state=known(JobState, functions.i2v_ledger_get_state(handle, index)),
        is_open=functions.i2v_ledger_get_open(handle, index),
        is_held=raw["held"],
        status=known(Status, functions.i2v_ledger_get_status(handle, index)),
        message=raw.get("message"),
        charge=known(Charge, functions.i2v_ledger_get_charge(handle, index)),
        submitted=raw["submitted"] / 1000,
        sent=_seconds(raw.get("sent")),
        changed=raw["changed"] / 1000,
        service_status=known(VideoStatus, service_status) if service_status else None,
        url=raw.get("url"),
        expires=_seconds(raw.get("expires")),
        estimate=raw.get("estimate"),
        deduction_credit=raw.get("deduction_credit"),
        raw=raw,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
