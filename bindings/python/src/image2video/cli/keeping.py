"""The commands about the ledger: resume, jobs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..enums import Charge, JobState, Status
from ..ledger import read_ledger
from .access import make_client, needed_ledger_path
from .exits import Exit
from .history import History
from .making import name_of, see_through, tell_of_search
from .show import number, word
from .tables import Column
from .watch import Watched

if TYPE_CHECKING:
    import argparse

    from ..ledger import LedgerRecord
    from .screen import Screen


def resume(options: argparse.Namespace, screen: Screen) -> int:
    """Takes up all that is unfinished, and what was lost earlier, and sees it through."""
    ledger = needed_ledger_path(options)
    with make_client(options, ledger=ledger, max_credits=options.max_credits) as client:
        lost = client.reconcile() if options.reconcile else []
        if lost:
            tell_of_search(len(lost), screen)
        watched = [Watched(job, name_of(job), History(), None) for job in lost + client.resume()]
        if watched:
            return see_through(client, watched, options, screen, is_batch=True, looked_for=lost)
    screen.line("There is nothing to take up.")
    screen.document({"jobs": []})
    return Exit.OK


def jobs(options: argparse.Namespace, screen: Screen) -> int:
    """Lists what is in the ledger."""
    records = [
        record for record in read_ledger(needed_ledger_path(options)) if record.is_open or not options.open
    ]
    columns = [
        Column("id"),
        Column("state"),
        Column("submitted", is_optional=True),
        Column("credits", is_number=True, is_optional=True),
        Column("file", is_optional=True),
        Column("why", least=20, is_optional=True),
    ]
    screen.table(columns, [_row(record) for record in records], "The ledger has no such jobs.")
    screen.document({"jobs": [_document(record) for record in records]})
    return Exit.OK


def _row(record: LedgerRecord) -> list[str]:
    return [
        record.id or "-",
        _state(record),
        time.strftime("%Y-%m-%d %H:%M", time.localtime(record.submitted)),
        number(record.deduction_credit),
        "" if record.path is None else str(record.path),
        record.message or "",
    ]


def _state(record: LedgerRecord) -> str:
    """Where it is. That money may be lost is said first."""
    if record.status == Status.OUTCOME_UNKNOWN:
        return "outcome unknown"
    if record.state == JobState.FAILED and record.is_open:
        return "interrupted"  # With its client; resume takes it up.
    if record.state == JobState.FAILED and record.charge != Charge.NONE:
        return "failed, charged" if record.charge == Charge.CERTAIN else "failed, maybe charged"
    return word(record.state)


def _document(record: LedgerRecord) -> dict[str, object]:
    """The record under the library's names, with words in place of numbers."""
    words = {"state": word(record.state), "status": word(record.status), "charge": word(record.charge)}
    return {**record.raw, **words}
