"""Turns Python values into what the library takes, and refuses what C would silently cut or wrap."""

from __future__ import annotations

import os

from .errors import InvalidArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    StrPath = Union[str, os.PathLike[str]]


def text(value: object, field: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{field} must be a str, not {type(value).__name__}")
    try:
        return _whole(value.encode("utf-8"), field)
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"{field} is not valid Unicode text", field=field) from None


def path(value: object, field: str) -> bytes:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{field} must be a path, not {type(value).__name__}")
    return _whole(os.fsencode(value), field)


def flag(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{field} must be a bool, not {type(value).__name__}")
    return value


def integer(value: object, field: str) -> int:
    """An int32, or its nearest bound, which the library then finds out of range."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{field} must be an int, not {type(value).__name__}")
    return max(-(2**31), min(int(value), 2**31 - 1))


def long(value: object, field: str) -> int:
    """An int64, or its nearest bound."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{field} must be an int, not {type(value).__name__}")
    return max(-(2**63), min(int(value), 2**63 - 1))


def number(value: object, field: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{field} must be a number, not {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def milliseconds(value: object, field: str) -> int:
    """Milliseconds of a time in seconds; a time too long for an int64 becomes the longest."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{field} must be a number of seconds, not {type(value).__name__}")
    if value != value:
        raise InvalidArgumentError(f"{field} must be a number of seconds, not NaN", field=field)
    if abs(value) >= 2**53:
        return 2**63 - 1 if value > 0 else -1
    return round(value * 1000)


def _whole(value: bytes, field: str) -> bytes:
    if b"\0" in value:
        raise InvalidArgumentError(f"{field} contains a NUL character", field=field)
    return value
