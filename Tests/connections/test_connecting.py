"""Handshakes that break, addresses that hang, sessions that are resumed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import MakeClient
from misbehaving import (
    Certificate,
    Server,
    Service,
    Talk,
    reset,
    well_behaved,
)

import image2video
from image2video import Charge, JobState

PICTURE = "http://127.0.0.1:9/p.png"
# Fatal alerts of TLS: close_notify is none, but ends a handshake as well.
CLOSE_NOTIFY, HANDSHAKE_FAILURE, PROTOCOL_VERSION, INTERNAL_ERROR, UNRECOGNIZED_NAME = 0, 40, 70, 80, 112


def breaks_handshakes(how: str, times: int, talk: Talk, certificate: Certificate) -> Talk:
    """Breaks the first handshakes and then does as `talk` does, under TLS."""
    context = certificate.context("http/1.1")
    broken: list[int] = []

    def begin(server: Server, connection: socket.socket, index: int) -> None:
        if len(broken) < times:
            broken.append(index)
            hello = b"" if "before" in how else connection.recv(65536)
            if "reset" in how:
                return reset(connection)
            if how.startswith("alert"):
                level = 1 if how == "alert 0" else 2
                connection.sendall(bytes([21, 3, 3, 0, 2, level, int(how.split()[1])]))
            elif how == "half a hello":
                connection.sendall(bytes([22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]))
            elif how == "no TLS":
                connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            elif how == "garbage":
                connection.sendall(bytes(range(256)))
            assert hello is not None
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            try:
                while connection.recv(65536):
                    pass
            except OSError:
                pass
            return None
        with context.wrap_socket(connection, server_side=True) as secure:
            return talk(server, secure, index)

    return begin


BREAKS = [
    "reset",
    "reset before the hello",
    "closed",
    "closed before the hello",
    f"alert {CLOSE_NOTIFY}",
    f"alert {HANDSHAKE_FAILURE}",
    f"alert {INTERNAL_ERROR}",
    f"alert {UNRECOGNIZED_NAME}",
    "half a hello",
    "no TLS",
    "garbage",
]


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_handshake_is_tried_again(
    make_client: MakeClient, service: Service, certificate: Certificate, tmp_path: Path, how: str
) -> None:
    with (
        Server(breaks_handshakes(how, 2, well_behaved(service), certificate)) as server,
        Server(breaks_handshakes(how, 2, well_behaved(service), certificate)) as media,
    ):
        service.media = f"https://localhost:{media.port}"
        client = make_client(f"https://localhost:{server.port}")
        job = client.submit(PICTURE, "p", to=tmp_path / "a.mp4")
        job.wait(60)
        assert job.state is JobState.SAVED
        assert service.posts() == 1


@pytest.mark.parametrize("how", BREAKS)
def test_handshakes_that_always_break_cost_nothing(
    make_client: MakeClient, service: Service, certificate: Certificate, how: str
) -> None:
    with Server(breaks_handshakes(how, 1000, well_behaved(service), certificate)) as server:
        job = make_client(f"https://localhost:{server.port}").submit(PICTURE, "p")
        with pytest.raises(image2video.Image2VideoError) as caught:
            job.wait(60)
        assert caught.value.charge is Charge.NONE
        assert caught.value.retryable
        assert server.connections >= 3
        assert not service.made


def test_no_common_version_is_final(
    make_client: MakeClient, service: Service, certificate: Certificate
) -> None:
    how = f"alert {PROTOCOL_VERSION}"
    with Server(breaks_handshakes(how, 1000, well_behaved(service), certificate)) as server:
        job = make_client(f"https://localhost:{server.port}").submit(PICTURE, "p")
        with pytest.raises(image2video.Image2VideoError) as caught:
            job.wait(60)
        assert caught.value.charge is Charge.NONE
        assert not caught.value.retryable
        assert server.connections == 1


def test_a_wrong_certificate_is_final(make_client: MakeClient, service: Service, tmp_path: Path) -> None:
    others = Certificate(tmp_path)
    with Server(well_behaved(service), others.context("http/1.1")) as server:
        job = make_client(server.url).submit(PICTURE, "p")
        with pytest.raises(image2video.Image2VideoError) as caught:
            job.wait(60)
        assert caught.value.charge is Charge.NONE
        assert not caught.value.retryable
        assert server.connections == 1


def test_sessions_are_resumed(make_client: MakeClient, service: Service, certificate: Certificate) -> None:
    """Over HTTP/2, libcurl 7.88 takes connections down in a way that keeps OpenSSL from resuming them."""
    with Server(well_behaved(service), certificate.context("http/1.1")) as server:
        client = make_client(server.url)
        for number in range(10):
            client.submit(PICTURE, f"p{number}").wait(30)
        # One of creates and one of the rest begins anew.
        assert server.connections >= 20
        assert server.connections - server.resumed <= 4


def test_an_address_is_not_forgotten_for_good(
    make_client: MakeClient, service: Service, certificate: Certificate
) -> None:
    """The only address hung: nothing else is left to try, and it is tried again."""
    context = certificate.context("http/1.1")

    def talk(server: Server, connection: socket.socket, index: int) -> None:
        if index == 0:
            time.sleep(2)
            return
        with context.wrap_socket(connection, server_side=True) as secure:
            well_behaved(service)(server, secure, index)

    with Server(talk) as server:
        client = make_client(f"https://localhost:{server.port}", connect_timeout=0.5)
        client.submit(PICTURE, "p").wait(30)
        assert service.posts() == 1


# A program of its own, since its resolver is another.
PROGRAM = """
import json, sys, time
import image2video
from pathlib import Path
settings = json.loads(sys.argv[1])
seconds = []
settings.update(api_key="connections-key-0123456789", poll_interval=(0.02, 0.1))
with image2video.Client(**settings) as client:
    for number in range(3):
        begin = time.monotonic()
        client.submit("http://127.0.0.1:9/p.png", f"p{number}").wait(60)
        seconds.append(time.monotonic() - begin)
print(json.dumps(seconds))
"""


@pytest.fixture(scope="session")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("resolver") / "addresses.so"
    source = Path(__file__).with_name("addresses.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.parametrize("hanging", ["127.0.0.2", "127.0.0.2,127.0.0.3", "::1,127.0.0.2"])
@pytest.mark.parametrize("how", ["silent", "reset", "full"])
def test_the_next_address_is_tried_when_one_hangs(
    service: Service, certificate: Certificate, resolver: Path, tmp_path: Path, hanging: str, how: str
) -> None:
    """In the handshake, or before it where connections are not even taken."""
    held: list[socket.socket] = []

    def hang(server: Server, connection: socket.socket, index: int) -> None:
        if how == "reset":
            return reset(connection)
        held.append(connection)
        threading.Event().wait(60)
        return None

    with Server(well_behaved(service), certificate.context("http/1.1")) as server:
        bad = []
        for address in hanging.split(","):
            if how != "full":
                bad.append(Server(hang, address=address, port=server.port))
                continue
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            full = socket.create_server((address, server.port), family=family, backlog=0)
            held.append(full)
            for _ in range(3):
                held.append(socket.socket(family))
                held[-1].setblocking(False)
                held[-1].connect_ex((address, server.port))
        settings = {
            "base_url": f"https://many.test:{server.port}",
            "ca_file": str(certificate.file),
            "connect_timeout": 2,
        }
        environment = dict(
            os.environ,
            LD_PRELOAD=str(resolver),
            I2V_ADDRESSES=f"{hanging},127.0.0.1",
            PYTHONPATH=os.pathsep.join(sys.path),
        )
        program = [sys.executable, "-c", PROGRAM, json.dumps(settings)]
        run = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=100)
        assert run.returncode == 0, run.stderr
        assert service.posts() == 3
        # Those that hang are passed over from then on.
        first, *rest = json.loads(run.stdout)
        assert max(rest) < 1.5
        for one in bad:
            one.stop()
        for connection in held:
            connection.close()
