"""The commands that make videos, or follow them: animate, batch, audio, attach."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ..enums import AudioType
from ..errors import (
    Image2VideoError,
    InvalidArgumentError,
    JobFailedError,
    NoVideoError,
    OutcomeUnknownError,
    VideoGoneError,
)
from ..request import Request, _part
from .access import ledger_path, make_keeping_client
from .exits import Exit, exit_for_all
from .history import History, kind_of
from .progress import follow
from .show import about, estimate, job_document, word
from .watch import Watched

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..client import Client
    from ..job import Job
    from .screen import Screen

_FIELDS = (
    "prompt",
    "negative_prompt",
    "extend_prompt",
    "resolution",
    "video_length",
    "audio_url",
    "is_premium_model",
    "webhookurl",
    "webhook_nonce",
    "last_image_url",
    "count",
    "generate_audio",
    "multi_prompt",
    "replace",
    "deadline",
)


# The commands.


def animate(options: argparse.Namespace, screen: Screen) -> int:
    """Makes one video and saves it."""
    with make_keeping_client(options, max_credits=options.max_credits) as client:
        fields = _fields(options, client)
        request = Request(options.image, to=options.to or _file_for(options.image), **fields)
        request.validate()
        if options.estimate:
            return _estimate(client, [request], screen)
        job = client.submit(request)
        return see_through(client, [_watched(job, request)], options, screen, is_batch=False)


def batch(options: argparse.Namespace, screen: Screen) -> int:
    """Makes videos of several pictures, or several of one. All are checked before the first is sent."""
    with make_keeping_client(options, max_credits=options.max_credits) as client:
        requests = list(_requests(options, _fields(options, client)))
        if not requests:
            raise InvalidArgumentError("no pictures were given", field="image_url")
        if options.estimate:
            return _estimate(client, requests, screen)
        watched: list[Watched] = []
        refusal: Image2VideoError | None = None
        for request in requests:
            try:
                watched += [_watched(job, request) for job in client.submit_batch(request)]
            except Image2VideoError as error:
                # The budget may be used up in the middle: what was submitted is seen through.
                refusal = error
                break
        code = see_through(client, watched, options, screen, is_batch=True) if watched else Exit.OK
        if refusal is None:
            return code
        if not watched:
            raise refusal
        screen.note(f"image2video: {len(watched)} of {_total(requests)} videos were submitted: {refusal}")
        return Exit.PARTLY


def audio(options: argparse.Namespace, screen: Screen) -> int:
    """Gives a finished video new sound."""
    with make_keeping_client(options, max_credits=options.max_credits) as client:
        to = options.to or f"{options.id}-audio.mp4"
        job = client.update_audio(
            options.id, audio_url=options.audio_url, to=to, replace=bool(options.replace)
        )
        watched = Watched(job, name_of(job), History(), kind_of("audio", None, None))
        return see_through(client, [watched], options, screen, is_batch=False)


def attach(options: argparse.Namespace, screen: Screen) -> int:
    """Takes videos up by their ids, wherever they were created."""
    if options.to is not None and len(options.ids) > 1:
        raise InvalidArgumentError("--to names one file, for one id", field="to")
    with make_keeping_client(options) as client:
        watched = []
        for id in options.ids:
            to = None if options.no_save else options.to or f"{id}.mp4"
            job = client.attach(id, to=to, replace=bool(options.replace))
            watched.append(Watched(job, name_of(job), History(), None))
        return see_through(client, watched, options, screen, is_batch=len(watched) > 1)


# What to make.


def _fields(options: argparse.Namespace, client: Client) -> dict[str, Any]:
    fields = {name: getattr(options, name, None) for name in _FIELDS}
    if options.audio_type is not None:
        fields["audio_type"] = AudioType[options.audio_type.upper()]
    if options.model is not None:
        # With its entry in the list the request is checked, and filled in, before it is sent.
        fields["model_name"] = client.models().find(options.model) or options.model
    if options.effect is not None:
        fields["effect_code"] = client.effects().find(options.effect) or options.effect
    return fields


def _requests(options: argparse.Namespace, fields: dict[str, Any]) -> Iterator[Request]:
    """A request for each picture, checked, with a file of its own for each."""
    folder = Path(options.to or ".")
    taken: set[Path] = set()
    for entry in [*({"image_url": image} for image in options.images), *_entries(options.from_file)]:
        wanted = {**fields, **entry}
        try:
            name = wanted.pop("to", None) or _file_for(str(wanted.get("image_url")))
            wanted["to"] = _free(folder / name, taken)
            request = Request(**wanted)
            request.validate()
        except TypeError as error:
            raise InvalidArgumentError(f"{options.from_file}: {error}", field="from") from None
        yield request


def _entries(path: str | None) -> Iterator[dict[str, Any]]:
    """The lines of a file of requests: JSON objects with the fields of a request."""
    if path is None:
        return
    text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            raise InvalidArgumentError(f"{path}, line {number} is no JSON object", field="from")
        yield entry


def _file_for(image: str) -> str:
    """cat.mp4 for https://example.com/pictures/cat.png?size=large."""
    stem = Path(unquote(urlsplit(image).path)).stem.replace("\0", "")
    return f"{stem or 'video'}.mp4"


def _free(path: Path, taken: set[Path]) -> Path:
    """The path, or with a number where another video of this run has it."""
    free, number = path, 1
    while free in taken:
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    taken.add(free)
    return free


def _total(requests: Sequence[Request]) -> int:
    return sum(request.count or 1 for request in requests)


def _estimate(client: Client, requests: list[Request], screen: Screen) -> int:
    """Tells what they would cost, and sends nothing."""
    each = [client.estimate(request) for request in requests]
    low, high = sum(one.low for one in each), sum(one.high for one in each)
    # Together they rest on the weakest of their grounds.
    basis = max(one.basis for one in each)
    count = _total(requests)
    screen.line(f"{count} video{'s' if count > 1 else ''}: {estimate(low, high, basis)}")
    screen.document({"low": low, "high": high, "basis": word(basis), "videos": count})
    return Exit.OK


# Seeing it through.


def _watched(job: Job, request: Request) -> Watched:
    model: Any = request.model_name
    length = request.video_length
    if length is None and request.multi_prompt:
        length = sum(_part(shot)[0] for shot in request.multi_prompt)
    kind = kind_of(getattr(model, "value", model), request.resolution, length)
    return Watched(job, name_of(job), History(), kind)


def name_of(job: Job) -> str:
    return job.path.name if job.path is not None else job.id or "video"


def see_through(
    client: Client,
    watched: list[Watched],
    options: argparse.Namespace,
    screen: Screen,
    *,
    is_batch: bool,
    looked_for: Sequence[Job] = (),
) -> int:
    """Waits for the jobs and tells what came of each. `looked_for` need not be looked for once more."""
    try:
        follow(client, watched, screen)
        if getattr(options, "reconcile", False):
            watched = _reconciled(client, watched, looked_for, screen)
    except KeyboardInterrupt:
        _interrupted(client, watched, options, screen)
        return Exit.INTERRUPTED
    for each in watched:
        _tell(each, screen)
    jobs = [each.job for each in watched]
    screen.document({"jobs": [job_document(job) for job in jobs]} if is_batch else job_document(jobs[0]))
    return exit_for_all([job.error for job in jobs])


def _reconciled(
    client: Client, watched: list[Watched], looked_for: Sequence[Job], screen: Screen
) -> list[Watched]:
    """Looks for the videos of the creates whose answers were lost, and sees those through that are found."""
    after = []
    lost = []
    for each in watched:
        job = each.job
        if job.id is None and isinstance(job.error, OutcomeUnknownError) and job not in looked_for:
            each = Watched(job.reconcile(), each.name, History(), None)
            lost.append(each)
        after.append(each)
    if lost:
        tell_of_search(len(lost), screen)
        follow(client, lost, screen)
    return after


def tell_of_search(count: int, screen: Screen) -> None:
    what = "a video" if count == 1 else f"{count} videos"
    screen.note(f"Looking for {what} among the account's recent ones.")


def _tell(each: Watched, screen: Screen) -> None:
    job = each.job
    error = job.error
    if error is None:
        place = str(job.path) if job.path is not None else f"{job.id} is finished"
        screen.line(f"{place}  {about(job, each.seconds)}")
        if job.path is None and job.video is not None and job.video.video_url is not None:
            screen.line(job.video.video_url)
        return
    id = f" ({job.id})" if job.id is not None else ""
    screen.warn(f"{each.name}{id}: {error}")
    if job.id is not None and not isinstance(error, (JobFailedError, NoVideoError, VideoGoneError)):
        screen.note(f"To take it up again:\n{_how_to_attach([job])}")


def _interrupted(client: Client, watched: list[Watched], options: argparse.Namespace, screen: Screen) -> None:
    """Says how to take up what goes on. What is on its way to the service has probably been paid for: its
    answer, which has the id, is worth waiting for, unless Ctrl-C comes once more."""
    jobs = [each.job for each in watched if not each.job.done]
    if any(job.id is None for job in jobs):
        try:
            screen.note("Waiting for the id of what was sent; Ctrl-C again gives up.")
            while any(job.id is None and not job.done for job in jobs):
                client.dispatch(0.1)
        except KeyboardInterrupt:
            pass
    known = [job for job in jobs if job.id is not None]
    if known:
        what = "The video goes on" if len(known) == 1 else f"{len(known)} videos go on"
        screen.say(f"{what} at the service. To take up:\n{_how_to_resume(known, options)}")
    lost = sum(job.id is None and not job.done for job in jobs)
    if lost:
        screen.say(f"{lost} without an answer: it may be in the making, and may have been charged.")
    screen.document({"interrupted": [job_document(each.job) for each in watched]})


def _how_to_resume(jobs: Sequence[Job], options: argparse.Namespace) -> str:
    """With a ledger one command does for all."""
    from shlex import quote

    if ledger_path(options) is None:
        return _how_to_attach(jobs)
    return "  image2video resume" + (f" --ledger {quote(options.ledger)}" if options.ledger else "")


def _how_to_attach(jobs: Sequence[Job]) -> str:
    from shlex import quote

    lines = []
    for job in jobs:
        to = f" --to {quote(str(job.path))}" if job.path is not None else " --no-save"
        lines.append(f"  image2video attach {job.id}{to}")
    return "\n".join(lines)
