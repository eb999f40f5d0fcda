"""Finding and loading the shared library, and what that costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from servers import run_python

import image2video
from image2video import _abi, enums

SOURCE = Path(__file__).resolve().parents[1] / "src"
USE = """
import image2video
try:
    image2video.Client(api_key="k")
except OSError as error:
    print(type(error).__name__, isinstance(error, image2video.Image2VideoError))
    print(error)
else:
    print("loaded")
"""


def test_the_version_is_one() -> None:
    assert image2video.__version__ == _abi.I2V_VERSION


def test_the_message_when_the_library_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGE2VIDEO_LIBRARY")
    copy = tmp_path / "image2video"
    shutil.copytree(SOURCE / "image2video", copy, ignore=shutil.ignore_patterns("lib", "__pycache__"))
    done = run_python(f"sys.path.insert(0, {str(tmp_path)!r})" + USE)
    assert done.stderr == ""
    first, *message = done.stdout.splitlines()
    if first == "loaded":
        pytest.skip("the system has the library")
    assert first == "LibraryNotFoundError True"
    assert str(copy / "lib" / "libimage2video.so.0") in message[1]
    assert "the system's libraries" in message[2]
    assert "IMAGE2VIDEO_LIBRARY" in message[3]


def test_the_library_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = os.environ["IMAGE2VIDEO_LIBRARY"]
    monkeypatch.delenv("IMAGE2VIDEO_LIBRARY")
    copy = tmp_path / "image2video"
    shutil.copytree(SOURCE / "image2video", copy, ignore=shutil.ignore_patterns("lib", "__pycache__"))
    (copy / "lib").mkdir()
    shutil.copy(library, copy / "lib" / "libimage2video.so.0")
    assert run_python(f"sys.path.insert(0, {str(tmp_path)!r})" + USE).stdout == "loaded\n"


@pytest.mark.parametrize("path", ["/nowhere/libimage2video.so.0", "libc.so.6"])
def test_the_environment_variable_is_the_only_place(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE2VIDEO_LIBRARY", path)
    done = run_python(USE)
    first, message = done.stdout.splitlines()
    assert first == "LibraryNotFoundError True"
    assert path in message
    assert "IMAGE2VIDEO_LIBRARY" in message


def test_a_library_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "old.c"
    source.write_text('const char *i2v_library_get_version(void) { return "0.0.9"; }\n')
    library = tmp_path / "libimage2video.so.0"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    monkeypatch.setenv("IMAGE2VIDEO_LIBRARY", str(library))
    first, message = run_python(USE).stdout.splitlines()
    assert first == "LibraryVersionError True"
    assert "0.0.9" in message
    assert _abi.I2V_VERSION.rsplit(".", 1)[0] in message


def test_the_library_has_every_function() -> None:
    functions = image2video.Client(api_key="k")._library
    for name in _abi.FUNCTIONS:
        assert callable(getattr(functions, name))


def test_every_enumeration_is_complete() -> None:
    ours = {
        "i2v_status": enums.Status,
        "i2v_service_code": enums.ServiceCode,
        "i2v_retry": enums.Retry,
        "i2v_charge": enums.Charge,
        "i2v_audio_type": enums.AudioType,
        "i2v_estimate_basis": enums.EstimateBasis,
        "i2v_event": enums.Event,
        "i2v_job_state": enums.JobState,
        "i2v_service_status": enums.VideoStatus,
    }
    for name, values in _abi.ENUMERATIONS.items():
        if name in ours:
            assert {int(member) for member in ours[name]} == set(values.values()), name
    assert set(_abi.ENUMERATIONS) - set(ours) == {"i2v_delivery", "i2v_log_level"}


def test_every_setter_has_its_argument() -> None:
    from image2video._base import _SETTINGS
    from image2video.request import _SETTERS

    given = {setter for setter, _ in _SETTERS.values()} | {"i2v_request_set_model"}
    assert given == {name for name in _abi.FUNCTIONS if name.startswith("i2v_request_set_")}
    given = {f"i2v_config_set_{name}" for name in _SETTINGS}
    settings = {name for name in _abi.FUNCTIONS if name.startswith("i2v_config_set_")} - given
    assert {name[len("i2v_config_set_") :] for name in settings} == {
        "client_credentials",  # client_id= and client_secret=
        "expiry_warning",  # and on_expiring=
        "poll_interval",
        "delivery",  # Left out: they would run Python on a thread that Python has not made.
        "log",
    }


@pytest.mark.parametrize(
    ("kind", "renamed"),
    [
        ("Video", {"remaining_time": "remaining"}),
        ("Effect", {}),
        ("Model", {"duration": "durations", "tag": "tags", "ratio": "ratios"}),
        ("WebhookEvent", {}),
    ],
)
def test_every_getter_has_its_attribute(kind: str, renamed: dict[str, str]) -> None:
    prefix = {"WebhookEvent": "i2v_webhook_event_get_"}.get(kind, f"i2v_{kind.lower()}_get_")
    getters = {name[len(prefix) :] for name in _abi.FUNCTIONS if name.startswith(prefix)}
    getters = {name for name in getters if not name.endswith("_count") or name.startswith(("max", "batch"))}
    of_resolution = {name for name in getters if name.startswith("resolution_")}
    for name in getters - of_resolution - {"json"}:
        assert hasattr(getattr(image2video, kind), renamed.get(name, name)), name
    slots = {name for name in image2video.Model.Resolution.__slots__ if not name.startswith("_")}
    if kind == "Model":
        assert {name[len("resolution_") :].replace("duration", "durations") for name in of_resolution} == (
            slots | {"json"}
        )


def test_every_function_is_used() -> None:
    """What of the C interface has no place here is listed, with the reason."""
    source = "".join(
        path.read_text() for path in (SOURCE / "image2video").glob("*.py") if path.name != "_abi.py"
    )
    unused = {
        name
        for name in _abi.FUNCTIONS
        if name not in source and "_get_" not in name and "_set_" not in name and "_copy_" not in name
    }
    assert unused == {
        "i2v_client_animate",  # animate() submits and waits in slices.
        "i2v_query_find_effect",  # Effects.find() looks at the list it has, for codes as well.
        "i2v_request_clear_multi_prompt",  # A request is built anew for each call.
        *(f"i2v_{noun}_retain" for noun in ("job", "query", "video", "effect", "model", "webhook_event")),
        *(f"i2v_{noun}_release" for noun in ("effect", "model", "webhook_event")),  # By Snapshot.
    }


def test_loading_is_lazy_and_leaves_the_process_alone() -> None:
    code = """
import os, signal, time
def handlers():
    lines = open("/proc/self/status").read().splitlines()
    fields = dict(line.split(":") for line in lines)
    # Without the signals that glibc keeps to itself, which come with the first thread of a process.
    return [int(fields[name], 16) & ~(0b11 << 31) for name in ("SigBlk", "SigIgn", "SigCgt")]
def threads():
    return len(os.listdir("/proc/self/task"))
before = handlers(), threads()
import image2video
assert "libimage2video" not in open("/proc/self/maps").read()
from image2video._library import library
library()
assert "libimage2video" in open("/proc/self/maps").read()
assert (handlers(), threads()) == before
client = image2video.Client(api_key="k")
assert threads() == before[1] + 1
client.close()
# The kernel lists a thread for a moment after it was joined.
while threads() > before[1]:
    time.sleep(0.01)
assert (handlers(), threads()) == before, (handlers(), before)
print("as before")
"""
    done = run_python(code)
    assert (done.stdout, done.stderr) == ("as before\n", "")


def test_import_leaves_out_what_is_slow() -> None:
    code = """
before = set(sys.modules)
import image2video
image2video.Client(api_key="k")
slow = {"json", "enum", "dataclasses", "typing", "pathlib", "asyncio", "threading", "queue", "weakref", "re"}
print(sorted(slow & (set(sys.modules) - before)))
"""
    assert run_python(code).stdout == "[]\n"
