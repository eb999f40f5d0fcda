"""Misbehaviour of connections, gateways and videos on request."""

import email.utils
import hashlib
import http.client
import json
import re
import socket
import time

import pytest

from support import BATCH, CREATE, HANG, KEY, RESULTS, batch, create, single

NOWHERE = "http://127.0.0.1:9/none.png"


def raw(sandbox, method, path, body=b"", limit=1 << 30, timeout=HANG):
    """Everything that comes over the connection until it closes."""
    host, port = sandbox.address.split(":")
    with socket.create_connection((host, int(port)), timeout=timeout) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: {sandbox.address}\r\nx-api-key: sandbox-key\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        received = bytearray()
        while len(received) < limit and (piece := connection.recv(1 << 16)):
            received += piece
        return bytes(received)


def body_of_create():
    return json.dumps(single(NOWHERE)).encode()


def both_moments(sandbox, **action):
    """One rule before the service acts and one after, for create."""
    sandbox.fault({"route": "create", **action}, {"route": "create", "when": "after", **action})


def test_reset_is_no_close(sandbox):
    both_moments(sandbox, reset=True)
    for processed in (0, 1):
        with pytest.raises(ConnectionResetError):
            raw(sandbox, "POST", CREATE, body_of_create())
        assert sandbox.stats()["creates_processed"] == processed
    sandbox.fault({"route": "create", "close": True})
    assert raw(sandbox, "POST", CREATE, body_of_create()) == b""


@pytest.mark.parametrize("count", [0, 5, 16, 17, 30])
def test_break_header(sandbox, count):
    both_moments(sandbox, break_header=count)
    for processed in (0, 1):
        assert raw(sandbox, "POST", CREATE, body_of_create()) == b"HTTP/1.1 200 OK\r\nContent-Type: application"[:count]
        assert sandbox.stats()["creates_processed"] == processed


def test_break_header_has_no_body(sandbox):
    sandbox.fault({"route": "create", "break_header": 100_000})
    received = raw(sandbox, "POST", CREATE, body_of_create())
    assert received.endswith(b"\r\n\r\n") and b"content-length: " in received.lower()


def test_endless(sandbox):
    both_moments(sandbox, endless=True)
    for processed in (0, 1):
        received = raw(sandbox, "POST", CREATE, body_of_create(), limit=20_000_000)
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ") and b"transfer-encoding: chunked" in head.lower()
        assert b"content-length" not in head.lower() and b'{"code":1000,"msg":"' in body[:100]
        assert len(received) >= 20_000_000
        assert sandbox.stats()["creates_processed"] == processed


def test_endless_in_flat_memory(sandbox):
    sandbox.fault({"route": "results", "endless": True})
    before, most = sandbox.memory(), 0
    connection = http.client.HTTPConnection(sandbox.address, timeout=HANG)
    connection.request("POST", RESULTS, "{}", KEY)
    response = connection.getresponse()
    for _ in range(200):
        assert len(response.read(1 << 20)) == 1 << 20
        most = max(most, sandbox.memory())
    response.close()
    connection.close()
    assert most - before < 16 << 20, f"{before} to {most} bytes"


def test_endless_video_has_the_headers_of_the_true_one(sandbox, video):
    path, _ = video
    sandbox.fault({"route": "video", "when": "after", "endless": True})
    head = raw(sandbox, "GET", path, limit=3_000_000).partition(b"\r\n\r\n")[0].lower()
    assert b"etag" in head and b"video/mp4" in head and b"content-length" not in head


def test_drip(sandbox):
    sandbox.fault({"route": "results", "drip_ms": 3})
    started = time.monotonic()
    received = raw(sandbox, "POST", RESULTS, b'{"_ids": ""}')
    head, _, body = received.partition(b"\r\n\r\n")
    assert json.loads(body) == {"code": 1000, "msg": "OK", "data": {"result": []}}
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert time.monotonic() - started >= 0.003 * len(received)


@pytest.mark.parametrize("off", [7, -7, -10_000])
def test_length_off(sandbox, off):
    sandbox.fault({"route": "results", "length_off": off})
    head, _, body = raw(sandbox, "POST", RESULTS, b'{"_ids": ""}').partition(b"\r\n\r\n")
    assert json.loads(body)["code"] == 1000
    declared = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    assert declared == max(0, len(body) + off)


def test_length_off_of_a_video(sandbox, video):
    path, content = video
    sandbox.fault({"route": "video", "length_off": 5})
    with pytest.raises(http.client.IncompleteRead) as caught:
        sandbox.send("GET", path)
    assert caught.value.partial == content and caught.value.expected == 5


@pytest.mark.parametrize(
    "wait, header", [(None, None), (7, "7"), (10**17, "1" + "0" * 17), ("9" * 40, "9" * 40), ("soon", "soon")]
)
def test_rate_limit(sandbox, wait, header):
    rule = {"rate_limit": True} if wait is None else {"rate_limit": True, "retry_after": wait}
    both_moments(sandbox, **rule)
    for processed in (0, 1):
        status, headers, _ = sandbox.send("POST", CREATE, body_of_create(), KEY)
        assert (status, headers["Retry-After"]) == (429, header)
        assert sandbox.stats()["creates_processed"] == processed


def test_rate_limit_until_a_date(sandbox):
    sandbox.fault({"route": "*", "rate_limit": True, "retry_after": "date:+90"})
    headers = sandbox.send("POST", RESULTS, "{}", KEY)[1]
    until = email.utils.parsedate_to_datetime(headers["Retry-After"]).timestamp()
    assert 91 - HANG < until - time.time() < 91


def test_redirect(sandbox):
    sandbox.fault({"route": "results", "redirect": "http://127.0.0.2:1/elsewhere"})
    status, headers, body = sandbox.send("POST", RESULTS, "{}", KEY)
    assert (status, headers["Location"], body) == (302, "http://127.0.0.2:1/elsewhere", b"")


def test_html(sandbox):
    both_moments(sandbox, html=True)
    for processed in (0, 1):
        status, headers, body = sandbox.send("POST", CREATE, body_of_create(), KEY)
        assert status == 502 and headers["Content-Type"].startswith("text/html") and b"<html>" in body
        assert sandbox.stats()["creates_processed"] == processed


# --- hostile JSON ----------------------------------------------------------------------------------------


def hostile(sandbox, form, path=CREATE, body=None, **rule):
    sandbox.fault({"route": "*", "json": form, **rule})
    answer = sandbox.send("POST", path, json.dumps(body or single(NOWHERE)), KEY)
    assert answer[0] == 200 and answer[1]["Content-Type"].startswith("application/json")
    assert answer[1]["Content-Length"] == str(len(answer[2]))
    return answer[2]


def test_hostile_json_deep(sandbox):
    body = hostile(sandbox, "deep", when="after")
    assert b'"data":' + b"[" * 100_000 + b"]" * 100_000 in body and b'"code":1000' in body
    assert sandbox.stats()["creates_processed"] == 1


def test_hostile_json_huge_number(sandbox):
    row = json.loads(hostile(sandbox, "huge_number", when="after"))["data"]
    numbers = [value for value in row.values() if not isinstance(value, (str, bool))]
    assert len(row["_id"]) == 24 and float("inf") in numbers and int("9" * 400) in numbers
    assert all(number in (float("inf"), int("9" * 400)) for number in numbers)
    assert b"1e999" in hostile(sandbox, "huge_number")


def test_hostile_json_duplicate_keys(sandbox):
    pairs = json.loads(hostile(sandbox, "duplicate_keys", when="after"), object_pairs_hook=lambda pairs: pairs)
    assert [value for name, value in pairs if name == "code"] == [1000, 1009]
    assert dict(dict(pairs)["data"])["status"] == 1


def test_hostile_json_invalid_utf8(sandbox):
    body = hostile(sandbox, "invalid_utf8", when="after")
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.decode(errors="replace"))["data"]["status"] == 1


def test_hostile_json_truncated(sandbox):
    body = hostile(sandbox, "truncated", when="after")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert body.startswith(b'{"code":1000') and len(body) > 200
    assert len(hostile(sandbox, "truncated")) < 50


def test_hostile_json_nul(sandbox):
    reply = json.loads(hostile(sandbox, "nul", when="after"))
    assert reply["msg"] == "OK\0tail" and reply["data"]["_id"].endswith("\0tail")


def test_hostile_json_huge_string(sandbox):
    reply = json.loads(hostile(sandbox, "huge_string", when="after"))
    assert len(reply["msg"]) == 16 << 20 and reply["data"]["status"] == 1


def test_hostile_json_nan(sandbox):
    body = hostile(sandbox, "nan", when="after")
    seen = []
    row = json.loads(body, parse_constant=lambda name: seen.append(name) or name)["data"]
    assert set(seen) == {"NaN", "Infinity", "-Infinity"} and len(row["_id"]) == 24
    assert not [value for value in row.values() if isinstance(value, (int, float)) and not isinstance(value, bool)]


@pytest.mark.parametrize("form, encoding, mark", [
    ("bom", "utf-8", b"\xef\xbb\xbf"),
    ("utf16", "utf-16le", b"\xff\xfe"),
    ("utf16le", "utf-16le", b""),
    ("utf16be", "utf-16be", b""),
    ("utf32", "utf-32le", b"\xff\xfe\x00\x00"),
])  # fmt: skip
def test_hostile_json_in_other_encodings(sandbox, form, encoding, mark):
    body = hostile(sandbox, form, body=single(NOWHERE, prompt="größer 🐈"), when="after")
    assert body.startswith(mark + "{".encode(encoding))
    row = json.loads(body[len(mark) :].decode(encoding))["data"]
    assert (row["prompt"], row["status"]) == ("größer 🐈", 1)


def test_hostile_json_with_something_behind(sandbox):
    body = hostile(sandbox, "trailing_nul", when="after")
    assert json.loads(body[:-1])["code"] == 1000 and body[-1:] == b"\0"
    body = hostile(sandbox, "two_documents", when="after")
    half = len(body) // 2
    assert body[:half] == body[half:] and json.loads(body[:half])["data"]["status"] == 1


def test_hostile_json_wrong_types(sandbox):
    assert json.loads(hostile(sandbox, "wrong_types", when="after"))["data"] == 7
    rows = json.loads(hostile(sandbox, "wrong_types", BATCH, batch(NOWHERE), when="after"))["data"]["successList"]
    assert rows == ["text", 7, None, [], True]
    assert json.loads(hostile(sandbox, "wrong_types"))["data"] == 7


@pytest.mark.parametrize(
    "form",
    "deep huge_number nan duplicate_keys invalid_utf8 truncated nul huge_string wrong_types trailing_nul two_documents".split(),
)
def test_hostile_json_before_the_service_acts(sandbox, form):
    assert hostile(sandbox, form).startswith(b'{"code":1000')
    assert sandbox.stats()["creates_processed"] == 0


# --- videos ----------------------------------------------------------------------------------------------


def test_change_entity(sandbox, video):
    path, content = video
    old = sandbox.send("HEAD", path)[1]
    sandbox.fault({"route": "video", "change_entity": True})
    resume = {"Range": "bytes=1000-", "If-Range": old["ETag"]}
    status, headers, changed = sandbox.send("GET", path, headers=resume)
    assert status == 200 and changed != content and headers["ETag"] != old["ETag"]
    resume["If-Range"] = old["Last-Modified"]
    assert sandbox.send("GET", path, headers=resume)[0] == 200
    resume["If-Range"] = headers["ETag"]
    assert sandbox.send("GET", path, headers=resume)[2] == changed[1000:]
    (record,) = sandbox.get("/_sandbox/creates")
    assert record["sha256"] == hashlib.sha256(changed).hexdigest()
    assert record["earlier_sha256"] == [hashlib.sha256(content).hexdigest()]


def test_change_entity_afterwards(sandbox, video):
    path, content = video
    sandbox.fault({"route": "video", "when": "after", "change_entity": True})
    assert sandbox.send("GET", path)[2] == content
    assert sandbox.send("GET", path)[2] != content


def test_a_change_is_of_one_video_only(sandbox, pictures):
    ids = [create(sandbox, pictures["landscape"], prompt="zoom in")["_id"] for _ in range(2)]
    one, two = [f"/videos/{sandbox.finished(job)['video_url'].rpartition('/')[2]}" for job in ids]
    content = sandbox.send("GET", one)[2]
    sandbox.fault({"route": "video", "change_entity": True})
    assert sandbox.send("GET", one)[2] != content == sandbox.send("GET", two)[2]


@pytest.mark.parametrize("when, first", [("before", 403), ("after", 200)])
def test_expire(sandbox, video, when, first):
    path, content = video
    (record,) = sandbox.get("/_sandbox/creates")
    sandbox.fault({"route": "video", "when": when, "expire": True})
    assert [sandbox.send("GET", path)[0] for _ in range(3)] == [first, 403, 403]
    (row,) = sandbox.results(record["id"])
    fresh = f"/videos/{row['video_url'].rpartition('/')[2]}"
    assert fresh != path and sandbox.send("GET", fresh)[2] == content
    assert sandbox.get("/_sandbox/creates")[0]["video"] == fresh


def test_gone(sandbox, video):
    path, _ = video
    (record,) = sandbox.get("/_sandbox/creates")
    sandbox.fault({"route": "video", "gone": True})
    assert [sandbox.send("GET", path)[0] for _ in range(2)] == [404, 404]
    (row,) = sandbox.results(record["id"])
    assert row["status"] == 3 and row["video_url"].endswith(path)


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"reset": False}, "reset"),
        ({"break_header": -1}, "break_header"),
        ({"endless": 1}, "endless"),
        ({"drip_ms": "1"}, "drip_ms"),
        ({"length_off": 0}, "length_off"),
        ({"length_off": 1.5}, "length_off"),
        ({"rate_limit": 429}, "rate_limit"),
        ({"rate_limit": True, "retry_after": None}, "retry_after"),
        ({"rate_limit": True, "retry_after": "date:soon"}, "retry_after"),
        ({"code": 1005, "retry_after": 1}, "retry_after"),
        ({"redirect": ""}, "redirect"),
        ({"json": "odd"}, "json"),
        ({"html": "yes"}, "html"),
        ({"expire": True}, "video"),
        ({"gone": True, "route": "results"}, "video"),
    ],
)
def test_malformed_rules(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", **rule}]))
    message = json.loads(body)["error"]
    assert status == 400 and message.startswith("rule 0:") and complaint in message
