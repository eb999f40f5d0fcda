"""What the exit codes mean."""

from __future__ import annotations

from enum import IntEnum

from .. import errors


class Exit(IntEnum):
    """The exit codes, each for a class of outcomes."""

    OK = 0
    OTHER = 1
    USAGE = 2
    ACCESS = 3
    MONEY = 4
    NETWORK = 5
    FAILED = 6
    UNKNOWN = 7
    TIME = 8
    FILE = 9
    NOT_FOUND = 10
    WEBHOOK = 11
    PARTLY = 12
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "all went well",
    Exit.OTHER: "anything that has no code of its own",
    Exit.USAGE: "the command or the request is wrong: change it",
    Exit.ACCESS: "credentials, permission or plan",
    Exit.MONEY: "credits, billing, or --max-credits",
    Exit.NETWORK: "the network or the service, for now: try again later",
    Exit.FAILED: "the service could not make the video",
    Exit.UNKNOWN: "a video may be in the making, and charged: look before you try again",
    Exit.TIME: "the time is over; the video may still come, see attach",
    Exit.FILE: "a file cannot be read or written, or exists already",
    Exit.NOT_FOUND: "the service does not have the video, or no longer",
    Exit.WEBHOOK: "the webhook is not genuine",
    Exit.PARTLY: "some of several failed",
    Exit.INTERRUPTED: "interrupted with Ctrl-C; the videos go on, see attach",
}

# The first class that an error belongs to counts.
_CLASSES: list[tuple[type[Exception], Exit]] = [
    (errors.OutcomeUnknownError, Exit.UNKNOWN),
    (errors.WebhookError, Exit.WEBHOOK),
    (errors.InvalidArgumentError, Exit.USAGE),
    (errors.InvalidRequestError, Exit.USAGE),
    (errors.InvalidInputError, Exit.USAGE),
    (errors.AuthError, Exit.ACCESS),
    (errors.NotAllowedError, Exit.ACCESS),
    (errors.PlanError, Exit.ACCESS),
    (errors.QuotaError, Exit.MONEY),
    (errors.BillingError, Exit.MONEY),
    (errors.BudgetError, Exit.MONEY),
    (errors.NetworkError, Exit.NETWORK),
    (errors.RateLimitError, Exit.NETWORK),
    (errors.ServerError, Exit.NETWORK),
    (errors.HTTPError, Exit.NETWORK),
    (errors.JobFailedError, Exit.FAILED),
    (errors.NoVideoError, Exit.FAILED),
    (errors.DeadlineError, Exit.TIME),
    (errors.WaitTimeoutError, Exit.TIME),
    (errors.FileError, Exit.FILE),
    (errors.LedgerError, Exit.FILE),
    (errors.NotFoundError, Exit.NOT_FOUND),
    (errors.VideoGoneError, Exit.NOT_FOUND),
    (errors.IdUnknownError, Exit.NOT_FOUND),
]


def exit_for(error: Exception) -> Exit:
    """The code for an error. What may have been charged is never called one to try again."""
    code = next((code for kind, code in _CLASSES if isinstance(error, kind)), Exit.OTHER)
    if code in (Exit.NETWORK, Exit.OTHER) and isinstance(error, errors.Image2VideoError) and error.charge:
        return Exit.UNKNOWN
    return code


def exit_for_all(errors: list[Exception | None]) -> Exit:
    """The code for several outcomes: what they share, or that some failed."""
    codes = {Exit.OK if error is None else exit_for(error) for error in errors}
    return codes.pop() if len(codes) == 1 else Exit.PARTLY if codes else Exit.OK
