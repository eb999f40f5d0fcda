"""What the service answers to questions: results, effects, models, deletions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

from ._snapshot import Flag, Real, Seconds, Snapshot, Text, Whole
from .errors import _text
from .video import Video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._query import Answer

_Item = TypeVar("_Item")


class Results(Mapping[str, Video]):
    """Videos by their ids, in the order in which they were asked about.

    An id that the service did not list is in `missing`: it is not known there, which does not mean that its
    video is finished.
    """

    def __init__(self, ids: Sequence[str] = (), answer: Answer | None = None) -> None:
        self._raw = "[]" if answer is None else answer.json
        self._videos: dict[str, Video] = {}
        missing = []
        for index, id in enumerate(ids):
            handle = answer.copy("video", index) if answer is not None else None
            if answer is not None and handle:
                self._videos[id] = Video(answer.library, handle)
            else:
                missing.append(id)
        self._missing = tuple(dict.fromkeys(missing))

    @property
    def missing(self) -> tuple[str, ...]:
        """The ids that the service did not list."""
        return self._missing

    @property
    def raw(self) -> Any:
        """Everything the service answered; a list of its answers when it took several."""
        return _loads(self._raw)

    def __getitem__(self, id: str) -> Video:
        return self._videos[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._videos)

    def __len__(self) -> int:
        return len(self._videos)

    def __repr__(self) -> str:
        parts = [
            f"{id!r}: {getattr(video.status, 'name', video.status)}" for id, video in self._videos.items()
        ]
        if self._missing:
            parts.append(f"missing={list(self._missing)!r}")
        return f"Results({', '.join(parts)})"


class _List(Sequence[_Item]):
    """A list that the service answered."""

    def __init__(self, items: Sequence[_Item], raw: str) -> None:
        self._items = tuple(items)
        self._raw = raw

    @property
    def raw(self) -> Any:
        """Everything the service answered."""
        return _loads(self._raw)

    @overload
    def __getitem__(self, index: int) -> _Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_Item, ...]: ...
    def __getitem__(self, index: int | slice) -> _Item | tuple[_Item, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{', '.join(map(repr, self._items))}])"


class Effect(Snapshot):
    """An effect: what `effect_code=` of a request takes. Every attribute may be None."""

    __slots__ = ()
    _noun = "effect"

    id = Text("The id of the effect's entry (_id).")
    effect_code = Text("The code that a request takes.")
    name = Text("The name for people.")
    logo = Text("The address of a picture that shows it.")
    video_url = Text("The address of a video that shows it.")
    create_time = Seconds("When it was added, in seconds since 1970.")

    def __repr__(self) -> str:
        return f"Effect({self.name!r}, effect_code={self.effect_code!r})"


class Effects(_List[Effect]):
    """The effects that the service lists."""

    def __init__(self, answer: Answer) -> None:
        handles = (answer.copy("effect", index) for index in range(answer.count))
        super().__init__([Effect(answer.library, handle) for handle in handles], answer.json)
        self._total: int | None = answer.find("total")

    @property
    def total(self) -> int | None:
        """How many effects the service says there are (count), which may be more than it lists."""
        return self._total

    def find(self, name: str) -> Effect | None:
        """Gives the effect of a name or a code; upper and lower case do not matter."""
        wanted = name.casefold()
        for effect in self:
            if wanted in ((effect.name or "").casefold(), (effect.effect_code or "").casefold()):
                return effect
        return None


class Model(Snapshot):
    """A model, and what it takes: `model_name=` of a request takes it. What it does not say it does not
    restrict. Every attribute may be None."""

    __slots__ = ()
    _noun = "model"

    class Resolution:
        """A resolution of a model."""

        __slots__ = ("_json", "durations", "height", "label", "unit_credit", "value", "width")

        value: str
        """What a request's `resolution` takes."""
        label: str | None
        """The name for people."""
        width: int | None
        """The width in pixels."""
        height: int | None
        """The height in pixels."""
        unit_credit: float | None
        """The price in credits: for a clip or for each of its seconds, the service does not say."""
        durations: tuple[int, ...]
        """The lengths in seconds that this resolution alone takes; empty where those of the model count."""

        def __init__(self, model: Model, index: int) -> None:
            self._json = _text(model._get("resolution_json", index)) or "{}"
            self.value = _text(model._get("resolution_value", index)) or ""
            self.label = _text(model._get("resolution_label", index))
            self.width = model._find("resolution_width", index)
            self.height = model._find("resolution_height", index)
            self.unit_credit = model._find("resolution_unit_credit", index)
            count = model._get("resolution_duration_count", index)
            self.durations = tuple(model._get("resolution_duration", index, at) for at in range(count))

        @property
        def raw(self) -> Any:
            """Everything the service said of it."""
            return _loads(self._json)

        def __repr__(self) -> str:
            parts = [repr(self.value)]
            if self.width is not None and self.height is not None:
                parts.append(f"{self.width}x{self.height}")
            if self.unit_credit is not None:
                parts.append(f"unit_credit={self.unit_credit:g}")
            if self.durations:
                parts.append(f"durations={list(self.durations)}")
            return f"Resolution({', '.join(parts)})"

    value = Text("What a request's `model_name` takes.")
    label = Text("The name for people.")
    provider = Text("Who makes it.")
    group = Text("The group the service puts it in.")
    description = Text("The description for people.")
    type = Whole("The service's number for what it does; 1501 is image to video.")
    sort = Whole("Its rank; higher comes first.")
    is_pro = Flag("Whether it needs a pro plan.")
    requires_pay = Flag("Whether it needs a paid account. False does not mean free of charge.")
    unit_credit = Real(
        "The price in credits where it is the same for every resolution: for a clip or for each of its "
        "seconds, the service does not say."
    )
    supported_last_frame = Flag("Whether it takes a last image.")
    supported_extend_prompt = Flag("Whether it can extend the prompt.")
    supported_reference = Flag("Whether it takes reference pictures.")
    max_image_count = Whole("How many pictures it takes.")
    max_count = Whole("How many videos one request can ask for.")
    audio_required = Flag("Whether it always makes sound.")
    audio_default = Flag("Whether it makes sound unless told otherwise.")
    audio_credit_multiplier = Real("What sound costs beside the video, as a share of its price.")

    @property
    def generate_audio(self) -> bool:
        """Whether it can make sound."""
        generate_audio: bool = self._get("generate_audio")
        return generate_audio

    @property
    def durations(self) -> tuple[int, ...]:
        """The lengths in seconds that it takes with every resolution; empty when it lists none."""
        return tuple(self._get("duration", index) for index in range(self._get("duration_count")))

    @property
    def resolutions(self) -> tuple[Model.Resolution, ...]:
        """The resolutions that it takes; a request for a model without any leaves its resolution out."""
        return tuple(self.Resolution(self, index) for index in range(self._get("resolution_count")))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags the service gives it."""
        return self._texts("tag")

    @property
    def ratios(self) -> tuple[str, ...]:
        """The aspect ratios that it takes."""
        return self._texts("ratio")

    def _texts(self, name: str) -> tuple[str, ...]:
        return tuple(_text(self._get(name, index)) or "" for index in range(self._get(name + "_count")))

    def __repr__(self) -> str:
        parts = [repr(self.value)]
        if self.label is not None:
            parts.append(f"label={self.label!r}")
        if resolutions := self.resolutions:
            parts.append(f"resolutions={[resolution.value for resolution in resolutions]}")
        if durations := self.durations:
            parts.append(f"durations={list(durations)}")
        if self.generate_audio:
            parts.append("generate_audio=True")
        if self.is_pro:
            parts.append("is_pro=True")
        return f"Model({', '.join(parts)})"


class Models(_List[Model]):
    """The models that the service lists, best first."""

    def __init__(self, answer: Answer) -> None:
        handles = (answer.copy("model", index) for index in range(answer.count))
        super().__init__([Model(answer.library, handle) for handle in handles], answer.json)

    def find(self, name: str) -> Model | None:
        """Gives the model of a value or a label; upper and lower case do not matter."""
        wanted = name.casefold()
        for model in self:
            if wanted in ((model.value or "").casefold(), (model.label or "").casefold()):
                return model
        return None


class Deletion(NamedTuple):
    """What became of one video that was to be deleted."""

    id: str
    """The video's id."""
    deleted: bool
    """Whether the service deleted it."""
    reason: str | None
    """Why it did not."""


class Spending(NamedTuple):
    """What a client's requests cost."""

    deducted: float
    """The credits that the service says it took."""
    reserved: float
    """The high ends of the estimates of requests whose price the service has not told yet."""


def _loads(text: str) -> Any:
    from json import loads

    return loads(text)
