"""What the service said of one video."""

from __future__ import annotations

from ctypes import byref

from . import _fork
from .errors import _text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import _abi
    from .enums import AudioType, VideoStatus


class _Text:
    """A text the service may have given; None when it did not."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._getter = "i2v_video_get_" + name

    def __get__(self, video: Any, owner: object = None) -> str | None:
        if video is None:  # Asked of the class, by help() and the like.
            return self  # type: ignore[return-value]
        return _text(getattr(video._library, self._getter)(video._handle))


class Video:
    """A snapshot of one video, which never changes. Every attribute may be None: not every answer of the
    service lists every one. What this version has no attribute for is in `raw`."""

    __slots__ = ("_generation", "_handle", "_library", "_release")

    def __init__(self, library: _abi.Functions, handle: Any) -> None:
        """Takes over one reference to `handle`."""
        self._library = library
        self._handle = handle
        self._release = library.i2v_video_release
        self._generation = _fork.generation

    def __del__(self) -> None:
        if self._generation == _fork.generation:
            self._release(self._handle)

    id = _Text("The id of the video (_id).")
    video_url = _Text("The address of the finished video. It works without credentials, for seven days.")
    failure_reason = _Text("Why the video failed, in the service's words.")
    resolution = _Text("The resolution, for example 720p.")
    file_name = _Text("The service's name for the file. Not unique; do not use it as a path.")
    image_url = _Text("The address of the picture.")
    last_image_url = _Text("The address of the last picture.")
    prompt = _Text("The prompt.")
    negative_prompt = _Text("The negative prompt.")
    model_name = _Text("The model.")
    effect_name = _Text("The name of the effect.")
    effect_code = _Text("The code of the effect.")
    audio_url = _Text("The address of the sound.")
    batch_id = _Text("The id that videos of one batch request share.")
    webhook_url = _Text("The webhook's address.")
    team_id = _Text("The team's id.")

    @property
    def status(self) -> VideoStatus | int | None:
        """How far the service is; a value it added stays an int, and means not finished."""
        from .enums import VideoStatus, known

        return known(VideoStatus, self._library.i2v_video_get_status(self._handle) or 0) or None

    @property
    def audio_type(self) -> AudioType | int | None:
        """Where the sound comes from."""
        value = self._value("audio_type")
        if value is None:
            return None
        from .enums import AudioType, known

        return known(AudioType, value)

    @property
    def create_time(self) -> float | None:
        """When the video was asked for, in seconds since 1970."""
        value = self._value("create_time")
        return None if value is None else value / 1000

    @property
    def update_time(self) -> float | None:
        """When it last changed, in seconds since 1970. It is sometimes before the creation."""
        value = self._value("update_time")
        return None if value is None else value / 1000

    @property
    def video_duration(self) -> float | None:
        """The true length of the finished video, in seconds."""
        video_duration: float | None = self._value("video_duration")
        return video_duration

    @property
    def deduction_credit(self) -> float | None:
        """The credits taken for it."""
        deduction_credit: float | None = self._value("deduction_credit")
        return deduction_credit

    @property
    def extend_prompt(self) -> bool | None:
        """Whether the prompt was extended."""
        extend_prompt: bool | None = self._value("extend_prompt")
        return extend_prompt

    @property
    def only_add_audio(self) -> bool | None:
        """Whether only sound was added to an existing video."""
        only_add_audio: bool | None = self._value("only_add_audio")
        return only_add_audio

    @property
    def batch_count(self) -> int | None:
        """How many videos the batch request made."""
        batch_count: int | None = self._value("batch_count")
        return batch_count

    @property
    def uid(self) -> int | None:
        """The user's id."""
        uid: int | None = self._value("uid")
        return uid

    @property
    def raw(self) -> dict[str, Any]:
        """Everything the service said, under the service's names. A new dict each time."""
        from json import loads

        raw: dict[str, Any] = loads(self._json)
        return raw

    @property
    def _json(self) -> str:
        return _text(self._library.i2v_video_get_json(self._handle)) or "{}"

    def _value(self, name: str) -> Any:
        getter = getattr(self._library, "i2v_video_get_" + name)
        value = getter.argtypes[1]._type_()
        return value.value if getter(self._handle, byref(value)) else None

    def __repr__(self) -> str:
        status = self.status
        parts = [f"id={self.id!r}", f"status={getattr(status, 'name', status)}"]
        for name in ("video_url", "failure_reason", "resolution", "video_duration", "deduction_credit"):
            value = getattr(self, name)
            if value is not None:
                parts.append(f"{name}={value!r}")
        return f"Video({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        return self._json == other._json if isinstance(other, Video) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._json)
