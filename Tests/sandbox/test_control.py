"""What the sandbox tells of itself."""

import socket
import time

from support import BATCH, CREATE, EFFECTS, KEY, RESULTS, batch, create


def test_counters(sandbox, pictures):
    create(sandbox, pictures["landscape"])
    sandbox.post(CREATE, {})
    sandbox.post(BATCH, batch(pictures["landscape"], count=2))
    sandbox.results("0" * 24)
    sandbox.upload("x.txt", b"x")
    sandbox.send("GET", "/videos/1-1.mp4")
    sandbox.get(EFFECTS, KEY)
    stats = sandbox.stats()
    counts = stats.pop("requests")
    assert set(counts) == set(
        "create batch results effects models audio delete credits token list info video upload other".split()
    )
    assert {route: count for route, count in counts.items() if count} == {
        "create": 2, "batch": 1, "results": 1, "effects": 1, "video": 1, "upload": 1
    }
    assert stats == {
        "total_api": 5,
        "creates_processed": 2,
        "videos_created": 3,
        "credits_left": 1_000_000 - 30,
        "credits_charged": 30,
        "plan": "pro",
        "connections": 6,
    }


def test_recorded_requests(sandbox):
    before = time.time() * 1000
    sandbox.post(RESULTS, {"_ids": "abc"})
    sandbox.post(CREATE, b"plain text")
    sandbox.send("GET", "/videos/1-1.mp4?x=1")
    first, second, third = sandbox.get("/_sandbox/requests")
    assert (first["route"], first["method"], first["path"]) == ("results", "POST", RESULTS)
    assert first["body"] == {"_ids": "abc"} and first["headers"]["x-api-key"] == "sandbox-key"
    assert before - 1 <= first["at"] <= time.time() * 1000 + 1
    assert (second["route"], second["body"]) == ("create", "plain text")
    assert (third["route"], third["path"]) == ("video", "/videos/1-1.mp4?x=1")
    assert third["headers"]["host"] == sandbox.address and "x-api-key" not in third["headers"]


def test_reset(sandbox, pictures):
    job = create(sandbox, pictures["landscape"])["_id"]
    sandbox.fault({"route": "*", "times": -1, "code": 1015})
    sandbox.send("POST", "/_sandbox/reset")
    assert sandbox.results(job) == []
    stats = sandbox.stats()
    assert (stats["creates_processed"], stats["credits_left"], stats["total_api"]) == (0, 1_000_000, 1)
    assert len(sandbox.get("/_sandbox/requests")) == 1


def test_what_clients_left_behind_is_not_counted_after_a_reset(sandbox):
    """As a client does that is destroyed while its requests are on their way."""
    host, port = sandbox.address.split(":")
    request = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nx-api-key: sandbox-key\r\nContent-Length: 2\r\n\r\n{{}}"
    for _ in range(100):
        for _ in range(4):
            with socket.create_connection((host, int(port))) as one:
                one.sendall(request.encode())
        sandbox.send("POST", "/_sandbox/reset")
        assert sandbox.stats()["total_api"] == 0
    assert sandbox.get("/_sandbox/requests") == []


def test_record_of_creates(sandbox):
    nowhere = "http://127.0.0.1:9/none.png"
    hook = "https://example.invalid/hook?nonce=7"
    before = time.time() * 1000
    one = create(sandbox, nowhere, prompt="first", webhookurl=hook)
    sandbox.post(CREATE, {})
    rows = sandbox.post(BATCH, batch(nowhere, count=2, prompt="second"))["data"]["successList"]
    sandbox.finished(one["_id"])
    sandbox.delete(one["_id"])
    records = sandbox.get("/_sandbox/creates")
    assert [record["id"] for record in records] == [one["_id"]] + [row["_id"] for row in rows]
    assert [record["create"] for record in records] == [1, 2, 2]
    assert [record["route"] for record in records] == ["create", "batch", "batch"]
    assert [record["price"] for record in records] == [20, 5, 5]
    assert [record["prompt"] for record in records] == ["first", "second", "second"]
    assert [record["webhookurl"] for record in records] == [hook, "", ""]
    assert {record["image_url"] for record in records} == {nowhere}
    assert all(before - 1 <= record["time"] <= time.time() * 1000 + 1 for record in records)
    sandbox.send("POST", "/_sandbox/reset")
    assert sandbox.get("/_sandbox/creates") == []
