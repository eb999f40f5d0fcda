"""A service behind servers that speak HTTP/1.1 or HTTP/2 and misbehave byte by byte, or frame by frame."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions

CREATE = "/api/open/v4/image2Video/createBySourcePrompt"
RESULTS = "/api/open/v4/image2Video/resultsByIds"
TOKEN = "/api/open/v3/getToken"
CREDITS = "/api/open/v3/faceswap/quota/info"

Answer = tuple[int, bytes]


class Certificate:
    """A certificate for localhost and every loopback address, which signed itself."""

    def __init__(self, folder: Path) -> None:
        self.file, self.key = folder / "certificate.pem", folder / "key.pem"
        names = ",".join(
            ["DNS:localhost", "DNS:many.test", *(f"IP:127.0.0.{last}" for last in range(1, 9)), "IP:::1"]
        )
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ]
        command += ["-days", "2", "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}"]
        command += ["-keyout", str(self.key), "-out", str(self.file)]
        subprocess.run(command, check=True, capture_output=True)

    def context(self, *protocols: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        context.set_alpn_protocols(list(protocols))
        return context


class Service:
    """Keeps the videos. Its answers are right; how they travel is the servers' affair."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: dict[str, dict[str, Any]] = {}
        self.seen: list[str] = []
        self.media = "http://127.0.0.1:9"

    def answer(self, path: str, body: bytes) -> Answer:
        with self.lock:
            self.seen.append(path)
        if path == CREATE:
            return 200, self.json(self.create(json.loads(body)))
        if path == RESULTS:
            ids = json.loads(body)["_ids"].split(",")
            return 200, self.json({"result": [self.row(id) for id in ids if id in self.made]})
        if path == TOKEN:
            return 200, b'{"code":1000,"token":"a-token-of-the-service"}'
        if path == CREDITS:
            return 200, self.json({"credit": 4711})
        if path.startswith("/video/"):
            return 200, self.video(path.removeprefix("/video/").removesuffix(".mp4"))
        return 404, b"{}"

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            id = f"video-{len(self.made)}"
            self.made[id] = request
        return {"_id": id, "status": 1, **{name: request[name] for name in ("image_url", "prompt")}}

    def row(self, id: str) -> dict[str, Any]:
        return {"_id": id, "status": 3, "video_url": f"{self.media}/video/{id}.mp4"}

    def video(self, id: str) -> bytes:
        """The smallest MP4, with the prompt that it was made for in it."""
        text = self.made[id]["prompt"].encode()
        brand = b"ftypisom" + bytes(4) + b"isom"
        return b"".join(
            struct.pack(">I", len(box) + 4) + box
            for box in (brand, b"mdat" + text.ljust(200), b"moov" + bytes(8))
        )

    @staticmethod
    def json(data: object) -> bytes:
        return json.dumps({"code": 1000, "msg": "OK", "data": data}).encode()

    def posts(self) -> int:
        """Creates whose request arrived whole."""
        return self.seen.count(CREATE)


Talk = Callable[["Server", socket.socket, int], None]


class Server:
    """Listens on a port of its own and talks on every connection in a thread of its own."""

    def __init__(
        self, talk: Talk, context: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.talk, self.context, self.address = talk, context, address
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=512)
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://{'localhost' if context else address}:{self.port}"
        self.lock = threading.Lock()
        self.connections = 0
        self.most = 0
        self.resumed = 0
        self.failures: list[BaseException] = []
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        # Closing alone would leave `accept` where it is.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            left = list(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                index = self.connections
                self.connections += 1
                self._open.add(connection)
                self.most = max(self.most, len(self._open))
            threading.Thread(target=self._run, args=(connection, index), daemon=True).start()

    def _run(self, connection: socket.socket, index: int) -> None:
        raw = connection
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
                if connection.session_reused:
                    with self.lock:
                        self.resumed += 1
            self.talk(self, connection, index)
        except (OSError, EOFError):
            pass
        except BaseException as error:
            self.failures.append(error)
        finally:
            with self.lock:
                self._open.discard(raw)
            connection.close()


def reset(connection: socket.socket) -> None:
    """Breaks off without TLS's goodbye and with a reset."""
    raw = socket.socket(fileno=connection.detach())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


# HTTP/1.1


class Reader:
    """Requests, one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self.file = connection.makefile("rb")

    def request(self) -> tuple[str, bytes] | None:
        """The path and the body; None when the connection was closed."""
        line = self.file.readline()
        if not line:
            return None
        length = 0
        while header := self.file.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self.file.read(length)
        if len(body) < length:
            return None
        return line.split()[1].decode(), body


def response(status: int, body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def well_behaved(service: Service) -> Talk:
    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        while request := reader.request():
            connection.sendall(response(*service.answer(*request)))

    return talk


# HTTP/2

OnRequest = Callable[["Frames", int, str, bytes], None]


class Frames:
    """One connection that speaks HTTP/2. `on_request` is called when a request has arrived whole, and
    `on_headers`, if there is one, when its headers have."""

    def __init__(
        self,
        connection: socket.socket,
        on_request: OnRequest,
        *,
        on_headers: OnRequest | None = None,
        settings: dict[int, int] | None = None,
    ) -> None:
        self.socket, self.on_request, self.on_headers = connection, on_request, on_headers
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, validate_inbound_headers=False)
        )
        self.paths: dict[int, str] = {}
        self.bodies: dict[int, bytes] = {}
        self.isOver = False
        if settings:
            self.h2.update_settings(settings)

    def run(self) -> None:
        self.h2.initiate_connection()
        self.flush()
        while not self.isOver:
            data = self.socket.recv(65536)
            if not data:
                return
            for event in self.h2.receive_data(data):
                self.take(event)
            self.flush()

    def take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            headers = {bytes(name): bytes(value) for name, value in event.headers}
            self.paths[event.stream_id] = headers[b":path"].decode()
            self.bodies[event.stream_id] = b""
            if self.on_headers:
                self.on_headers(self, event.stream_id, self.paths[event.stream_id], b"")
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            if event.flow_controlled_length:
                self.h2.increment_flow_control_window(event.flow_controlled_length)
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self.paths:
            self.on_request(self, event.stream_id, self.paths[event.stream_id], self.bodies[event.stream_id])

    def flush(self) -> None:
        data = self.h2.data_to_send()
        if data and not self.isOver:
            self.socket.sendall(data)

    def answer(
        self, stream: int, status: int, body: bytes, *headers: tuple[str, str], ends: bool = True
    ) -> None:
        self.h2.send_headers(stream, [(":status", str(status)), *headers])
        self.h2.send_data(stream, body, end_stream=ends)

    def frame(self, kind: int, stream: int, payload: bytes, flags: int = 0) -> None:
        """A frame as it is, which the library that speaks HTTP/2 knows nothing of."""
        self.flush()
        self.socket.sendall(
            struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
        )

    def refuse(self, stream: int, code: int) -> None:
        self.frame(3, stream, struct.pack(">I", code))

    def go_away(self, last_stream: int, code: int = 0) -> None:
        self.frame(7, 0, struct.pack(">II", last_stream, code))

    def close(self) -> None:
        self.flush()
        self.isOver = True

    def reset(self) -> None:
        self.flush()
        self.isOver = True
        # A reset overtakes what the client has not read yet.
        time.sleep(0.1)
        reset(self.socket)


def frames(on_request: OnRequest, **settings: Any) -> Talk:
    def talk(server: Server, connection: socket.socket, index: int) -> None:
        Frames(connection, on_request, **settings).run()

    return talk


def answers(service: Service) -> OnRequest:
    def on_request(frames: Frames, stream: int, path: str, body: bytes) -> None:
        frames.answer(stream, *service.answer(path, body))

    return on_request
