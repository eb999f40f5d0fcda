"""Where output goes: results to stdout, everything about how it is going to stderr."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

from .tables import Column, field, fitted, plain_table, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO


class Screen:
    """The terminal, or the files that stand for it. With rich installed, tables are drawn with it."""

    def __init__(self, *, is_json: bool, is_plain: bool, is_quiet: bool) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        self.is_live = not is_quiet and _is_terminal(sys.stderr)
        self._rich = None if is_plain else _rich()

    @property
    def rich(self) -> Any:
        """The rich package where it is to be used for what is drawn on stderr; None otherwise."""
        return self._rich

    def line(self, text: str) -> None:
        """A line of results."""
        if not self.is_json:
            print(printable(text))

    def document(self, document: Any) -> None:
        """The results for programs."""
        if self.is_json:
            print(json.dumps(document, ensure_ascii=False))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], empty: str) -> None:
        """Results in rows; on a terminal as wide as that is, otherwise a line for each."""
        if self.is_json:
            return
        if not rows:
            print(empty)
            return
        clean = [[printable(cell) for cell in row] for row in rows]
        if not _is_terminal(sys.stdout):
            print(plain_table(columns, clean, None))
        elif self._rich is None or not _rich_table(columns, clean):
            print(plain_table(columns, clean, width()))

    def fields(self, fields: dict[str, str]) -> None:
        """One result with all that is known of it."""
        if self.is_json:
            return
        room = width() if _is_terminal(sys.stdout) else 10**9
        known = {title: printable(text) for title, text in fields.items() if text}
        column = max(map(len, known), default=0) + 2
        for title, text in known.items():
            print("\n".join(field(title, text, room, column=column)))

    def note(self, text: str) -> None:
        """How it is going."""
        if not self.is_quiet:
            self.say(text)

    def say(self, text: str) -> None:
        """What must be known even where it is quiet; may have several lines."""
        for line in text.splitlines():
            print(printable(line), file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """That something went wrong with one of several things."""
        self.say(f"image2video: {printable(text)}")

    def fail(self, message: str, document: Any) -> None:
        """What went wrong."""
        self.warn(message)
        self.document({"error": document})


def width() -> int:
    return max(20, shutil.get_terminal_size().columns)


def printable(text: str) -> str:
    """Text of the service without what would steer a terminal or break a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False


def _rich() -> Any:
    try:
        import rich
    except ImportError:
        return None
    return rich


def _rich_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Draws a table; not where it does not fit."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    widths = fitted(columns, rows, console.width, 3)
    if widths is None:
        return False
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for number, each in widths.items():
        table.add_column(
            columns[number].title,
            justify="right" if columns[number].is_number else "left",
            style="cyan" if number == 0 else None,
            width=each,
        )
    for row in rows:
        table.add_row(*(Text("\n".join(wrapped(row[number], each))) for number, each in widths.items()))
    console.print(table)
    return True
