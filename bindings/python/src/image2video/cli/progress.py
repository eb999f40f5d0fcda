"""Shows how jobs are getting on while it waits for them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .screen import printable, width

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from ..client import Client
    from .screen import Screen
    from .watch import Watched

    class Display(Protocol):
        """Something that shows the watched jobs each time it is told to."""

        def show(self) -> None: ...
        def clear(self) -> None: ...
        def close(self) -> None: ...


_TICK = 0.1
"""Seconds between two looks; news comes at once."""


def follow(client: Client, watched: Sequence[Watched], screen: Screen) -> None:
    """Waits until all have ended, well or not."""
    display = _display(watched, screen)
    told: set[str] = set()
    try:
        while True:
            for each in watched:
                each.look()
            for hindrance in {each.hindrance for each in watched} - told:
                if hindrance is not None:
                    display.clear()
                    screen.warn(f"{hindrance}; trying on")
                    told.add(hindrance)
            display.show()
            if all(each.job.done for each in watched):
                return
            client.dispatch(_TICK)
    finally:
        display.close()


def _display(watched: Sequence[Watched], screen: Screen) -> Display:
    if screen.is_quiet:
        return _Nothing()
    if not screen.is_live:
        return _Lines(watched, screen)
    return _Bar(watched) if screen.rich is None else _RichBars(watched)


class _Nothing:
    def show(self) -> None:
        pass

    def clear(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Lines:
    """Where nothing can be drawn: a line for each step of a job."""

    def __init__(self, watched: Sequence[Watched], screen: Screen) -> None:
        self._watched = watched
        self._screen = screen
        self._phases: dict[Watched, str] = {}

    def show(self) -> None:
        for each in self._watched:
            phase = each.phase
            if phase not in (self._phases.get(each), "failed"):
                self._phases[each] = phase
                id = f" ({each.job.id})" if phase == "queued" else ""
                self._screen.note(f"{each.name}: {phase}{id}")

    def clear(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Bar:
    """One line that is drawn again and again: of the job, or of all of them together."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._watched = watched

    def show(self) -> None:
        room = width() - 1
        text = self._one(self._watched[0], room) if len(self._watched) == 1 else self._all(room)
        print("\r\033[K" + text[:room], end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        print("\r\033[K", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        self.clear()

    def _one(self, each: Watched, room: int) -> str:
        return self._drawn(shortened(each.name, room // 3), each.phase, each.fraction, each.outlook, room)

    def _all(self, room: int) -> str:
        count = len(self._watched)
        done = sum(each.job.done for each in self._watched)
        fraction = sum(1.0 if each.job.done else each.fraction for each in self._watched) / count
        return self._drawn(f"{done} of {count}", "done", fraction, "", room)

    @staticmethod
    def _drawn(name: str, phase: str, fraction: float, outlook: str, room: int) -> str:
        percent = f"{int(fraction * 100):3}%"
        length = room - len(name) - len(f"  {phase:8}    {percent}  {outlook:18}")
        if length < 5:
            return f"{name} {phase} {percent} {outlook}"
        full = int(length * fraction)
        bar = "#" * full + "." * (length - full)
        return f"{name}  {phase:8} [{bar}] {percent}  {outlook}"


class _RichBars:
    """A bar for each job under way, and a line for each that has ended, as many as the terminal holds."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._watched = watched
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self) -> None:
        self._live.update(self._grid(), refresh=True)

    def clear(self) -> None:
        """Whatever is printed appears above the bars."""

    def close(self) -> None:
        self._live.stop()

    def _grid(self) -> Any:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        columns = self._console.width
        most = max(1, self._console.height - 2)
        under_way = [each for each in self._watched if not each.job.done]
        shown = (under_way or list(self._watched))[:most]
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(no_wrap=True, style="cyan")
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=1)
        grid.add_column(no_wrap=True, justify="right")
        if columns >= 60:
            grid.add_column(no_wrap=True, min_width=17, style="dim")
        for each in shown:
            percent = f"{int(each.fraction * 100)}%"
            cells: list[Any] = [
                Text(shortened(each.name, columns // 4)),
                each.phase,
                ProgressBar(total=1.0, completed=each.fraction, complete_style="green"),
                percent,
            ]
            grid.add_row(*cells, *([Text(each.outlook)] if columns >= 60 else []))
        count = len(self._watched)
        if count > 1:
            grid.add_row(Text(f"{count - len(under_way)} of {count} done", style="bold"))
        return grid


def shortened(name: str, room: int) -> str:
    """A name that fits: its end says more than its beginning."""
    name = printable(name)
    return name if len(name) <= max(8, room) else "…" + name[1 - max(8, room) :]
