"""The sandbox, and plain sockets for what it cannot do."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen


# Bounds on time, in seconds. Others keep the machine busy, so that no test expects anything to be quick: an
# event that has not come after HANG will never come, and an operation that lasts longer than it must by BUSY
# waits for something that it must not wait for. `make bench` measures how quick the package is.
HANG = 120.0
BUSY = 10.0


def wait_until(condition: Callable[[], object]) -> None:
    """Waits for a condition, which must come to hold."""
    end = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


@contextlib.contextmanager
def lasting(least: float = 0) -> Iterator[None]:
    """The block lasts for at least so many seconds, and for no longer than a busy machine explains."""
    begin = time.monotonic()
    yield
    lasted = time.monotonic() - begin
    assert least <= lasted < least + BUSY, lasted


def make_picture(width: int = 320, height: int = 320) -> bytes:
    """A PNG with a gradient."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + bytes(channel for x in range(width) for channel in (x % 256, y % 256, 128))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class Sandbox:
    """The stand-in for the service, as a process."""

    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen(
            [program, "--port", "0", "--speed", "100", "--job-seconds", "10", "--prefix", "/gateway"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("listening on "):
                self.url = line.split()[-1]
                break
        else:
            raise RuntimeError(f"the sandbox ended with {self._process.wait()}")
        # It goes on printing; nobody may make it wait.
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        request = Request(f"{self.url}/_sandbox/{path}", data=body, method="GET" if body is None else "POST")
        with urlopen(request, timeout=HANG) as answer:
            return json.load(answer)

    def token(self, client_id: str, client_secret: str) -> str:
        """A bearer token."""
        body = json.dumps({"clientId": client_id, "clientSecret": client_secret}).encode()
        request = Request(f"{self.url}/api/open/v3/getToken", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["token"])

    def reset(self) -> None:
        self._ask("reset", b"")

    def fault(self, route: str, **rule: Any) -> None:
        """Misbehaves on `route`, and on no other."""
        self._ask("faults", json.dumps([{"route": route, **rule}]).encode())

    def behave(self) -> None:
        """Ends all misbehaviour."""
        self._ask("faults", b"[]")

    @property
    def creates(self) -> list[dict[str, Any]]:
        """Every video that was paid for."""
        creates: list[dict[str, Any]] = self._ask("creates")
        return creates

    def upload(self, name: str, data: bytes) -> str:
        url: str = self._ask(f"upload?name={name}", data)["url"]
        return url

    @property
    def webhooks(self) -> list[dict[str, Any]]:
        webhooks: list[dict[str, Any]] = self._ask("webhooks")
        return webhooks

    @property
    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self._ask("stats")
        return stats

    @property
    def requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self._ask("requests")
        return requests


class Server:
    """A server on a socket whose connections are handled by a function, each in its own thread."""

    def __init__(self, handle: Callable[[socket.socket], None]) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self._handle(connection)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        # close() alone would not end an accept() that is under way.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            connection.close()


def read_request(connection: socket.socket) -> tuple[str, bytes] | None:
    """Reads one whole request: its first line and its body; None when the connection has ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return lines[0], body


def answer(connection: socket.socket, document: Any) -> None:
    """Answers in JSON and keeps the connection."""
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


_numbers = itertools.count(1)


def new_video() -> str:
    """An id for one create and no other: the library refuses an id that it has had."""
    return f"{next(_numbers):024x}"


def asked_ids(body: bytes) -> list[str]:
    """The ids that a poll asks about."""
    ids: list[str] = json.loads(body)["_ids"].split(",")
    return ids


def pass_on(connection: socket.socket, port: int) -> None:
    """Passes what comes on to a port of this machine, and its answer back."""

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    with socket.create_connection(("127.0.0.1", port)) as inner:
        threading.Thread(target=pump, args=(connection, inner), daemon=True).start()
        pump(inner, connection)


def never_answer(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def run_python(code: str, *arguments: str, timeout: float = HANG) -> subprocess.CompletedProcess[str]:
    """Runs a program in a fresh Python that knows the package."""
    return subprocess.run(_python(code, *arguments), capture_output=True, text=True, timeout=timeout)


@contextlib.contextmanager
def start_python(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The same, which goes on beside the test, and is killed at the end of the block if it is still there."""
    with subprocess.Popen(_python(code, *arguments), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _python(code: str, *arguments: str) -> list[str]:
    source = str(Path(__file__).resolve().parents[1] / "src")
    start = f"import sys; sys.path.insert(0, {source!r}); sys.dont_write_bytecode = True\n"
    # A shell that runs the tests in the background lets them ignore Ctrl-C, and children inherit that.
    start += "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    return [sys.executable, "-c", start + code, *arguments]
