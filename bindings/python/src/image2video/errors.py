"""What can go wrong. Every exception of this package is an Image2VideoError."""

from __future__ import annotations

from ctypes import byref

from . import _abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .enums import Charge, ServiceCode, Status
    from .job import BaseJob


class Image2VideoError(Exception):
    """Something failed. str() of it is one line for a person: what happened and what can be done."""

    _default = _abi.I2V_ERROR_SERVICE

    message: str
    """What happened and what can be done. Never contains credentials."""
    field: str | None
    """The argument or request field at fault."""
    http_status: int | None
    """The HTTP status of the answer, if there was one."""
    service_message: str | None
    """The service's own words: the msg of its answer, or its reason for a failed video."""
    curl_code: int | None
    """libcurl's code, if the transfer itself failed."""
    errno: int | None
    """The system's error number, if a system call failed."""
    retryable: bool
    """Whether doing the same again, later, can succeed without paying twice."""
    job: BaseJob[Any] | None
    """The job that failed, if there is one."""

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        field: str | None = None,
        http_status: int | None = None,
        service_code: int | None = None,
        service_message: str | None = None,
        curl_code: int | None = None,
        errno: int | None = None,
        retryable: bool = False,
        charge: int = _abi.I2V_CHARGE_NONE,
        json: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.http_status = http_status
        self._service_code = service_code
        self.service_message = service_message
        self.curl_code = curl_code
        self.errno = errno
        self.retryable = retryable
        self.job = None
        self._status = self._default if status is None else status
        self._charge = charge
        self._json = json

    @property
    def status(self) -> Status | int:
        """What the error stands for."""
        from .enums import Status, known

        return known(Status, self._status)

    @property
    def name(self) -> str:
        """The stable name of the status, for example I2V_ERROR_AUTH."""
        for name, value in _abi.ENUMERATIONS["i2v_status"].items():
            if value == self._status:
                return name
        return "I2V_ERROR_?"

    @property
    def charge(self) -> Charge | int:
        """Whether the request that failed was, or may have been, charged."""
        from .enums import Charge, known

        return known(Charge, self._charge)

    @property
    def service_code(self) -> ServiceCode | int | None:
        """The service's own code, for example 1109; one that this version does not know stays an int."""
        if self._service_code is None:
            return None
        from .enums import ServiceCode, known

        return known(ServiceCode, self._service_code)

    @property
    def raw(self) -> Any:
        """The part of the service's answer that tells of the failure, or None."""
        if self._json is None:
            return None
        from json import loads

        return loads(self._json)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        details = {
            "status": self._status,
            "charge": self._charge,
            "json": self._json,
            "errno": self.errno,
            "field": self.field,
            "http_status": self.http_status,
            "service_code": self._service_code,
            "service_message": self.service_message,
            "curl_code": self.curl_code,
            "retryable": self.retryable,
        }
        return _restore, (type(self), self.message, details)


def _restore(kind: type[Image2VideoError], message: str, details: dict[str, Any]) -> Image2VideoError:
    return kind(message, **details)


# The call or the client.


class InvalidArgumentError(Image2VideoError, ValueError):
    """An argument is missing, malformed or does not go with another; field names it."""

    _default = _abi.I2V_ERROR_INVALID_ARGUMENT


class InvalidStateError(Image2VideoError):
    """The object cannot do this now, for example fetch a video that is not finished."""

    _default = _abi.I2V_ERROR_INVALID_STATE


class InCallbackError(InvalidStateError):
    """A call that waits, or close(), was made from inside a callback of the same client."""

    _default = _abi.I2V_ERROR_IN_CALLBACK


class ClosedError(InvalidStateError):
    """The client has been closed."""

    _default = _abi.I2V_ERROR_CLOSED


class BudgetError(Image2VideoError):
    """The request would pass the client's max_credits. Nothing was sent."""

    _default = _abi.I2V_ERROR_BUDGET


class BusyError(Image2VideoError):
    """The client has as much under way as max_jobs allows; try again when something of it has ended. Nothing
    was sent."""

    _default = _abi.I2V_ERROR_BUSY


class ForkedError(InvalidStateError):
    """The client was made before a fork; make a new one in the child. Or a ledger was open then: start a new
    program to use one."""

    _default = _abi.I2V_ERROR_FORKED


class SystemResourceError(Image2VideoError, OSError):
    """The system refused a thread, a descriptor or memory."""

    _default = _abi.I2V_ERROR_SYSTEM


class LibraryNotFoundError(Image2VideoError, OSError):
    """The shared library is missing or cannot be loaded; the message lists where it was looked for."""

    _default = _abi.I2V_ERROR_SYSTEM


class LibraryVersionError(LibraryNotFoundError):
    """The shared library that was found is too old for this package, or too new."""


# Time.


class WaitTimeoutError(Image2VideoError, TimeoutError):
    """The wait's own timeout passed; what it waited for goes on."""

    _default = _abi.I2V_ERROR_TIMEOUT


class DeadlineError(Image2VideoError, TimeoutError):
    """A job's deadline passed, or the time of a question. The service may still finish the job; its id stays
    valid."""

    _default = _abi.I2V_ERROR_DEADLINE


class JobCancelledError(Image2VideoError):
    """The job or the question was cancelled, or its client closed."""

    _default = _abi.I2V_ERROR_CANCELLED


# The network.


class NetworkError(Image2VideoError, ConnectionError):
    """The connection broke, or a read or write failed or timed out."""

    _default = _abi.I2V_ERROR_NETWORK


class ResolveError(NetworkError):
    """The host's name could not be resolved. Nothing was sent."""

    _default = _abi.I2V_ERROR_RESOLVE


class ConnectError(NetworkError):
    """No connection could be made. Nothing was sent."""

    _default = _abi.I2V_ERROR_CONNECT


class TLSError(NetworkError):
    """The TLS handshake failed or the certificate was not accepted. Nothing was sent."""

    _default = _abi.I2V_ERROR_TLS


# The service's answer.


class ServiceError(Image2VideoError):
    """The service refused; service_code and service_message say what it said."""

    _default = _abi.I2V_ERROR_SERVICE


class HTTPError(ServiceError):
    """An HTTP status other than success, without an answer of the service in the body."""

    _default = _abi.I2V_ERROR_HTTP


class ProtocolError(ServiceError):
    """The answer is not what the service documents: not JSON, no code, no id."""

    _default = _abi.I2V_ERROR_PROTOCOL


class TooLargeError(ProtocolError):
    """The answer is larger than the library accepts."""

    _default = _abi.I2V_ERROR_TOO_LARGE


class AuthError(ServiceError, PermissionError):
    """The credentials are missing, wrong, expired or blocked."""

    _default = _abi.I2V_ERROR_AUTH


class QuotaError(ServiceError):
    """The account has too few credits."""

    _default = _abi.I2V_ERROR_QUOTA


class BillingError(ServiceError):
    """The account is overdue."""

    _default = _abi.I2V_ERROR_BILLING


class PlanError(ServiceError, PermissionError):
    """The account's plan does not include this."""

    _default = _abi.I2V_ERROR_PLAN


class RateLimitError(ServiceError):
    """Too many requests. Nothing was created."""

    _default = _abi.I2V_ERROR_RATE_LIMIT


class InvalidRequestError(ServiceError, ValueError):
    """The service calls the request wrong."""

    _default = _abi.I2V_ERROR_INVALID_REQUEST


class InvalidInputError(ServiceError, ValueError):
    """The service does not accept the picture, audio or video."""

    _default = _abi.I2V_ERROR_INVALID_INPUT


class NotFoundError(ServiceError, LookupError):
    """The service does not know what was asked for."""

    _default = _abi.I2V_ERROR_NOT_FOUND


class NotAllowedError(ServiceError, PermissionError):
    """The account may not do this."""

    _default = _abi.I2V_ERROR_PERMISSION


class ConflictError(ServiceError):
    """Not possible in the present state of the resource."""

    _default = _abi.I2V_ERROR_CONFLICT


class ServerError(ServiceError):
    """The service failed."""

    _default = _abi.I2V_ERROR_SERVER


# The job.


class OutcomeUnknownError(Image2VideoError):
    """The request may have reached the service, but its answer did not arrive: a video may be in the making
    and may have been charged. Look before you submit again."""

    _default = _abi.I2V_ERROR_OUTCOME_UNKNOWN


class JobFailedError(Image2VideoError):
    """The service could not make the video; service_message has its reason."""

    _default = _abi.I2V_ERROR_JOB_FAILED


class NoVideoError(Image2VideoError):
    """The service calls the video completed but gives no address for it."""

    _default = _abi.I2V_ERROR_NO_VIDEO


class VideoGoneError(Image2VideoError, LookupError):
    """The video's address answers that it is not, or no longer, there."""

    _default = _abi.I2V_ERROR_VIDEO_GONE


class VideoExpiredError(VideoGoneError):
    """The service has let go of the video: its seven days are over."""

    _default = _abi.I2V_ERROR_VIDEO_EXPIRED


class IdUnknownError(Image2VideoError, LookupError):
    """No answer of the service ever listed the job's id, up to the job's deadline."""

    _default = _abi.I2V_ERROR_ID_UNKNOWN


# The file.


class FileError(Image2VideoError, OSError):
    """The file could not be written; errno says why."""

    _default = _abi.I2V_ERROR_FILE


class TargetExistsError(FileError, FileExistsError):
    """The target exists and replacing it was not asked for."""

    _default = _abi.I2V_ERROR_FILE_EXISTS


class LedgerError(Image2VideoError, OSError):
    """The ledger cannot be opened, read or written, or the file is none; the message says why."""

    _default = _abi.I2V_ERROR_LEDGER


# The webhook.


class WebhookError(Image2VideoError, ValueError):
    """The body is not the service's, or not for this client id and secret; field says what does not fit."""

    _default = _abi.I2V_ERROR_WEBHOOK


def _by_status() -> dict[int, type[Image2VideoError]]:
    table: dict[int, type[Image2VideoError]] = {}
    for value in list(globals().values()):
        if isinstance(value, type) and issubclass(value, Image2VideoError) and "_default" in value.__dict__:
            table.setdefault(value._default, value)
    table[_abi.I2V_ERROR_SERVICE] = ServiceError
    return table


_CLASSES = _by_status()

# What the library names otherwise than this package does.
_FIELDS = {
    "target": "to",
    "path": "to",
    "replace_target": "replace",
    "webhook_url": "webhookurl",
    "milliseconds": "timeout",
}


def error_from(library: _abi.Functions, error: Any, status: int | None = None) -> Image2VideoError:
    """Makes the exception for an error of the library, and destroys that. Without one, `status` must do."""
    if not error:
        assert status is not None
        kind = _CLASSES.get(status, Image2VideoError)
        return kind(library.i2v_status_get_name(status).decode(), status=status)
    try:
        code: int = library.i2v_error_get_status(error)
        field = _text(library.i2v_error_get_field(error))
        return _CLASSES.get(code, Image2VideoError)(
            _text(library.i2v_error_get_message(error)) or "",
            status=code,
            field=_FIELDS.get(field, field) if field is not None else None,
            http_status=library.i2v_error_get_http_status(error) or None,
            service_code=library.i2v_error_get_service_code(error) or None,
            service_message=_text(library.i2v_error_get_service_message(error)),
            curl_code=library.i2v_error_get_curl_code(error) or None,
            errno=library.i2v_error_get_errno(error) or None,
            retryable=library.i2v_error_get_retryable(error),
            charge=library.i2v_error_get_charge(error),
            json=_text(library.i2v_error_get_json(error)),
        )
    finally:
        library.i2v_error_destroy(error)


def checked(library: _abi.Functions, function: Any, *arguments: Any) -> None:
    """Calls a function whose last argument is the error, and raises what it reports."""
    error = _abi.i2v_error_p()
    status = function(*arguments, byref(error))
    if status != _abi.I2V_OK:
        raise error_from(library, error, status)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
