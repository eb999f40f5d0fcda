"""How long videos took before, kept from one run to the next: what progress bars expect.

One small file of the command line's own. It is a convenience: whatever is wrong with it, it counts as empty,
and when it cannot be written nothing is said.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

MOST = 200
"""How many kinds are kept; those that were learned of longest ago go first."""
_LONGEST = 86400.0
_LARGEST = 1_000_000


def default_path() -> Path:
    """durations.json in the folder for state that the XDG rules name."""
    state = os.environ.get("XDG_STATE_HOME") or ""
    folder = Path(state) if os.path.isabs(state) else Path("~/.local/state").expanduser()
    return folder / "image2video" / "durations.json"


class History:
    """Seconds from a video's creation to its end, by kind: model, resolution and length."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def expected(self, kind: str) -> float | None:
        """How long videos of the kind took, smoothed; None when there were none."""
        return self._read().get(kind)

    def learn(self, kind: str, seconds: float) -> None:
        """A video of the kind took that long."""
        if not _is_sane(seconds):
            return
        known = self._read()
        before = known.pop(kind, None)
        known[kind] = round(seconds if before is None else before + (seconds - before) / 4, 3)
        while len(known) > MOST:
            del known[next(iter(known))]
        with contextlib.suppress(OSError, RuntimeError):
            self._write(known)

    def _where(self) -> Path:
        return default_path() if self._path is None else self._path

    def _read(self) -> dict[str, float]:
        try:
            with self._where().open("rb") as file:
                document: Any = json.loads(file.read(_LARGEST))
            kinds = document["seconds"]
            return {kind: float(each) for kind, each in kinds.items() if _is_sane(each)}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, RuntimeError):
            return {}

    def _write(self, known: dict[str, float]) -> None:
        """Beside it and then in its place, so that no reader ever sees half of it."""
        path = self._where()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(descriptor, "w") as file:
                json.dump({"version": 1, "seconds": known}, file)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise


def kind_of(model: str | None, resolution: str | None, length: float | None) -> str:
    """What makes videos take about equally long, as one text."""
    return f"{model or 'default'} {resolution or '720p'} {5 if length is None else round(length)}s"


def _is_sane(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 < value <= _LONGEST
