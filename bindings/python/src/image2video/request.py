"""What to make."""

from __future__ import annotations

from . import _convert
from ._library import library
from .errors import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import TypedDict, Unpack

    from . import _abi
    from ._convert import StrPath

    class Options(TypedDict, total=False):
        """The fields of a request beside its target, as keyword arguments."""

        image_url: str | None
        negative_prompt: str | None
        extend_prompt: bool | None
        resolution: str | None
        video_length: int | None
        audio_type: int | None
        audio_url: str | None
        is_premium_model: bool | None
        effect_code: str | None
        webhookurl: str | None
        model_name: str | None
        last_image_url: str | None
        count: int | None
        replace: bool | None
        deadline: float | None

    class Fields(Options, total=False):
        """The fields of a request, as keyword arguments."""

        prompt: str | None
        to: StrPath | None


# Each field with the setter of the library and what turns its value into the setter's.
_SETTERS = {
    "image_url": ("i2v_request_set_image_url", _convert.text),
    "prompt": ("i2v_request_set_prompt", _convert.text),
    "negative_prompt": ("i2v_request_set_negative_prompt", _convert.text),
    "extend_prompt": ("i2v_request_set_extend_prompt", _convert.flag),
    "resolution": ("i2v_request_set_resolution", _convert.text),
    "video_length": ("i2v_request_set_video_length", _convert.integer),
    "audio_type": ("i2v_request_set_audio_type", _convert.integer),
    "audio_url": ("i2v_request_set_audio_url", _convert.text),
    "is_premium_model": ("i2v_request_set_is_premium_model", _convert.flag),
    "effect_code": ("i2v_request_set_effect_code", _convert.text),
    "webhookurl": ("i2v_request_set_webhook_url", _convert.text),
    "model_name": ("i2v_request_set_model_name", _convert.text),
    "last_image_url": ("i2v_request_set_last_image_url", _convert.text),
    "count": ("i2v_request_set_count", _convert.integer),
    "to": ("i2v_request_set_target", _convert.path),
    "replace": ("i2v_request_set_replace_target", _convert.flag),
    "deadline": ("i2v_request_set_deadline", _convert.milliseconds),
}


class Request:
    """One wish for a video, or for several alike. What is None is left to the library or the service.

    The service has two endpoints: a request with a model, a last image or a count goes to one, and one with
    an effect, audio or the premium model to the other. What neither takes is refused before it is sent.
    """

    def __init__(
        self,
        image_url: str | None = None,
        prompt: str | None = None,
        *,
        negative_prompt: str | None = None,
        extend_prompt: bool | None = None,
        resolution: str | None = None,
        video_length: int | None = None,
        audio_type: int | None = None,
        audio_url: str | None = None,
        is_premium_model: bool | None = None,
        effect_code: str | None = None,
        webhookurl: str | None = None,
        model_name: str | None = None,
        last_image_url: str | None = None,
        count: int | None = None,
        to: StrPath | None = None,
        replace: bool | None = None,
        deadline: float | None = None,
    ) -> None:
        """
        :param image_url: the picture; the service fetches it, so it must be a public address.
        :param prompt: how the picture shall move; not needed with an effect.
        :param resolution: 720p (default), 1080p or 4k; with a model, whatever the model lists.
        :param video_length: 5 (default) or 10 seconds; with a model, whatever the model lists.
        :param audio_type: an AudioType; none by default, custom with an audio_url.
        :param count: 1 to 10; more than one needs submit_batch().
        :param to: the file to save to, which makes saving part of the job; its folder must exist. With a
            count above 1, -1, -2 and so on are put before the extension.
        :param replace: whether an existing file may be replaced; otherwise it is refused before anything is
            sent.
        :param deadline: seconds the job may take from submit to its end; default: the client's job_deadline.
        """
        self.image_url = image_url
        self.prompt = prompt
        self.negative_prompt = negative_prompt
        self.extend_prompt = extend_prompt
        self.resolution = resolution
        self.video_length = video_length
        self.audio_type = audio_type
        self.audio_url = audio_url
        self.is_premium_model = is_premium_model
        self.effect_code = effect_code
        self.webhookurl = webhookurl
        self.model_name = model_name
        self.last_image_url = last_image_url
        self.count = count
        self.to = to
        self.replace = replace
        self.deadline = deadline

    def changed(self, **fields: Unpack[Fields]) -> Request:
        """Gives a copy with some fields changed."""
        return Request(**{**vars(self), **fields})

    def validate(self) -> None:
        """Checks the request without sending anything, as submitting it does."""
        functions = library()
        with _Built(functions, self) as handle:
            checked(functions, functions.i2v_request_validate, handle)

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in vars(self).items() if value is not None)
        return f"Request({', '.join(fields)})"

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Request) else NotImplemented


class _Built:
    """The library's request for the time of one call. It remembers what its setters refused, and the call
    that it is given to says so: here nothing needs to be checked."""

    def __init__(self, functions: _abi.Functions, request: Request) -> None:
        self._functions = functions
        self._values = [
            (setter, convert(value, name))
            for name, (setter, convert) in _SETTERS.items()
            if (value := getattr(request, name)) is not None
        ]

    def __enter__(self) -> Any:
        self._handle = self._functions.i2v_request_create()
        for setter, value in self._values:
            getattr(self._functions, setter)(self._handle, value)
        return self._handle

    def __exit__(self, *exception: object) -> None:
        self._functions.i2v_request_destroy(self._handle)
