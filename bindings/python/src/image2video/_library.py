"""Finds the shared library, and loads it when it is first needed."""

from __future__ import annotations

import ctypes
import os

from ._abi import I2V_VERSION, Functions
from .errors import LibraryNotFoundError, LibraryVersionError

NAME = "libimage2video.so.0"
VARIABLE = "IMAGE2VIDEO_LIBRARY"

_loaded: Functions | None = None


def library() -> Functions:
    """Gives the functions of the library."""
    global _loaded
    if _loaded is None:
        _loaded = _find()
    return _loaded


def _find() -> Functions:
    exact = os.environ.get(VARIABLE)
    if exact:
        try:
            return _load(exact)
        except LibraryVersionError:
            raise
        except OSError as reason:
            raise LibraryNotFoundError(
                f"the library that {VARIABLE} names cannot be loaded: {reason}. Correct the variable, or "
                "unset it to use the library that came with this package"
            ) from None
    tried = []
    kind: type[LibraryNotFoundError] = LibraryNotFoundError
    for path in (os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", NAME), NAME):
        try:
            return _load(path)
        except OSError as reason:
            if isinstance(reason, LibraryVersionError):
                kind = LibraryVersionError
            what = "the system's libraries" if path == NAME else path
            tried.append(f"  {what}: {reason}")
    raise kind(
        f"the image2video library ({NAME}) cannot be loaded. Tried:\n"
        + "\n".join(tried)
        + f"\nInstall the wheel of this package, which has the library inside, or set {VARIABLE} to its path"
    )


def _load(path: str) -> Functions:
    loaded = ctypes.CDLL(path)
    functions = Functions(loaded)
    try:
        version: str = functions.i2v_library_get_version().decode()
    except AttributeError:
        raise OSError(f"{path} is another library") from None
    has, wants = _number(version), _number(I2V_VERSION)
    if has[0] != wants[0] or has[1] < wants[1]:
        raise LibraryVersionError(
            f"{path} has version {version}, but this package needs {wants[0]}.{wants[1]}"
        )
    return functions


def _number(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
