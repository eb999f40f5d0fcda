"""What to make."""

from __future__ import annotations

from ctypes import byref, c_double, c_int32

from . import _convert
from ._library import library
from .errors import InvalidArgumentError, checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Union

    from typing_extensions import TypedDict, Unpack

    from . import _abi
    from ._convert import StrPath
    from .answers import Effect, Model
    from .estimate import Estimate

    MultiPrompt = Sequence[Union[tuple[int, str], Mapping[str, Any]]]

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
        effect_code: str | Effect | None
        webhookurl: str | None
        webhook_nonce: bool | None
        model_name: str | Model | None
        last_image_url: str | None
        count: int | None
        generate_audio: bool | None
        multi_prompt: MultiPrompt | None
        replace: bool | None
        deadline: float | None

    class Fields(Options, total=False):
        """The fields of a request, as keyword arguments."""

        prompt: str | None
        to: StrPath | None


def _effect_code(value: object, field: str) -> bytes:
    """A code, or that of an Effect."""
    return _convert.text(getattr(value, "effect_code", value), field)


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
    "effect_code": ("i2v_request_set_effect_code", _effect_code),
    "webhookurl": ("i2v_request_set_webhook_url", _convert.text),
    "webhook_nonce": ("i2v_request_set_webhook_nonce", _convert.flag),
    "model_name": ("i2v_request_set_model_name", _convert.text),
    "last_image_url": ("i2v_request_set_last_image_url", _convert.text),
    "count": ("i2v_request_set_count", _convert.integer),
    "generate_audio": ("i2v_request_set_generate_audio", _convert.flag),
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
        effect_code: str | Effect | None = None,
        webhookurl: str | None = None,
        webhook_nonce: bool | None = None,
        model_name: str | Model | None = None,
        last_image_url: str | None = None,
        count: int | None = None,
        generate_audio: bool | None = None,
        multi_prompt: MultiPrompt | None = None,
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
        :param is_premium_model: the faster model of the single endpoint; needs a pro plan.
        :param effect_code: an effect's code, or an Effect of Client.effects().
        :param webhookurl: where the service shall report progress; open_webhook() opens what it sends. A
            client with a ledger adds a parameter i2v_nonce to the address's query, by which a lost create is
            found again for certain; a receiver may ignore it. An address that the parameter would make longer
            than 2048 bytes goes out as it is.
        :param webhook_nonce: False leaves that parameter out, for an address that must not change, such as
            one whose query is signed.
        :param model_name: a model's value, or a Model of Client.models(), which the request is then held
            to before it is sent, and which fills in a resolution and a length that it takes.
        :param last_image_url: the picture the video shall end with; not every model can.
        :param count: 1 to 10; more than one needs submit_batch().
        :param generate_audio: whether the model shall make sound, if it can.
        :param multi_prompt: up to five shots that follow each other, as pairs (duration, prompt) or dicts of
            the two; together they take the video's length, which is their sum unless it is set.
        :param to: the file to save to, which makes saving part of the job; its folder must exist. With a
            count above 1, -1, -2 and so on are put before the extension. A relative path counts from the
            folder that the process is in at the submit.
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
        self.webhook_nonce = webhook_nonce
        self.model_name = model_name
        self.last_image_url = last_image_url
        self.count = count
        self.generate_audio = generate_audio
        self.multi_prompt = multi_prompt
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

    def estimate(self) -> Estimate:
        """Estimates its cost, all of its videos together, as a range: by the model's entry if it has a Model,
        otherwise by the service's price table. Client.estimate() knows also what was charged before."""
        functions = library()
        with _Built(functions, self) as handle:
            return _estimate(functions, functions.i2v_request_get_estimate, handle)

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in vars(self).items() if value is not None)
        return f"Request({', '.join(fields)})"

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Request) else NotImplemented


def _estimate(functions: _abi.Functions, function: Any, *arguments: Any) -> Estimate:
    """The estimate that a function gives."""
    from .enums import EstimateBasis, known
    from .estimate import Estimate

    low, high, basis = c_double(), c_double(), c_int32()
    checked(functions, function, *arguments, byref(low), byref(high), byref(basis))
    return Estimate(low.value, high.value, known(EstimateBasis, basis.value))


class _Built:
    """The library's request for the time of one call. It remembers what its setters refused, and the call
    that it is given to says so: here nothing needs to be checked."""

    def __init__(self, functions: _abi.Functions, request: Request) -> None:
        self._functions = functions
        self._calls: list[tuple[str, tuple[Any, ...]]] = []
        for name, (setter, convert) in _SETTERS.items():
            value = getattr(request, name)
            if value is None:
                continue
            if name == "model_name" and hasattr(value, "_handle"):
                setter, arguments = "i2v_request_set_model", (value._handle,)
            else:
                arguments = (convert(value, name),)
            self._calls.append((setter, arguments))
        for part in request.multi_prompt or ():
            self._calls.append(("i2v_request_add_multi_prompt", _part(part)))

    def __enter__(self) -> Any:
        self._handle = self._functions.i2v_request_create()
        for setter, arguments in self._calls:
            getattr(self._functions, setter)(self._handle, *arguments)
        return self._handle

    def __exit__(self, *exception: object) -> None:
        self._functions.i2v_request_destroy(self._handle)


def _part(part: Any) -> tuple[int, bytes]:
    """The duration and the prompt of one part of a multi_prompt."""
    try:
        duration, prompt = (part["duration"], part["prompt"]) if hasattr(part, "keys") else part
    except (KeyError, TypeError, ValueError):
        raise InvalidArgumentError(
            "multi_prompt takes pairs (duration, prompt), or dicts of the two", field="multi_prompt"
        ) from None
    return _convert.integer(duration, "multi_prompt"), _convert.text(prompt, "multi_prompt")
