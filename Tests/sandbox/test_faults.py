"""Misbehaviour on request."""

import base64
import http.client
import json
import time

import pytest

from support import (
    AUDIO,
    BATCH,
    CREATE,
    CREDITS,
    DELETE,
    EFFECTS,
    HANG,
    INFO,
    KEY,
    LIST,
    MODELS,
    RESULTS,
    TOKEN,
    batch,
    create,
    single,
    until,
)  # fmt: skip


def test_fault_code_before_and_after(sandbox, pictures):
    sandbox.fault(
        {"route": "create", "code": 1005, "msg": "operation is too frequent"},
        {"route": "create", "when": "after", "code": 1015},
    )
    reply = sandbox.post(CREATE, single(pictures["landscape"]))
    assert (reply["code"], reply["msg"]) == (1005, "operation is too frequent")
    assert sandbox.stats()["creates_processed"] == 0
    assert sandbox.post(CREATE, single(pictures["landscape"]))["code"] == 1015
    assert sandbox.stats()["creates_processed"] == 1
    assert sandbox.post(CREATE, single(pictures["landscape"]))["code"] == 1000


def test_fault_times_skip_and_probability(sandbox):
    sandbox.fault({"route": "results", "skip": 1, "times": 2, "code": 1})
    codes = [sandbox.post(RESULTS, {"_ids": ""})["code"] for _ in range(4)]
    assert codes == [1000, 1, 1, 1000]
    sandbox.fault({"route": "*", "times": -1, "probability": 0.5, "code": 1})
    codes = [sandbox.post(RESULTS, {"_ids": ""})["code"] for _ in range(60)]
    assert set(codes) == {1, 1000}
    sandbox.fault({"route": "*", "probability": 0, "code": 1})
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000


def test_fault_reply(sandbox):
    reply = {"status": 429, "headers": {"Retry-After": "7"}, "body": "<html>slow down</html>"}
    sandbox.fault({"route": "results", "reply": reply})
    status, headers, body = sandbox.send("POST", RESULTS, "{}", KEY)
    assert (status, headers["Retry-After"], body) == (429, "7", b"<html>slow down</html>")


def test_fault_latency(sandbox):
    sandbox.fault({"route": "results", "latency_ms": 300})
    started = time.monotonic()
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000
    assert time.monotonic() - started >= 0.3


def test_fault_hang(sandbox, pictures):
    sandbox.fault({"route": "create", "hang": True}, {"route": "create", "when": "after", "hang": True})
    for processed in (0, 1):
        with pytest.raises(TimeoutError):
            sandbox.post(CREATE, single(pictures["landscape"]), timeout=1)
        until(lambda: sandbox.stats()["creates_processed"] == processed)
    create(sandbox, pictures["landscape"])


def test_fault_close(sandbox, pictures):
    sandbox.fault({"route": "create", "close": True}, {"route": "create", "when": "after", "close": True})
    for processed in (0, 1):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            sandbox.post(CREATE, single(pictures["landscape"]))
        assert sandbox.stats()["creates_processed"] == processed


def test_fault_row(sandbox, pictures):
    sandbox.fault(
        {"route": "results", "row": {"status": 7, "image_url": None, "extra": {"deep": [1]}}},
        {"route": "create", "row": {"_id": None}},
        {"route": "batch", "row": {"deduction_credit": 99}},
    )
    assert "_id" not in create(sandbox, pictures["landscape"])
    rows = sandbox.post(BATCH, batch(pictures["landscape"], count=2))["data"]["successList"]
    assert [row["deduction_credit"] for row in rows] == [99, 99]
    (row,) = sandbox.results(rows[0]["_id"])
    assert (row["status"], row["extra"]) == (7, {"deep": [1]}) and "image_url" not in row
    assert sandbox.results(rows[0]["_id"])[0]["status"] in (1, 2, 3)


def test_fault_omit(sandbox, pictures):
    sandbox.fault(*({"route": route, "omit": True} for route in ("create", "batch", "results")))
    job = sandbox.post(CREATE, single(pictures["landscape"]))
    assert job["code"] == 1000 and "data" not in job
    reply = sandbox.post(BATCH, batch(pictures["landscape"]))
    assert (reply["code"], reply["data"]) == (1000, {"successList": [], "errorList": []})
    assert sandbox.results("0" * 24) == []


@pytest.mark.parametrize("count", [0, 1000, 600_000])
def test_fault_break_after(sandbox, video, count):
    path, content = video
    assert len(content) > 600_000
    sandbox.fault({"route": "video", "break_after": count})
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as caught:
        sandbox.send("GET", path)
    if caught.type is http.client.IncompleteRead:
        partial = caught.value.partial
        assert partial == content[:count] and caught.value.expected == len(content) - count
    assert sandbox.send("GET", path)[2] == content


@pytest.mark.parametrize("count", [0, 1000, 600_000])
def test_fault_stall_after(sandbox, video, count):
    path, content = video
    sandbox.fault({"route": "video", "stall_after": count})
    connection = http.client.HTTPConnection(sandbox.address, timeout=HANG)
    connection.request("GET", path)
    if count == 0:
        connection.sock.settimeout(0.7)
        with pytest.raises(TimeoutError):
            connection.getresponse().read(1)
    else:
        response = connection.getresponse()
        assert response.headers["Content-Length"] == str(len(content))
        assert response.read(count) == content[:count]
        connection.sock.settimeout(0.7)
        with pytest.raises(TimeoutError):
            response.read(1)
    connection.close()
    assert sandbox.send("GET", path)[2] == content


def test_fault_reply_with_any_bytes(sandbox):
    body = b'{"code": 1000, "data": "\xff\xfe\x00"}'
    reply = {"headers": {"Content-Type": "application/json"}, "body_base64": base64.b64encode(body).decode()}
    sandbox.fault({"route": "results", "reply": reply})
    assert sandbox.send("POST", RESULTS, "{}", KEY)[2] == body


@pytest.mark.parametrize("route, method, path", [
    ("effects", "GET", EFFECTS),
    ("models", "GET", f"{MODELS}?types[]=1501"),
    ("audio", "POST", AUDIO),
    ("delete", "POST", DELETE),
    ("credits", "GET", CREDITS),
    ("token", "POST", TOKEN),
    ("list", "GET", LIST),
    ("info", "GET", INFO),
])
def test_every_route_has_its_faults_and_its_count(sandbox, route, method, path):
    sandbox.fault({"route": route, "code": 1005})
    assert json.loads(sandbox.send(method, path, "{}", KEY)[2])["code"] == 1005
    assert json.loads(sandbox.send(method, path, "{}", KEY)[2])["code"] in (1000, 1003)
    assert sandbox.stats()["requests"][route] == 2


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"route": "create"}, "exactly one"),
        ({"route": "create", "hang": True, "close": True}, "exactly one"),
        ({"route": "nowhere", "hang": True}, "route"),
        ({"hang": True}, "route"),
        ({"route": "*", "hang": False}, "hang"),
        ({"route": "*", "times": "2", "hang": True}, "times"),
        ({"route": "*", "skip": -1, "hang": True}, "skip"),
        ({"route": "*", "probability": 2, "hang": True}, "probability"),
        ({"route": "*", "when": "later", "hang": True}, "when"),
        ({"route": "*", "latency_ms": -1}, "latency_ms"),
        ({"route": "*", "reply": {"status": 99}}, "status"),
        ({"route": "*", "reply": {"headers": {"a b": "c"}}}, "header"),
        ({"route": "*", "reply": {"body_base64": "%"}}, "body_base64"),
        ({"route": "*", "reply": {"body_base64": "AA==", "body": "x"}}, "body_base64"),
        ({"route": "*", "stall_after": "1"}, "stall_after"),
        ({"route": "*", "row": 1}, "row"),
        ({"route": "*", "code": 1, "typo": 1}, "typo"),
        ("text", "object"),
    ],
)
def test_malformed_rules(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", "code": 5}, rule]))
    message = json.loads(body)["error"]
    assert status == 400 and message.startswith("rule 1:") and complaint in message
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000
