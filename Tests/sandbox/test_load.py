"""The load mode: many creates, large videos, and records that a test can count by."""

import concurrent.futures
import hashlib
import http.client
import json
import urllib.parse

import pytest

from support import AUDIO, BATCH, CREATE, HANG, KEY, LIST, RESULTS, Sandbox, batch, create, single

SIZE = 200_000
PICTURE = "https://example.invalid/cat.png"


@pytest.fixture(scope="module")
def load():
    options = f"--render none --video-bytes {SIZE} --job-seconds 0 --keep-requests all --credits 10000000"
    server = Sandbox(*options.split())
    yield server
    assert server.stop() == (0, "")


@pytest.fixture
def sandbox(load):
    load.send("POST", "/_sandbox/reset")
    return load


def path_of(row):
    return urllib.parse.urlsplit(row["video_url"]).path


def made(sandbox, **changes):
    return path_of(sandbox.finished(create(sandbox, PICTURE, **changes)["_id"]))


def boxes(content):
    """The type and size of each top-level box."""
    found, place = [], 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        found.append((content[place + 4 : place + 8].decode(), size))
        place += size
    assert place == len(content)
    return found


def test_a_video_is_boxes_of_the_asked_size(sandbox):
    content = sandbox.send("GET", made(sandbox))[2]
    assert len(content) == SIZE
    assert boxes(content) == [("ftyp", 24), ("mdat", SIZE - 24)]
    # It looks random: every byte value is about as frequent as any other.
    counts = [content.count(bytes([value])) for value in range(256)]
    assert min(counts) > SIZE / 256 * 0.8 and max(counts) < SIZE / 256 * 1.2


def test_every_video_is_its_own_and_stays_the_same(sandbox):
    paths = [made(sandbox) for _ in range(5)]
    contents = [sandbox.send("GET", path)[2] for path in paths]
    assert len(set(contents)) == 5
    assert [sandbox.send("GET", path)[2] for path in paths] == contents
    assert len({sandbox.send("HEAD", path)[1]["ETag"] for path in paths}) == 5
    digests = [record["sha256"] for record in sandbox.get("/_sandbox/creates")]
    assert digests == [hashlib.sha256(content).hexdigest() for content in contents]


@pytest.mark.parametrize("first, last", [(0, 0), (10, 40), (65_535, 65_536), (65_536, 131_071), (1, SIZE - 1)])
def test_ranges_of_a_filler_video(sandbox, first, last):
    path = made(sandbox)
    content = sandbox.send("GET", path)[2]
    status, headers, part = sandbox.send("GET", path, headers={"Range": f"bytes={first}-{last}"})
    assert (status, part) == (206, content[first : last + 1])
    assert headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"


def test_if_range_of_a_filler_video(sandbox):
    path = made(sandbox)
    content = sandbox.send("GET", path)[2]
    headers = sandbox.send("HEAD", path)[1]
    assert headers["ETag"].startswith('"')
    weak = f"W/{headers['ETag']}"
    for condition, status in [(headers["ETag"], 206), (headers["Last-Modified"], 206), (weak, 200), ('"x"', 200)]:
        answer = sandbox.send("GET", path, headers={"Range": "bytes=5-", "If-Range": condition})
        assert (answer[0], answer[2]) == (status, content[5:] if status == 206 else content)


def test_new_sound_without_a_renderer(sandbox):
    old = create(sandbox, PICTURE)["_id"]
    row = sandbox.finished(old)
    new = sandbox.post(AUDIO, {"pre_video_id": old, "audio_type": 1})["data"]
    assert new["only_add_audio"] and new["pre_video_id"] == old
    dubbed = sandbox.finished(new["_id"])
    assert sandbox.send("GET", path_of(dubbed))[2] != sandbox.send("GET", path_of(row))[2]


def test_a_large_video_in_flat_memory():
    size = 300_000_000
    sandbox = Sandbox(*f"--render none --video-bytes {size} --job-seconds 0".split())
    try:
        path = made(sandbox)
        before = sandbox.memory()
        connection = http.client.HTTPConnection(sandbox.address, timeout=HANG)
        connection.request("GET", path)
        response = connection.getresponse()
        digest, count, most = hashlib.sha256(), 0, 0
        while piece := response.read(1 << 20):
            digest.update(piece)
            count += len(piece)
            most = max(most, sandbox.memory())
        connection.close()
        assert count == size
        # What the program says of the video follows from the same bytes.
        assert sandbox.get("/_sandbox/creates")[0]["sha256"] == digest.hexdigest()
        assert most - before < 16 << 20, f"{before} to {most} bytes"
    finally:
        assert sandbox.stop() == (0, "")


def creates_on_one_connection(sandbox, numbers):
    connection = http.client.HTTPConnection(sandbox.address, timeout=HANG)
    ids = []
    for number in numbers:
        body = json.dumps(single(PICTURE, prompt=f"number {number}"))
        connection.request("POST", CREATE, body, KEY)
        reply = json.loads(connection.getresponse().read())
        assert reply["code"] == 1000
        ids.append(reply["data"]["_id"])
    connection.close()
    return ids


def test_thousands_of_creates(sandbox):
    total, workers = 3000, 4
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        parts = [range(first, total, workers) for first in range(workers)]
        done = [pool.submit(creates_on_one_connection, sandbox, part) for part in parts]
        ids = {job for part in done for job in part.result()}
    assert len(ids) == total

    # All of them are on record, with what they came with and what they yield.
    records = sandbox.get("/_sandbox/creates")
    assert {record["id"] for record in records} == ids and len(records) == total
    assert [record["create"] for record in records] == list(range(1, total + 1))
    assert {json.loads(record["body"])["prompt"] for record in records} == {f"number {n}" for n in range(total)}
    assert {record["same_body"] for record in records} == {1}
    assert len({record["sha256"] for record in records}) == total
    assert len(sandbox.get("/_sandbox/requests")) == total

    # And in the listing, newest first.
    listed, page = [], 1
    while rows := sandbox.get(f"{LIST}?page={page}&size=100", KEY)["data"]["result"]:
        listed += rows
        page += 1
    assert [row["_id"] for row in listed] == [record["id"] for record in reversed(records)]
    fields = {"prompt", "image_url", "webhookUrl", "create_time", "video_status"}
    assert all(fields <= set(row) and row["video_status"] == 3 for row in listed)


def test_identical_bodies_are_counted(sandbox):
    for body in (single(PICTURE, prompt="twice"), single(PICTURE, prompt="once"), single(PICTURE, prompt="twice")):
        sandbox.post(CREATE, body)
    sandbox.post(BATCH, batch(PICTURE, count=2))
    sandbox.post(CREATE, {})
    sandbox.fault({"route": "create", "code": 1005})
    sandbox.post(CREATE, single(PICTURE, prompt="once"))
    records = sandbox.get("/_sandbox/creates")
    assert [record["same_body"] for record in records] == [2, 1, 2, 1, 1]
    assert json.loads(records[0]["body"]) == single(PICTURE, prompt="twice")
    assert records[3]["body"] == records[4]["body"]


def test_deleted_videos_stay_on_record(sandbox):
    path = made(sandbox)
    (record,) = sandbox.get("/_sandbox/creates")
    sandbox.delete(record["id"])
    assert sandbox.get("/_sandbox/creates") == [record] and record["video"] == path


@pytest.mark.parametrize("keep, kept", [("0", 0), ("3", 3), ("all", 1200)])
def test_how_many_requests_are_kept(keep, kept):
    sandbox = Sandbox("--render", "none", "--keep-requests", keep)
    try:
        connection = http.client.HTTPConnection(sandbox.address, timeout=HANG)
        for number in range(1200):
            connection.request("POST", RESULTS, json.dumps({"_ids": str(number)}), KEY)
            connection.getresponse().read()
        connection.close()
        requests = sandbox.get("/_sandbox/requests")
        assert [request["body"]["_ids"] for request in requests] == [str(n) for n in range(1200 - kept, 1200)]
        newest = sandbox.get("/_sandbox/requests?limit=2")
        assert newest == requests[-2:] if kept else newest == []
        assert sandbox.get("/_sandbox/requests?limit=0") == []
        assert sandbox.send("GET", "/_sandbox/requests?limit=some")[0] == 400
        assert sandbox.stats()["requests"]["results"] == 1200
    finally:
        assert sandbox.stop() == (0, "")


def test_two_sandboxes_at_two_addresses():
    first = Sandbox("--render", "none")
    second = Sandbox("--render", "none", "--host", "127.0.0.2")
    try:
        assert second.address.startswith("127.0.0.2:")
        first.fault({"route": "results", "redirect": f"{second.url}{RESULTS}"})
        status, headers, _ = first.send("POST", RESULTS, "{}", KEY)
        assert (status, headers["Location"]) == (302, f"{second.url}{RESULTS}")
        second.send("POST", RESULTS, "{}", KEY)
        for sandbox in (first, second):
            (request,) = sandbox.get("/_sandbox/requests")
            assert request["host"] == sandbox.address
    finally:
        assert first.stop() == (0, "") == second.stop()
