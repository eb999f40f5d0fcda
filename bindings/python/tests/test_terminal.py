"""The command line in a terminal: a real one, as far as the program can tell."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import HANG, Sandbox, wait_until

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

SOURCE = str(Path(__file__).resolve().parents[1] / "src")
BUSY = {"status": 2, "video_url": None}


class Terminal:
    """A command and what it has shown so far, with what steers the terminal."""

    def __init__(self, environment: dict[str, str], columns: int, arguments: list[str]) -> None:
        self.shown = ""
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            # A shell that runs the tests in the background lets them ignore Ctrl-C, and so their children.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(sys.executable, [sys.executable, "-m", "image2video", *arguments], environment)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))

    def until(self, pattern: str, seconds: float = HANG) -> None:
        """Waits until it shows something."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.plain):
            assert time.monotonic() < end, self.shown
            assert self._read(0.1), self.shown

    def ctrl_c(self) -> None:
        os.write(self._terminal, b"\x03")

    def end(self, seconds: float = HANG) -> int:
        """Waits until it ends, and gives its exit code."""
        end = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < end, self.shown
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    @property
    def plain(self) -> str:
        """What it has shown, without what steers the terminal."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.shown)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)


Start = Callable[..., Terminal]


@pytest.fixture
def start(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Runs commands in a folder of their own, in a terminal of some width."""
    monkeypatch.chdir(tmp_path)
    environment = {
        **os.environ,
        "PYTHONPATH": SOURCE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "AKOOL_API_KEY": "sandbox-key",
        "AKOOL_BASE_URL": sandbox.url,
    }
    # What speaks for the width or against colours goes before what the terminal says.
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        environment.pop(name, None)

    def run(*arguments: str, columns: int = 100) -> Terminal:
        return Terminal(environment, columns, [*arguments, "--poll-interval", "0.02,0.1"])

    return run


@pytest.fixture(params=["plain", "rich"])
def style(request: pytest.FixtureRequest) -> list[str]:
    if request.param == "rich":
        pytest.importorskip("rich")
        return []
    return ["--plain"]


def test_a_bar(start: Start, sandbox: Sandbox, picture: str, tmp_path: Path, style: list[str]) -> None:
    sandbox.fault("results", times=-1, row=BUSY)
    terminal = start("animate", picture, "zoom", "--to", "cat.mp4", *style)
    # Nothing is known of such videos but what is reported of the service.
    terminal.until(r"cat\.mp4 .*making .* \d+%  about 0:[1-5]\d left")
    sandbox.behave()
    assert terminal.end() == 0
    assert re.search(r"cat\.mp4  5 s, 720p, .* 20 credits, in \d+:\d\d\r\n$", terminal.plain)
    assert (tmp_path / "cat.mp4").exists()
    # It is known now, and has passed.
    sandbox.fault("results", times=-1, row=BUSY)
    terminal = start("animate", picture, "zoom", "--to", "dog.mp4", *style)
    terminal.until("longer than usual")
    sandbox.behave()
    assert terminal.end() == 0


def test_narrow(start: Start, sandbox: Sandbox, picture: str, style: list[str]) -> None:
    sandbox.fault("results", times=-1, row=BUSY)
    terminal = start("animate", picture, "zoom", "--to", "a-rather-long-name.mp4", *style, columns=30)
    terminal.until(r"making")
    terminal.until(r"\d+%")
    sandbox.behave()
    assert terminal.end() == 0
    bars = re.split(r"[\r\n]+", terminal.plain)
    assert max(len(bar) for bar in bars if "%" in bar) <= 30


def test_tables(start: Start, style: list[str]) -> None:
    for columns in (100, 40):
        terminal = start("models", *style, columns=columns)
        assert terminal.end() == 0
        lines = terminal.plain.split("\r\n")
        assert any(line.startswith("AkoolImage2VideoFastV1") for line in lines)
        kling = next(line for line in lines if line.startswith("kwaivgi"))
        assert kling.split()[0] == "kwaivgi/kling-video-o3-pro/image-to-video"
        assert max(map(len, lines)) <= max(columns, 41)
        assert ("unit_credit: 720p 4, 1080p 6" in terminal.plain) == (columns == 40)


def test_ctrl_c_tells_how_to_go_on(
    start: Start, sandbox: Sandbox, picture: str, tmp_path: Path, style: list[str]
) -> None:
    sandbox.fault("results", times=-1, row=BUSY)
    terminal = start("animate", picture, "zoom", "--to", "my cat.mp4", *style)
    terminal.until("making")
    terminal.ctrl_c()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    found = re.search(r"image2video attach (\w{24}) --to 'my cat.mp4'", terminal.plain)
    assert found
    assert not (tmp_path / "my cat.mp4").exists()
    # And so it goes on.
    sandbox.fault("results", times=0, row=BUSY)
    assert start("attach", found[1], "--to", "my cat.mp4", *style).end() == 0
    assert (tmp_path / "my cat.mp4").exists()
    assert sandbox.stats["creates_processed"] == 1


def test_ctrl_c_waits_for_the_id(start: Start, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", latency_ms=5000)
    terminal = start("animate", picture, "zoom", "--to", "cat.mp4")
    terminal.until("sending")
    wait_until(lambda: sandbox.stats["requests"]["create"] > 0)
    terminal.ctrl_c()
    terminal.until("Ctrl-C again gives up")
    assert terminal.end() == 130
    assert re.search(r"image2video attach \w{24} --to cat.mp4", terminal.plain)


def test_ctrl_c_twice_gives_up(start: Start, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", hang=True)
    terminal = start("animate", picture, "zoom", "--to", "cat.mp4")
    terminal.until("sending")
    wait_until(lambda: sandbox.stats["requests"]["create"] > 0)
    terminal.ctrl_c()
    terminal.until("Ctrl-C again gives up")
    terminal.ctrl_c()
    assert terminal.end() == 130
    assert "may have been charged" in terminal.plain
    assert "Traceback" not in terminal.plain


def test_many_bars(start: Start, sandbox: Sandbox, picture: str, style: list[str]) -> None:
    sandbox.fault("results", times=-1, row=BUSY)
    terminal = start("batch", picture, picture, picture, "--prompt", "zoom", *style)
    terminal.until("0 of 3")
    sandbox.behave()
    assert terminal.end() == 0
    assert len(re.findall(r" credits, in \d+:\d\d", terminal.plain)) == 3


def test_a_reader_that_goes(sandbox: Sandbox) -> None:
    """Output into a pipe that is closed early ends quietly."""
    environment = {**os.environ, "PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.update(AKOOL_API_KEY="sandbox-key", AKOOL_BASE_URL=sandbox.url)
    command = [sys.executable, "-m", "image2video", "models"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(HANG) == 1
