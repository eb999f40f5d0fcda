"""The enumerations of the library. Values that a later library or the service adds stay plain integers."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

from . import _abi
from ._library import library

_Enumeration = TypeVar("_Enumeration", bound=IntEnum)


class Status(IntEnum):
    """What an error stands for."""

    OK = _abi.I2V_OK
    INVALID_ARGUMENT = _abi.I2V_ERROR_INVALID_ARGUMENT
    INVALID_STATE = _abi.I2V_ERROR_INVALID_STATE
    IN_CALLBACK = _abi.I2V_ERROR_IN_CALLBACK
    CLOSED = _abi.I2V_ERROR_CLOSED
    FORKED = _abi.I2V_ERROR_FORKED
    SYSTEM = _abi.I2V_ERROR_SYSTEM
    BUDGET = _abi.I2V_ERROR_BUDGET
    BUSY = _abi.I2V_ERROR_BUSY
    TIMEOUT = _abi.I2V_ERROR_TIMEOUT
    DEADLINE = _abi.I2V_ERROR_DEADLINE
    CANCELLED = _abi.I2V_ERROR_CANCELLED
    RESOLVE = _abi.I2V_ERROR_RESOLVE
    CONNECT = _abi.I2V_ERROR_CONNECT
    TLS = _abi.I2V_ERROR_TLS
    NETWORK = _abi.I2V_ERROR_NETWORK
    HTTP = _abi.I2V_ERROR_HTTP
    PROTOCOL = _abi.I2V_ERROR_PROTOCOL
    TOO_LARGE = _abi.I2V_ERROR_TOO_LARGE
    AUTH = _abi.I2V_ERROR_AUTH
    QUOTA = _abi.I2V_ERROR_QUOTA
    BILLING = _abi.I2V_ERROR_BILLING
    PLAN = _abi.I2V_ERROR_PLAN
    RATE_LIMIT = _abi.I2V_ERROR_RATE_LIMIT
    INVALID_REQUEST = _abi.I2V_ERROR_INVALID_REQUEST
    INVALID_INPUT = _abi.I2V_ERROR_INVALID_INPUT
    NOT_FOUND = _abi.I2V_ERROR_NOT_FOUND
    PERMISSION = _abi.I2V_ERROR_PERMISSION
    CONFLICT = _abi.I2V_ERROR_CONFLICT
    SERVER = _abi.I2V_ERROR_SERVER
    SERVICE = _abi.I2V_ERROR_SERVICE
    OUTCOME_UNKNOWN = _abi.I2V_ERROR_OUTCOME_UNKNOWN
    JOB_FAILED = _abi.I2V_ERROR_JOB_FAILED
    NO_VIDEO = _abi.I2V_ERROR_NO_VIDEO
    VIDEO_GONE = _abi.I2V_ERROR_VIDEO_GONE
    ID_UNKNOWN = _abi.I2V_ERROR_ID_UNKNOWN
    VIDEO_EXPIRED = _abi.I2V_ERROR_VIDEO_EXPIRED
    FILE = _abi.I2V_ERROR_FILE
    FILE_EXISTS = _abi.I2V_ERROR_FILE_EXISTS
    LEDGER = _abi.I2V_ERROR_LEDGER
    WEBHOOK = _abi.I2V_ERROR_WEBHOOK


class Charge(IntEnum):
    """Whether credits were taken for what failed. Treat unknown values as POSSIBLE."""

    NONE = _abi.I2V_CHARGE_NONE
    POSSIBLE = _abi.I2V_CHARGE_POSSIBLE
    CERTAIN = _abi.I2V_CHARGE_CERTAIN


class Retry(IntEnum):
    """Whether what a code refused may be asked again. Treat unknown values as NEVER."""

    NEVER = _abi.I2V_RETRY_NEVER
    LATER = _abi.I2V_RETRY_LATER
    READS = _abi.I2V_RETRY_READS
    AFTER_LOGIN = _abi.I2V_RETRY_AFTER_LOGIN


class ServiceCode(IntEnum):
    """A code of the service's answers, and what it means to the library."""

    SUCCESS = _abi.I2V_CODE_SUCCESS
    PARAMETER = _abi.I2V_CODE_PARAMETER
    VERIFICATION = _abi.I2V_CODE_VERIFICATION
    TOO_FREQUENT = _abi.I2V_CODE_TOO_FREQUENT
    QUOTA = _abi.I2V_CODE_QUOTA
    CONTENT_NOT_FOUND = _abi.I2V_CODE_CONTENT_NOT_FOUND
    PERMISSION = _abi.I2V_CODE_PERMISSION
    NOT_OPERABLE = _abi.I2V_CODE_NOT_OPERABLE
    ALREADY_OPERATED = _abi.I2V_CODE_ALREADY_OPERATED
    MEDIA_UNSUITABLE = _abi.I2V_CODE_MEDIA_UNSUITABLE
    RESOURCE_NOT_FOUND = _abi.I2V_CODE_RESOURCE_NOT_FOUND
    VIDEO_PROCESSING = _abi.I2V_CODE_VIDEO_PROCESSING
    AUDIO_NOT_CREATED = _abi.I2V_CODE_AUDIO_NOT_CREATED
    TOKEN_INVALID = _abi.I2V_CODE_TOKEN_INVALID
    TOKEN_MISSING = _abi.I2V_CODE_TOKEN_MISSING
    OVERDUE = _abi.I2V_CODE_OVERDUE
    CREDITS = _abi.I2V_CODE_CREDITS
    IMAGE_PROCESSING = _abi.I2V_CODE_IMAGE_PROCESSING
    KEY_INVALID = _abi.I2V_CODE_KEY_INVALID
    AUDIO_PROCESSING = _abi.I2V_CODE_AUDIO_PROCESSING
    CALLBACK_PROCESSING = _abi.I2V_CODE_CALLBACK_PROCESSING
    VOICE_PROCESSING = _abi.I2V_CODE_VOICE_PROCESSING
    ACCOUNT_BLOCKED = _abi.I2V_CODE_ACCOUNT_BLOCKED
    AUDIO_CREATION = _abi.I2V_CODE_AUDIO_CREATION
    AUDIO_WITH_VIDEO = _abi.I2V_CODE_AUDIO_WITH_VIDEO
    MEDIA_DURATION = _abi.I2V_CODE_MEDIA_DURATION
    VIDEO_CREATION = _abi.I2V_CODE_VIDEO_CREATION
    MEDIA_SIZE = _abi.I2V_CODE_MEDIA_SIZE
    MEDIA_PARSING = _abi.I2V_CODE_MEDIA_PARSING
    MEDIA_ENCODING = _abi.I2V_CODE_MEDIA_ENCODING
    MEDIA_FRAME_RATE = _abi.I2V_CODE_MEDIA_FRAME_RATE
    SUBSCRIPTION = _abi.I2V_CODE_SUBSCRIPTION
    PLAN = _abi.I2V_CODE_PLAN
    EXISTS = _abi.I2V_CODE_EXISTS
    SERVER = _abi.I2V_CODE_SERVER

    @property
    def status(self) -> Status | int:
        """What errors with this code stand for."""
        return known(Status, library().i2v_service_code_get_status(self))

    @property
    def retry(self) -> Retry | int:
        """Whether what it refused may be asked again. The library does so by itself."""
        return known(Retry, library().i2v_service_code_get_retry(self))

    @property
    def charge(self) -> Charge | int:
        """Whether a create that was answered with it may have been charged."""
        return known(Charge, library().i2v_service_code_get_charge(self))


class AudioType(IntEnum):
    """Where a video's sound comes from."""

    GENERATED = _abi.I2V_AUDIO_GENERATED
    CUSTOM = _abi.I2V_AUDIO_CUSTOM
    NONE = _abi.I2V_AUDIO_NONE


class EstimateBasis(IntEnum):
    """The ground of an estimate, best first. Treat unknown values as PAGE."""

    OBSERVED = _abi.I2V_ESTIMATE_OBSERVED
    MODEL = _abi.I2V_ESTIMATE_MODEL
    PAGE = _abi.I2V_ESTIMATE_PAGE


class Event(IntEnum):
    """Something that happened to a job. WARNING: it is hindered and goes on; Job.error says by what, and is None
    when nothing hinders it any more."""

    CREATED = _abi.I2V_EVENT_CREATED
    STATUS = _abi.I2V_EVENT_STATUS
    PROGRESS = _abi.I2V_EVENT_PROGRESS
    DONE = _abi.I2V_EVENT_DONE
    WARNING = _abi.I2V_EVENT_WARNING


class JobState(IntEnum):
    """Where a job is."""

    SUBMITTING = _abi.I2V_JOB_SUBMITTING
    WAITING = _abi.I2V_JOB_WAITING
    COMPLETED = _abi.I2V_JOB_COMPLETED
    FETCHING = _abi.I2V_JOB_FETCHING
    SAVED = _abi.I2V_JOB_SAVED
    FAILED = _abi.I2V_JOB_FAILED


class VideoStatus(IntEnum):
    """How far the service is with a video. Unknown values mean not finished."""

    QUEUEING = _abi.I2V_SERVICE_QUEUEING
    PROCESSING = _abi.I2V_SERVICE_PROCESSING
    COMPLETED = _abi.I2V_SERVICE_COMPLETED
    FAILED = _abi.I2V_SERVICE_FAILED


def known(enumeration: type[_Enumeration], value: int) -> _Enumeration | int:
    """Gives the member for a value, or the value itself where there is none."""
    try:
        return enumeration(value)
    except ValueError:
        return value
