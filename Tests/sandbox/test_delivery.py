"""The right answer, delivered as it should not be: what connections, gateways and proxies make of it."""

import gzip
import http.client
import json
import re
import socket
import time

import pytest

from support import BATCH, CREATE, CREDITS, HANG, KEY, LIST, RESULTS, batch, create, single

NOWHERE = "http://127.0.0.1:9/none.png"
ASK = b'{"_ids": ""}'
ANSWER = {"code": 1000, "msg": "OK", "data": {"result": []}}


class Connection:
    """A raw connection that is kept, and everything that comes over it."""

    def __init__(self, sandbox):
        host, port = sandbox.address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=HANG)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, path, body=b""):
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nx-api-key: sandbox-key\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)

    def read_until(self, is_enough):
        """Reads until it is; an end before that is told by what is missing."""
        while not is_enough(self.received):
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise AssertionError(f"closed after {self.received}")
            self.received += piece
        return self.received

    def answer(self):
        """The next answer that has a length, taken off what has come."""
        head = self.read_until(lambda data: b"\r\n\r\n" in data).partition(b"\r\n\r\n")[0]
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
        whole = len(head) + 4 + length
        self.read_until(lambda data: len(data) >= whole)
        body, self.received = self.received[len(head) + 4 : whole], self.received[whole:]
        return head, body

    def rest(self, end):
        """All to the end, and how it ends: "close", "reset", or "stall" when nothing more comes."""
        if end == "stall":
            self.socket.settimeout(2)
        try:
            while piece := self.socket.recv(1 << 16):
                self.received += piece
            return self.received, "close"
        except ConnectionResetError:
            return self.received, "reset"
        except TimeoutError:
            return self.received, "stall"


# --- how an answer ends ---------------------------------------------------------------------------------------


def read(framing, body):
    """The JSON in a body, and what shows that the framing is as asked."""
    if framing in ("chunks", "bad_chunk"):
        size, _, rest = body.partition(b"\r\n")
        content = rest[: int(size, 16)]
        return content, rest[len(content) :] == (b"\r\n" if framing == "chunks" else b"\r\nno size\r\n")
    return body, True


@pytest.mark.parametrize("framing", ["length", "long_length", "chunks", "bad_chunk", "none"])
@pytest.mark.parametrize("ending", ["close", "reset", "stall"])
def test_endings(sandbox, ending, framing):
    sandbox.fault({"route": "results", "ending": ending, "framing": framing})
    last = b"no size\r\n" if framing == "bad_chunk" else b'"msg":"OK"}'
    with Connection(sandbox) as connection:
        connection.send("POST", RESULTS, ASK)
        connection.read_until(lambda data: last in data)
        received, end = connection.rest(ending)
    head, _, body = received.partition(b"\r\n\r\n")
    content, is_framed = read(framing, body)
    assert json.loads(content) == ANSWER and is_framed and end == ending
    length = re.search(rb"content-length: (\d+)", head.lower())
    assert (length is None) == (framing not in ("length", "long_length"))
    assert length is None or int(length[1]) == len(content) + (16 if framing == "long_length" else 0)
    assert (b"transfer-encoding: chunked" in head.lower()) == (framing in ("chunks", "bad_chunk"))


def test_a_create_is_acted_on_whatever_its_end(sandbox):
    sandbox.fault({"route": "create", "ending": "reset", "framing": "none"})
    with Connection(sandbox) as connection:
        connection.send("POST", CREATE, json.dumps(single(NOWHERE)).encode())
        received, end = connection.rest("reset")
    row = json.loads(received.partition(b"\r\n\r\n")[2])["data"]
    (record,) = sandbox.get("/_sandbox/creates")
    assert (end, row["_id"]) == ("reset", record["id"])


def test_a_video_in_chunks_without_the_last(sandbox, video):
    path, content = video
    sandbox.fault({"route": "video", "ending": "close", "framing": "chunks"})
    with pytest.raises(http.client.IncompleteRead) as caught:
        sandbox.send("GET", path)
    assert caught.value.partial == content


# --- unasked bytes on a kept connection -----------------------------------------------------------------------


@pytest.mark.parametrize("pause", [0, 150])
def test_an_answer_comes_again_as_the_next_ones(sandbox, pause):
    sandbox.fault({"route": "create", "afterwards": "again", "after_ms": pause})
    with Connection(sandbox) as connection:
        started = time.monotonic()
        connection.send("POST", CREATE, json.dumps(single(NOWHERE, prompt="first")).encode())
        first = connection.answer()[1]
        again = connection.answer()[1]
        assert again == first and json.loads(again)["data"]["prompt"] == "first"
        assert time.monotonic() - started >= pause / 1000
        connection.send("POST", CREATE, json.dumps(single(NOWHERE, prompt="second")).encode())
        assert json.loads(connection.answer()[1])["data"]["prompt"] == "second"
    assert sandbox.stats()["creates_processed"] == 2 and sandbox.stats()["connections"] == 1


def test_an_answer_that_comes_again_is_there_before_the_next_request(sandbox):
    """A client that reuses the connection takes it for the answer to its next request."""
    sandbox.fault({"route": "create", "afterwards": "again"})
    connection = http.client.HTTPConnection(sandbox.address, timeout=HANG)
    seen = []
    for prompt in ("first", "second", "third"):
        connection.request("POST", CREATE, json.dumps(single(NOWHERE, prompt=prompt)), KEY)
        # Another reader each time, which does not know what was read ahead.
        response = http.client.HTTPResponse(Unbuffered(connection.sock))
        response.begin()
        seen.append(json.loads(response.read())["data"]["prompt"])
        connection._HTTPConnection__state = "Idle"
    assert seen == ["first", "first", "second"]


class Unbuffered:
    """A socket whose reader takes no more than it needs."""

    def __init__(self, connection):
        self.connection = connection

    def makefile(self, *_):
        return self.connection.makefile("rb", buffering=0)


@pytest.mark.parametrize("pause", [0, 100])
@pytest.mark.parametrize("event, bytes_, end", [
    ("408", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "close"),
    ("junk", b"nobody asked for this\r\n", "stall"),
    ("close", b"", "close"),
    ("reset", b"", "reset"),
])  # fmt: skip
def test_afterwards(sandbox, pause, event, bytes_, end):
    sandbox.fault({"route": "results", "afterwards": event, "after_ms": pause})
    with Connection(sandbox) as connection:
        connection.send("POST", RESULTS, ASK)
        head, body = connection.answer()
        assert json.loads(body) == ANSWER and b"connection: close" not in head.lower()
        connection.read_until(lambda data: len(data) >= len(bytes_))
        assert connection.rest(end) == (bytes_, end)


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim(sandbox, status):
    sandbox.fault({"route": "create", "interim": status})
    with Connection(sandbox) as connection:
        connection.send("POST", CREATE, json.dumps(single(NOWHERE)).encode())
        first = connection.read_until(lambda data: b"\r\n\r\n" in data)
        assert first.startswith(f"HTTP/1.1 {status} ".encode())
        connection.received = first.partition(b"\r\n\r\n")[2]
        head, body = connection.answer()
        assert head.startswith(b"HTTP/1.1 200 ") and json.loads(body)["code"] == 1000


# --- labels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["utf-8", "foo", "gzip", "br", "identity", "gzip, gzip", ""])
def test_wrong_content_encoding(sandbox, label):
    sandbox.fault({"route": "create", "headers": {"Content-Encoding": label}})
    status, headers, body = sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)
    assert (status, headers["Content-Encoding"]) == (200, label)
    assert json.loads(body)["data"]["status"] == 1 and sandbox.stats()["creates_processed"] == 1


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Content-Encoding": "x-gzip"}, {}])
def test_gzip_under_its_label_or_none(sandbox, headers):
    sandbox.fault({"route": "create", "headers": headers, "gzip": True})
    _, seen, body = sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)
    assert seen["Content-Encoding"] == headers.get("Content-Encoding")
    assert json.loads(gzip.decompress(body))["data"]["status"] == 1 and seen["Content-Length"] == str(len(body))


def test_gzip_of_a_video(sandbox, video):
    path, content = video
    sandbox.fault({"route": "video", "headers": {"Content-Encoding": "gzip", "ETag": None}, "gzip": True})
    _, headers, body = sandbox.send("GET", path)
    assert gzip.decompress(body) == content and "ETag" not in headers


def test_any_headers(sandbox):
    wanted = {"Content-Type": None, "Retry-After": ["1", "99999999999999999999"], "X-Odd": "one"}
    sandbox.fault({"route": "results", "headers": wanted})
    _, headers, body = sandbox.send("POST", RESULTS, ASK, KEY)
    assert json.loads(body) == ANSWER and "Content-Type" not in headers
    assert headers.get_all("Retry-After") == ["1", "99999999999999999999"] and headers["X-Odd"] == "one"
    sandbox.fault({"route": "results", "reply": {"status": 503, "headers": {"Retry-After": ["5", "soon"]}}})
    assert sandbox.send("POST", RESULTS, ASK, KEY)[1].get_all("Retry-After") == ["5", "soon"]


# --- gateways -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [299, 403, 421, 425, 451, 499, 500, 520, 599, 600, 699, 999])
def test_any_status_before_and_after(sandbox, status):
    for processed, when in enumerate(("before", "after")):
        sandbox.fault({"route": "create", "when": when, "reply": {"status": status, "body": "{}"}})
        assert sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)[::2] == (status, b"{}")
        assert sandbox.stats()["creates_processed"] == processed


@pytest.mark.parametrize("status", [200, 403, 499, 525])
def test_a_gateways_page_under_any_status(sandbox, status):
    for processed, when in enumerate(("before", "after")):
        sandbox.fault({"route": "create", "when": when, "html": status})
        seen, headers, body = sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)
        assert (seen, headers["Content-Type"]) == (status, "text/html; charset=utf-8") and b"<html>" in body
        assert sandbox.stats()["creates_processed"] == processed


# --- one create's answer to another ---------------------------------------------------------------------------


def test_mixed_up(sandbox):
    first = create(sandbox, NOWHERE, prompt="first")
    sandbox.fault(*({"route": "create", "mixed_up": part} for part in ("answer", "id", "echo")))
    rows = [create(sandbox, NOWHERE + "?2", prompt=f"next {number}") for number in range(3)]
    ids = [record["id"] for record in sandbox.get("/_sandbox/creates")]
    assert rows[0] == first
    assert (rows[1]["_id"], rows[1]["prompt"], rows[1]["image_url"]) == (ids[1], "next 1", NOWHERE + "?2")
    assert (rows[2]["_id"], rows[2]["prompt"], rows[2]["image_url"]) == (ids[3], "next 1", NOWHERE + "?2")
    prompts = [record["prompt"] for record in sandbox.get("/_sandbox/creates")]
    assert prompts == ["first", "next 0", "next 1", "next 2"] and len(set(ids)) == 4


def test_mixed_up_in_a_batch_and_with_nothing_before(sandbox):
    sandbox.fault({"route": "*", "times": -1, "mixed_up": "answer"})
    assert create(sandbox, NOWHERE, prompt="first")["prompt"] == "first"
    rows = sandbox.post(BATCH, batch(NOWHERE, prompt="second", count=2))["data"]["successList"]
    assert [(row["prompt"], "batch_id" in row) for row in rows] == [("first", True), ("first", True)]
    assert sandbox.results(rows[0]["_id"])[0]["prompt"] == "first"
    assert sandbox.get(CREDITS, KEY)["code"] == 1000 and sandbox.get(LIST, KEY)["data"]["count"] == 3


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"ending": "soon"}, "ending"),
        ({"ending": "close", "framing": "loose"}, "framing"),
        ({"close": True, "framing": "length"}, "framing"),
        ({"afterwards": True}, "afterwards"),
        ({"afterwards": "again", "after_ms": -1}, "after_ms"),
        ({"hang": True, "after_ms": 1}, "after_ms"),
        ({"interim": 200}, "interim"),
        ({"headers": {"a b": "c"}}, "header"),
        ({"headers": {"a": [1]}}, "header"),
        ({"headers": [], "gzip": True}, "headers"),
        ({"headers": {}, "gzip": "yes"}, "gzip"),
        ({"mixed_up": True}, "mixed_up"),
        ({"reply": {"status": 1000}}, "status"),
        ({"reply": {"status": 101}}, "status"),
    ],
)
def test_malformed_deliveries(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", **rule}]))
    assert status == 400 and complaint in json.loads(body)["error"]
