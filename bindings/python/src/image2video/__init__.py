"""Turns pictures into videos through the AKOOL Image to Video service.

In one line: `Client(api_key="...").animate("https://example.com/cat.png", "the cat blinks", to="cat.mp4")`.
"""

from __future__ import annotations

from ._abi import I2V_VERSION as __version__
from ._base import BaseClient
from .client import Client
from .errors import (
    AuthError,
    BillingError,
    BudgetError,
    BusyError,
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
    LedgerError,
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
    VideoExpiredError,
    VideoGoneError,
    WaitTimeoutError,
    WebhookError,
)
from .job import BaseJob, Job, Progress
from .request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._snapshot import Snapshot
    from .aio import AsyncClient, AsyncJob
    from .answers import Deletion, Effect, Effects, Model, Models, Results, Spending
    from .enums import (
        AudioType,
        Charge,
        EstimateBasis,
        Event,
        JobState,
        Retry,
        ServiceCode,
        Status,
        VideoStatus,
    )
    from .estimate import Estimate
    from .ledger import LedgerRecord, prune_ledger, read_ledger
    from .video import Video
    from .webhook import WebhookEvent, open_webhook
else:
    # What is imported when it is first asked for, so that importing the package is quick.
    _LAZY = {
        "_snapshot": ("Snapshot",),
        "aio": ("AsyncClient", "AsyncJob"),
        "answers": ("Deletion", "Effect", "Effects", "Model", "Models", "Results", "Spending"),
        "enums": (
            "AudioType",
            "Charge",
            "EstimateBasis",
            "Event",
            "JobState",
            "Retry",
            "ServiceCode",
            "Status",
            "VideoStatus",
        ),
        "estimate": ("Estimate",),
        "ledger": ("LedgerRecord", "prune_ledger", "read_ledger"),
        "video": ("Video",),
        "webhook": ("WebhookEvent", "open_webhook"),
    }

    def __getattr__(name):
        from importlib import import_module

        for module, names in _LAZY.items():
            if name in names:
                value = getattr(import_module("." + module, __name__), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AsyncClient",
    "AsyncJob",
    "AudioType",
    "AuthError",
    "BaseClient",
    "BaseJob",
    "BillingError",
    "BudgetError",
    "BusyError",
    "Charge",
    "Client",
    "ClosedError",
    "ConflictError",
    "ConnectError",
    "DeadlineError",
    "Deletion",
    "Effect",
    "Effects",
    "Estimate",
    "EstimateBasis",
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
    "LedgerError",
    "LedgerRecord",
    "LibraryNotFoundError",
    "LibraryVersionError",
    "Model",
    "Models",
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
    "Results",
    "Retry",
    "ServerError",
    "ServiceCode",
    "ServiceError",
    "Snapshot",
    "Spending",
    "Status",
    "SystemResourceError",
    "TLSError",
    "TargetExistsError",
    "TooLargeError",
    "Video",
    "VideoExpiredError",
    "VideoGoneError",
    "VideoStatus",
    "WaitTimeoutError",
    "WebhookError",
    "WebhookEvent",
    "__version__",
    "open_webhook",
    "prune_ledger",
    "read_ledger",
]
