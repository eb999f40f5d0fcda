"""What the service posts to a `webhookurl`."""

from __future__ import annotations

from ctypes import byref, c_uint8

from . import _abi, _convert
from ._library import library
from ._snapshot import Real, Snapshot, Text
from .errors import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .enums import VideoStatus


class WebhookEvent(Snapshot):
    """What a webhook says of a video. It is a hint, since what it is signed with is no secret: hand it to
    notify() of a client, which has a look at the video, or ask for the results yourself."""

    __slots__ = ()
    _noun = "webhook_event"

    id = Text("The id of the video (_id).")
    type = Text("The service's word for the kind of video, which it does not document.")
    url = Text("The address of the finished video, unconfirmed.")
    deduction_credit = Real("The credits taken for it.")

    @property
    def status(self) -> VideoStatus | int | None:
        """How far the service is; a value it added stays an int, and means not finished."""
        from .enums import VideoStatus, known

        return known(VideoStatus, self._get("status") or 0) or None

    @property
    def timestamp(self) -> float:
        """When the service made it, in seconds since 1970."""
        timestamp: int = self._get("timestamp")
        return timestamp / 1000

    def __repr__(self) -> str:
        status = self.status
        parts = [f"id={self.id!r}", f"status={getattr(status, 'name', status)}"]
        for name in ("type", "url"):
            value = getattr(self, name)
            if value is not None:
                parts.append(f"{name}={value!r}")
        return f"WebhookEvent({', '.join(parts)})"


def open_webhook(
    body: bytes | str, *, client_id: str, client_secret: str, max_age: float | None = None
) -> WebhookEvent:
    """Verifies and opens the body of a webhook, or raises WebhookError.

    The service sends it again until it is answered with HTTP 200.

    :param body: the body of the request, as it came.
    :param client_id: the account's client id.
    :param client_secret: the account's client secret.
    :param max_age: how far its time may be from now, in seconds, either way; by default, any. The service
        repeats webhooks that were not answered, on a schedule it does not document.
    """
    data = body.encode() if isinstance(body, str) else bytes(body)
    functions = library()
    event = _abi.i2v_webhook_event_p()
    buffer = (c_uint8 * len(data)).from_buffer_copy(data) if data else (c_uint8 * 1)()
    checked(
        functions,
        functions.i2v_webhook_open,
        _convert.text(client_id, "client_id"),
        _convert.text(client_secret, "client_secret"),
        buffer,
        len(data),
        -1 if max_age is None else _convert.milliseconds(max_age, "max_age"),
        byref(event),
    )
    return WebhookEvent(functions, event)
