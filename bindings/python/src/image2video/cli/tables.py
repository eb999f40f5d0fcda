"""Tables in plain text, and how wide their columns are."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[Sequence[str]]


class Column(NamedTuple):
    """A column of a table."""

    title: str
    least: int | None = None
    """The least width that it can be wrapped to; None for what must stay whole, to be read or copied."""
    is_number: bool = False
    is_optional: bool = False
    """Whether it is left out where there is no room for it."""


def fitted(columns: Sequence[Column], rows: Rows, room: int, gap: int) -> dict[int, int] | None:
    """The columns that fit side by side, with their widths; None when not even the least of them do."""
    widths = {}
    least = {}
    for number, column in enumerate(columns):
        widths[number] = max(len(column.title), *(len(row[number]) for row in rows))
        least[number] = widths[number]
        if column.least is not None:
            least[number] = max(len(column.title), min(column.least, widths[number]))

    def taken(widths: dict[int, int]) -> int:
        return sum(widths.values()) + gap * (len(widths) - 1)

    for number in reversed([number for number, column in enumerate(columns) if column.is_optional]):
        if taken(least) > room:
            del widths[number], least[number]
    if taken(least) > room:
        return None
    while taken(widths) > room:
        # The widest of those that can give way.
        widest = max(widths, key=lambda number: (widths[number] > least[number], widths[number]))
        widths[widest] -= 1
    return widths


def plain_table(columns: Sequence[Column], rows: Rows, width: int | None) -> str:
    """The rows under their titles, wrapped to a width if there is one. Where the columns cannot stand side by
    side, each row becomes a paragraph."""
    widths = fitted(columns, rows, 10**9 if width is None else width, 2)
    if widths is None:
        return paragraphs(columns, rows, width or 80)
    shown = [columns[number] for number in widths]
    lines = [_line(shown, [column.title for column in shown], widths)]
    if width is not None:
        lines.append(_line(shown, ["-" * each for each in widths.values()], widths))
    for row in rows:
        cells = [wrapped(row[number], each) for number, each in widths.items()]
        for height in range(max(map(len, cells))):
            texts = [cell[height] if height < len(cell) else "" for cell in cells]
            lines.append(_line(shown, texts, widths))
    return "\n".join(lines)


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a cell: broken between its parts where it has some, otherwise between words."""
    lines = []
    for part in _lines_of_parts(text, width):
        lines += textwrap.wrap(part, width) or [""]
    return lines


def _lines_of_parts(text: str, width: int) -> list[str]:
    lines = [""]
    for part in text.replace(", ", ",\n").split("\n"):
        joined = f"{lines[-1]} {part}" if lines[-1] else part
        if len(joined) <= width:
            lines[-1] = joined
        elif lines[-1]:
            lines.append(part)
        else:
            lines[-1] = part
    return lines


def paragraphs(columns: Sequence[Column], rows: Rows, width: int) -> str:
    """Each row as its first cell, and a line for each of the others that says something."""
    texts = []
    for row in rows:
        lines = [row[0]]
        for column, cell in zip(columns[1:], row[1:]):
            if cell:
                lines += field(column.title, cell, width, indent="  ")
        texts.append("\n".join(lines))
    return "\n\n".join(texts)


def field(title: str, text: str, width: int, indent: str = "", column: int = 0) -> list[str]:
    """A named value, wrapped at spaces alone: what is to be copied stays whole."""
    first = indent + (title.ljust(column) if column else f"{title}: ")
    return textwrap.wrap(
        text,
        max(width, len(first) + 10),
        initial_indent=first,
        subsequent_indent=" " * (column or len(indent) + 2),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _line(columns: Sequence[Column], cells: Sequence[str], widths: dict[int, int]) -> str:
    texts = [
        cell.rjust(width) if column.is_number else cell.ljust(width)
        for column, cell, width in zip(columns, cells, widths.values())
    ]
    return "  ".join(texts).rstrip()
