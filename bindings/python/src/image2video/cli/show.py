"""Values as people read them, and as programs do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..enums import EstimateBasis

if TYPE_CHECKING:
    from typing import Any

    from ..answers import Model
    from ..errors import Image2VideoError
    from ..job import Job
    from ..video import Video


def clock(seconds: float) -> str:
    """0:07, 12:30, 1:02:03."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def span(seconds: float) -> str:
    """A long time, roughly: 6 days, 5 hours, 3 minutes."""
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute" if seconds > 0 else "expired"


def size(count: float) -> str:
    """512 B, 2.1 MB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def number(value: float | None) -> str:
    """20, 2.5, 1,234; nothing for None."""
    return "" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def credits(value: float) -> str:
    return f"{number(value)} credit{'' if value == 1 else 's'}"


def estimate(low: float, high: float, basis: EstimateBasis | int) -> str:
    """4 to 100 credits, going by the service's price table."""
    grounds: dict[int, str] = {
        EstimateBasis.OBSERVED: "what was charged before",
        EstimateBasis.MODEL: "the model's entry",
    }
    ground = grounds.get(basis, "the service's price table")
    amount = credits(high) if low == high else f"{number(low)} to {credits(high)}"
    return f"{amount}, going by {ground}"


def word(value: object) -> str:
    """The name of a member in lower case, or the value where there is none."""
    name = getattr(value, "name", None)
    return "" if value is None else str(name if name is not None else value).lower()


def numbers(values: tuple[int, ...]) -> str:
    """5, 10; 3-15 for a long row."""
    if len(values) > 2 and values == tuple(range(values[0], values[-1] + 1)):
        return f"{values[0]}-{values[-1]}"
    return ", ".join(map(str, values))


def about(job: Job, seconds: float | None) -> str:
    """What a finished job has come to: 5 s, 720p, 2.1 MB, 20 credits, in 0:43."""
    video = job.video
    parts = []
    if video is not None:
        if video.video_duration is not None:
            parts.append(f"{number(video.video_duration)} s")
        if video.resolution:
            parts.append(video.resolution)
    if job.progress.received:
        parts.append(size(job.progress.received))
    for snapshot in (video, job.receipt):
        if snapshot is not None and snapshot.deduction_credit is not None:
            parts.append(credits(snapshot.deduction_credit))
            break
    if seconds is not None:
        parts.append(f"in {clock(seconds)}")
    return ", ".join(parts)


def resolutions(model: Model) -> str:
    """Its resolutions, with the unit_credit of each: 720p 0.8, 1080p 1.2."""
    parts = [f"{each.value} {number(each.unit_credit)}".strip() for each in model.resolutions]
    return ", ".join(parts) or number(model.unit_credit)


def lengths(model: Model) -> str:
    """The lengths it takes, by resolution where they differ: 5, 10."""
    own = [f"{each.value}: {numbers(each.durations)}" for each in model.resolutions if each.durations]
    return "; ".join(own) or numbers(model.durations)


def abilities(model: Model) -> str:
    """What else it can do and needs."""
    can = {
        "sound": model.generate_audio,
        "last frame": model.supported_last_frame,
        f"up to {model.max_count}": (model.max_count or 0) > 1,
        "pro": model.is_pro,
        "paid": model.requires_pay,
    }
    return ", ".join(name for name, is_so in can.items() if is_so)


# For programs.


def error_document(error: Image2VideoError) -> dict[str, Any]:
    return {
        "name": error.name,
        "message": error.message,
        "field": error.field,
        "http_status": error.http_status,
        "service_code": error.service_code,
        "service_message": error.service_message,
        "retryable": error.retryable,
        "charge": word(error.charge),
    }


def job_document(job: Job) -> dict[str, Any]:
    error = job.error
    return {
        "id": job.id,
        "state": word(job.state),
        "file": None if job.path is None else str(job.path),
        "video": video_document(job.video),
        "error": None if error is None else error_document(error),
    }


def video_document(video: Video | None) -> Any:
    return None if video is None else video.raw
