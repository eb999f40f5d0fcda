"""The listing that the documentation does not speak of."""

import urllib.parse

import pytest

from support import BATCH, CREATE, INFO, KEY, LIST, batch, create, single

NOWHERE = "http://127.0.0.1:9/none.png"


def listed(sandbox, query):
    reply = sandbox.get(f"{LIST}?{query}", KEY)
    assert reply["code"] == 1000
    return reply["data"]["result"], reply["data"]["count"]


def test_videos_are_listed_newest_first(sandbox):
    ids = [create(sandbox, NOWHERE, prompt=f"number {number}")["_id"] for number in range(5)]
    rows, count = listed(sandbox, "page=1&size=50")
    assert count == 5 and [row["_id"] for row in rows] == ids[::-1]
    assert {row["type"] for row in rows} == {15}
    pages = [[row["_id"] for row in listed(sandbox, f"page={page}&size=2")[0]] for page in (1, 2, 3, 4)]
    assert pages == [ids[:2:-1], ids[2:0:-1], ids[:1], []]
    assert sandbox.stats()["requests"]["list"] == 5


def test_a_listed_row_echoes_its_create(sandbox, pictures):
    hook = "https://example.invalid/hook?nonce=1"
    one = sandbox.post(CREATE, single(pictures["landscape"], prompt="größer 🐈", webhookurl=hook))["data"]
    body = batch(pictures["square"], last_image_url=pictures["portrait"], webhookurl=hook)
    (two,) = sandbox.post(BATCH, body)["data"]["successList"]
    rows = listed(sandbox, "page=1&size=50")[0]
    for made, row in zip((two, one), rows):
        shared = set(made) & set(row)
        assert {"_id", "create_time", "prompt", "image_url", "webhookUrl", "deduction_credit"} <= shared
        assert {name: row[name] for name in shared} == {name: made[name] for name in shared}
        assert row["video_status"] in (1, 2) and row["video"] == "" == row["external_video"]
    assert (rows[0]["model_name"], rows[0]["last_image_url"]) == (two["model_name"], pictures["portrait"])

    url = sandbox.finished(one["_id"])["video_url"]
    row = sandbox.get(f"{INFO}?video_model_id={one['_id']}", KEY)["data"]
    assert row["_id"] == one["_id"] and row["video_status"] == 3
    assert row["video"] == url == row["external_video"]
    assert sandbox.send("HEAD", urllib.parse.urlsplit(url).path)[0] == 200


def test_deleted_videos_are_not_listed(sandbox):
    ids = [create(sandbox, NOWHERE)["_id"] for _ in range(2)]
    for job in ids:
        sandbox.finished(job)
    sandbox.delete(ids[0])
    rows, count = listed(sandbox, "page=1")
    assert (count, [row["_id"] for row in rows]) == (1, ids[1:])


@pytest.mark.parametrize(
    "path, code, field",
    [
        (f"{LIST}?page=0", 1003, "page"),
        (f"{LIST}?size=101", 1003, "size"),
        (f"{LIST}?size=many", 1003, "size"),
        (INFO, 1003, "video_model_id"),
        (f"{INFO}?video_model_id={'0' * 24}", 1008, "video_model_id"),
    ],
)
def test_refused_listings(sandbox, path, code, field):
    reply = sandbox.get(path, KEY)
    assert reply["code"] == code and field in reply["msg"]


def test_a_page_of_a_long_list(sandbox):
    for _ in range(60):
        sandbox.post(BATCH, batch(NOWHERE, count=10))
    rows, count = listed(sandbox, "page=3&size=100")
    assert (len(rows), count) == (100, 600)
