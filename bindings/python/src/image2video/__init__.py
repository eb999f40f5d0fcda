"""Turns pictures into videos through the AKOOL Image to Video service.

In one line: `Client(api_key="...").animate("https://example.com/cat.png", "the cat blinks", to="cat.mp4")`.
"""

from __future__ import annotations

from ._abi import I2V_VERSION as __version__
from .client import Client
from .errors import (
    AuthError,
    BillingError,
    ClosedError,
    ConflictError,
    ConnectError,
    DeadlineError,
    FileError,
    ForkedError,
    HTTPError,
    IdUnknownError,
    Image2VideoError,
    InCallbackError,
    InvalidArgumentError,
    InvalidInputError,
    InvalidRequestError,
    InvalidStateError,
    JobCancelledError,
    JobFailedError,
    LibraryNotFoundError,
    LibraryVersionError,
    NetworkError,
    NotAllowedError,
    NotFoundError,
    NoVideoError,
    OutcomeUnknownError,
    PlanError,
    ProtocolError,
    QuotaError,
    RateLimitError,
    ResolveError,
    ServerError,
    ServiceError,
    SystemResourceError,
    TargetExistsError,
    TLSError,
    TooLargeError,
    VideoGoneError,
    WaitTimeoutError,
)
from .job import Job, Progress
from .request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .enums import AudioType, Charge, Event, JobState, Status, VideoStatus
    from .video import Video
else:

    def __getattr__(name):
        """Gives what is imported when it is first asked for, so that importing the package is quick."""
        from importlib import import_module

        if name == "Video":
            module = "video"
        elif name in {"AudioType", "Charge", "Event", "JobState", "Status", "VideoStatus"}:
            module = "enums"
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module("." + module, __name__), name)
        globals()[name] = value
        return value


__all__ = [
    "AudioType",
    "AuthError",
    "BillingError",
    "Charge",
    "Client",
    "ClosedError",
    "ConflictError",
    "ConnectError",
    "DeadlineError",
    "Event",
    "FileError",
    "ForkedError",
    "HTTPError",
    "IdUnknownError",
    "Image2VideoError",
    "InCallbackError",
    "InvalidArgumentError",
    "InvalidInputError",
    "InvalidRequestError",
    "InvalidStateError",
    "Job",
    "JobCancelledError",
    "JobFailedError",
    "JobState",
    "LibraryNotFoundError",
    "LibraryVersionError",
    "NetworkError",
    "NoVideoError",
    "NotAllowedError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PlanError",
    "Progress",
    "ProtocolError",
    "QuotaError",
    "RateLimitError",
    "Request",
    "ResolveError",
    "ServerError",
    "ServiceError",
    "Status",
    "SystemResourceError",
    "TLSError",
    "TargetExistsError",
    "TooLargeError",
    "Video",
    "VideoGoneError",
    "VideoStatus",
    "WaitTimeoutError",
    "__version__",
]
