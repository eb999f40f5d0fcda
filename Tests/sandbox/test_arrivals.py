"""The record of when each create arrived, whatever became of it."""

import http.client
import json
import socket
import time

import pytest

from support import AUDIO, BATCH, CREATE, KEY, batch, create, single, until

NOWHERE = "http://127.0.0.1:9/none.png"


def arrivals(sandbox):
    return sandbox.get("/_sandbox/arrivals")


def clocks():
    return time.time() * 1000, time.clock_gettime(time.CLOCK_MONOTONIC) * 1000


def test_an_arrival_and_its_create_know_each_other(sandbox):
    before = clocks()
    one = create(sandbox, NOWHERE, prompt="größer 🐈")
    rows = sandbox.post(BATCH, batch(NOWHERE, count=2))["data"]["successList"]
    after = clocks()
    first, second = arrivals(sandbox)
    assert (first["route"], first["path"], first["prompt"]) == ("create", CREATE, "größer 🐈")
    assert first["headers"]["x-api-key"] == "sandbox-key"
    assert json.loads(first["body"]) == single(NOWHERE, prompt="größer 🐈")
    assert first["ids"] == [one["_id"]] and second["ids"] == [row["_id"] for row in rows]
    assert (first["create"], second["create"]) == (1, 2) and second["arrival"] == first["arrival"] + 1
    for suffix, least, most in zip(("", "_monotonic"), before, after):
        times = [row[name + suffix] for row in (first, second) for name in ("begun", "arrived", "acted")]
        assert times == sorted(times) and least - 1 <= times[0] and times[-1] <= most + 1
    records = sandbox.get("/_sandbox/creates")
    numbers = [first["arrival"], second["arrival"], second["arrival"]]
    assert [record["arrival"] for record in records] == numbers
    assert [record["acted_monotonic"] for record in records] == [
        first["acted_monotonic"], second["acted_monotonic"], second["acted_monotonic"]
    ]  # fmt: skip


def test_an_arrival_is_earlier_than_the_latency_before_it_is_acted_on(sandbox):
    sandbox.fault({"route": "create", "latency_ms": 300})
    create(sandbox, NOWHERE)
    (row,) = arrivals(sandbox)
    assert row["acted_monotonic"] - row["arrived_monotonic"] >= 300
    assert row["acted"] - row["arrived"] >= 299


def test_a_create_that_waits_has_arrived_and_is_not_acted_on(sandbox):
    sandbox.fault({"route": "create", "hang": True})
    with pytest.raises(TimeoutError):
        sandbox.post(CREATE, single(NOWHERE), timeout=1)
    until(lambda: any(row["arrived"] for row in arrivals(sandbox)))
    (row,) = arrivals(sandbox)
    assert row["arrived"] and (row["acted"], row["create"], row["ids"]) == (None, None, [])


@pytest.mark.parametrize("action", [{"code": 1005}, {"close": True}, {"html": True}, {"rate_limit": True}])
def test_arrivals_before_and_after_the_service_acted(sandbox, action):
    sandbox.fault({"route": "create", **action}, {"route": "create", "when": "after", **action})
    for _ in range(2):
        try:
            sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            pass
    assert [row["acted"] is not None for row in arrivals(sandbox)] == [False, True]


def test_refused_creates_arrived(sandbox):
    sandbox.post(CREATE, {})
    sandbox.post(CREATE, b"no JSON")
    sandbox.post(CREATE, single(NOWHERE), {"x-api-key": "wrong"})
    sandbox.post(AUDIO, {"pre_video_id": "0" * 24, "audio_type": 1})
    rows = arrivals(sandbox)
    assert [row["route"] for row in rows] == ["create", "create", "create", "audio"]
    assert [row["prompt"] for row in rows] == [None, None, single(NOWHERE)["prompt"], None]
    assert all(row["arrived"] and row["acted"] is None for row in rows)
    assert rows[1]["body"] == "no JSON"


def test_a_create_that_breaks_off_has_begun(sandbox):
    host, port = sandbox.address.split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nx-api-key: sandbox-key\r\nContent-Length: 100\r\n\r\n{{"
        connection.sendall(head.encode())
        until(lambda: arrivals(sandbox))
    (row,) = arrivals(sandbox)
    assert row["begun"] and (row["arrived"], row["acted"], row["body"]) == (None, None, "")


def test_arrivals_after_a_number(sandbox):
    for prompt in "abc":
        create(sandbox, NOWHERE, prompt=prompt)
    first, *rest = arrivals(sandbox)
    assert sandbox.get(f"/_sandbox/arrivals?after={first['arrival']}") == rest
    assert sandbox.get(f"/_sandbox/arrivals?after={rest[-1]['arrival']}") == []


def test_reset_forgets_arrivals_but_numbers_go_on(sandbox):
    create(sandbox, NOWHERE)
    (old,) = arrivals(sandbox)
    sandbox.send("POST", "/_sandbox/reset")
    assert arrivals(sandbox) == []
    create(sandbox, NOWHERE)
    (new,) = arrivals(sandbox)
    assert new["arrival"] > old["arrival"] and new["acted"]
