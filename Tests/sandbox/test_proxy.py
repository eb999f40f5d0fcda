"""The proxy of the tools: what it passes on, what it records, and how its faults are chosen. What each fault does to a
client is in Tests/reliability/matrix/proxies.py."""

import base64
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import urllib.parse

import pytest

from support import HANG

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "tools" / "proxy" / "proxy.py"


class Proxy:
    def __init__(self, folder, *options):
        ports = folder / "ports"
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, "--port-file", ports, *options], stdout=subprocess.PIPE, text=True
        )
        self.line = self.process.stdout.readline()
        self.port, self.control_port = map(int, ports.read_text().split())

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=HANG)
        self.process.stdout.close()

    def control(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=HANG)
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        content = json.loads(response.read())
        connection.close()
        return response.status, content

    def play(self, *faults):
        assert self.control("POST", "/_proxy/faults", faults) == (200, {})

    def seen(self):
        return self.control("GET", "/_proxy/seen")[1]["requests"]

    def ask(self, url, credentials=None):
        """A plain request to pass on: HTTP status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG)
        headers = {}
        if credentials:
            headers["Proxy-Authorization"] = "Basic " + base64.b64encode(credentials.encode()).decode()
        try:
            connection.request("GET", url, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def tunnel(self, address, path="/"):
        """A request through a tunnel: HTTP status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG)
        connection.set_tunnel(address)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@pytest.fixture
def proxy(tmp_path):
    proxy = Proxy(tmp_path)
    yield proxy
    proxy.stop()


STATS = "/_sandbox/stats"


def test_it_says_where_it_listens(proxy):
    assert proxy.line == (
        f"listening on http://127.0.0.1:{proxy.port}, control on http://127.0.0.1:{proxy.control_port}\n"
    )


def test_connect_and_plain_requests_reach_the_server(proxy, sandbox):
    assert proxy.tunnel(sandbox.address, STATS)[0] == 200
    assert proxy.ask(sandbox.url + STATS)[0] == 200
    first, second = proxy.seen()
    assert (first["way"], first["target"], first["outcome"]) == ("connect", sandbox.address, "passed on")
    assert (second["way"], second["target"], second["outcome"]) == ("forward", sandbox.address, "passed on")
    assert first["up"] > 0 and first["down"] > 0


@pytest.mark.parametrize(
    ("hello", "ask", "answer"),
    [
        (b"\5\1\0", b"\5\1\0\3\x09localhost", b"\5\0\5\0\0\1\0\0\0\0\0\0"),
        (b"", b"\4\1", b"\0\x5a\0\0\0\0\0\0"),
    ],
    ids=["socks5", "socks4a"],
)
def test_socks_reaches_the_server_by_name(proxy, sandbox, hello, ask, answer):
    port = int(sandbox.address.rpartition(":")[2]).to_bytes(2, "big")
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=HANG) as client:
        client.sendall(hello)
        rest = b"\0\0\0\1someone\0localhost\0" if not hello else b""
        client.sendall(ask + port + rest)
        got = b""
        while len(got) < len(answer):
            got += client.recv(64)
        assert got == answer
        client.sendall(f"GET {STATS} HTTP/1.1\r\nHost: {sandbox.address}\r\nConnection: close\r\n\r\n".encode())
        assert client.recv(64).startswith(b"HTTP/1.1 200")


def test_credentials_are_wanted_recorded_and_not_passed_on(tmp_path, sandbox):
    proxy = Proxy(tmp_path, "--user", "name:pass word")
    try:
        assert proxy.ask(sandbox.url + STATS)[0] == 407
        assert proxy.ask(sandbox.url + STATS, "name:other")[0] == 407
        assert proxy.ask(sandbox.url + "/api/x", "name:pass word")[0] == 404
        assert [each["credentials"] for each in proxy.seen()] == [None, "name:other", "name:pass word"]
        (request,) = sandbox.get("/_sandbox/requests")
        assert "proxy-authorization" not in request["headers"]
    finally:
        proxy.stop()


def test_faults_strike_as_often_as_they_say_and_whom_they_say(proxy, sandbox):
    url = sandbox.url + STATS
    proxy.play({"refuse": 503, "body": "busy", "skip": 1, "times": 2}, {"refuse": 502, "way": "connect"})
    assert [proxy.ask(url)[0] for _ in range(4)] == [200, 503, 503, 200]
    with pytest.raises(OSError, match="502"):
        proxy.tunnel(sandbox.address, STATS)
    assert proxy.tunnel(sandbox.address, STATS)[0] == 200
    proxy.play({"refuse": 403, "target": "elsewhere.example", "times": -1})
    assert proxy.ask(url)[0] == 200
    assert proxy.ask("http://elsewhere.example/")[0] == 403
    proxy.play({"close_at_once": True, "times": -1})
    with pytest.raises((http.client.HTTPException, OSError)):
        proxy.ask(url)
    assert proxy.control("POST", "/_proxy/reset")[0] == 200
    assert proxy.seen() == []
    assert proxy.ask(url)[0] == 200


@pytest.mark.parametrize(
    "faults",
    [
        {"refuse": 503},
        [{}],
        [{"refuse": 503, "close": True}],
        [{"no_such_action": True}],
        [{"break_up": 3, "how": "softly"}],
    ],
    ids=str,
)
def test_faults_that_make_no_sense_are_refused(proxy, faults):
    assert proxy.control("POST", "/_proxy/faults", faults)[0] == 400


def test_unknown_servers_are_said_to_be_out_of_reach(proxy):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        assert proxy.ask(url)[0] == 502
        with pytest.raises(OSError, match="502"):
            proxy.tunnel(urllib.parse.urlsplit(url).netloc)
