"""What the service said of one video."""

from __future__ import annotations

from ._snapshot import Flag, Real, Seconds, Snapshot, Text, Whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .enums import AudioType, VideoStatus


class Video(Snapshot):
    """A snapshot of one video, which never changes. Every attribute may be None: not every answer of the
    service lists every one. What this version has no attribute for is in `raw`."""

    __slots__ = ()
    _noun = "video"

    id = Text("The id of the video (_id).")
    video_url = Text("The address of the finished video. It works without credentials, for seven days.")
    failure_reason = Text("Why the video failed, in the service's words.")
    create_time = Seconds("When the video was asked for, in seconds since 1970.")
    update_time = Seconds("When it last changed, in seconds since 1970. It is sometimes before the creation.")
    expiry_time = Seconds(
        "When the service lets go of it, seven days after the creation, in seconds since 1970."
    )
    video_duration = Real("The true length of the finished video, in seconds.")
    deduction_credit = Real("The credits taken for it.")
    resolution = Text("The resolution, for example 720p.")
    file_name = Text("The service's name for the file. Not unique; do not use it as a path.")
    image_url = Text("The address of the picture.")
    last_image_url = Text("The address of the last picture.")
    prompt = Text("The prompt.")
    negative_prompt = Text("The negative prompt.")
    extend_prompt = Flag("Whether the prompt was extended.")
    model_name = Text("The model.")
    effect_name = Text("The name of the effect.")
    effect_code = Text("The code of the effect.")
    audio_url = Text("The address of the sound.")
    only_add_audio = Flag("Whether only sound was added to an existing video.")
    pre_video_id = Text("The id of the video that this one is made from, where only sound was added.")
    batch_id = Text("The id that videos of one batch request share.")
    batch_count = Whole("How many videos the batch request made.")
    sub_type = Whole("The service's number for the kind of video, which it does not document.")
    webhook_url = Text("The webhook's address.")
    uid = Whole("The user's id.")
    team_id = Text("The team's id.")

    @property
    def status(self) -> VideoStatus | int | None:
        """How far the service is; a value it added stays an int, and means not finished."""
        from .enums import VideoStatus, known

        return known(VideoStatus, self._get("status") or 0) or None

    @property
    def audio_type(self) -> AudioType | int | None:
        """Where the sound comes from."""
        value = self._find("audio_type")
        if value is None:
            return None
        from .enums import AudioType, known

        return known(AudioType, value)

    @property
    def remaining(self) -> float | None:
        """How many seconds are left until the service lets go of it; 0.0 when it has."""
        milliseconds = self._find("remaining_time")
        return None if milliseconds is None else milliseconds / 1000

    def __repr__(self) -> str:
        status = self.status
        parts = [f"id={self.id!r}", f"status={getattr(status, 'name', status)}"]
        for name in ("video_url", "failure_reason", "resolution", "video_duration", "deduction_credit"):
            value = getattr(self, name)
            if value is not None:
                parts.append(f"{name}={value!r}")
        return f"Video({', '.join(parts)})"
