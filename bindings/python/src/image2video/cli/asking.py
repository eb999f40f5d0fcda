"""The commands that ask the service: results, effects, models, credits, delete."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from .access import make_client
from .exits import Exit
from .show import abilities, lengths, number, resolutions, span, video_document, word
from .tables import Column

if TYPE_CHECKING:
    import argparse

    from ..video import Video
    from .screen import Screen


def results(options: argparse.Namespace, screen: Screen) -> int:
    """Shows how far videos are."""
    with make_client(options) as client:
        found = client.results(options.ids, timeout=options.timeout)
    if len(found) == 1 and not found.missing:
        screen.fields(_details(next(iter(found.values()))))
    else:
        rows = [
            [
                id,
                word(video.status),
                _when(video.create_time),
                "" if video.remaining is None else span(video.remaining),
                number(video.deduction_credit),
                video.failure_reason or video.video_url or "",
            ]
            for id, video in found.items()
        ]
        rows += [[id, "not known", "", "", "", ""] for id in found.missing]
        columns = [
            Column("id"),
            Column("status"),
            Column("created", is_optional=True),
            Column("kept for"),
            Column("credits", is_number=True, is_optional=True),
            Column("video", is_optional=True),
        ]
        screen.table(columns, rows, "No ids were given.")
    documents = {id: video_document(video) for id, video in found.items()}
    screen.document({"videos": documents, "missing": list(found.missing)})
    if not found.missing:
        return Exit.OK
    return Exit.PARTLY if found else Exit.NOT_FOUND


def effects(options: argparse.Namespace, screen: Screen) -> int:
    """Lists the effects."""
    with make_client(options) as client:
        found = client.effects(timeout=options.timeout)
    rows = [[effect.name or "", effect.effect_code or "", effect.video_url or ""] for effect in found]
    columns = [Column("name"), Column("code"), Column("looks like", is_optional=True)]
    screen.table(columns, rows, "There are no effects.")
    screen.document({"effects": [effect.raw for effect in found], "total": found.total})
    return Exit.OK


def models(options: argparse.Namespace, screen: Screen) -> int:
    """Lists the models, best first."""
    with make_client(options) as client:
        found = client.models(options.type, timeout=options.timeout)
    rows = [
        [
            model.value or "",
            model.label or "",
            resolutions(model),
            lengths(model),
            abilities(model),
        ]
        for model in found
    ]
    columns = [
        Column("model"),
        Column("name", is_optional=True),
        Column("unit_credit", least=16),
        Column("seconds", least=10),
        Column("takes", least=12, is_optional=True),
    ]
    screen.table(columns, rows, f"There are no models of type {options.type}.")
    screen.document({"models": [model.raw for model in found]})
    return Exit.OK


def credits(options: argparse.Namespace, screen: Screen) -> int:
    """Shows the balance."""
    with make_client(options) as client:
        balance = client.credits(timeout=options.timeout)
    screen.line(number(balance))
    screen.document({"credits": balance})
    return Exit.OK


def delete(options: argparse.Namespace, screen: Screen) -> int:
    """Deletes videos, after asking where there is somebody to ask."""
    count = len(options.ids)
    if not options.yes and sys.stdin.isatty() and not screen.is_json:
        what = options.ids[0] if count == 1 else f"{count} videos"
        print(f"Delete {what} at the service, for good? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            screen.note("Nothing was deleted.")
            return Exit.OTHER
    with make_client(options) as client:
        deletions = client.delete(*options.ids, force=True, timeout=options.timeout)
    rows = [[each.id, "deleted" if each.deleted else "kept", each.reason or ""] for each in deletions]
    screen.table([Column("id"), Column(""), Column("reason", least=12)], rows, "No ids were given.")
    screen.document({"deletions": [each._asdict() for each in deletions]})
    return Exit.OK if all(each.deleted for each in deletions) else Exit.PARTLY


def _details(video: Video) -> dict[str, str]:
    return {
        "id": video.id or "",
        "status": word(video.status),
        "why": video.failure_reason or "",
        "created": _when(video.create_time),
        "kept for": "" if video.remaining is None else span(video.remaining),
        "credits": number(video.deduction_credit),
        "length": "" if video.video_duration is None else f"{number(video.video_duration)} s",
        "resolution": video.resolution or "",
        "model": video.model_name or "",
        "effect": video.effect_name or "",
        "sound": word(video.audio_type),
        "prompt": video.prompt or "",
        "picture": video.image_url or "",
        "video": video.video_url or "",
    }


def _when(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
