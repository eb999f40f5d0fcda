"""The ways in which the service deviates from its own page, on request."""

import json
import time
import urllib.parse

import pytest

from support import (
    AUDIO, BATCH, CREATE, CREDITS, EFFECTS, INFO, KEY, LIST, MODELS, RESULTS, RESULT_FIELDS, TOKEN, batch, create,
    single,
)  # fmt: skip

NOWHERE = "http://127.0.0.1:9/none.png"
DAY = 86_400_000


def listed(sandbox):
    return sandbox.get(f"{LIST}?page=1&size=50", KEY)["data"]["result"]


def test_nothing_is_odd_by_itself_and_empty_resets(sandbox):
    assert sandbox.get("/_sandbox/oddities") == {}
    assert sandbox.odd(code_as_text=True, unknown_status=9) == {"code_as_text": True, "unknown_status": 9}
    assert sandbox.get("/_sandbox/oddities") == {"code_as_text": True, "unknown_status": 9}
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == "1000"
    sandbox.odd()
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000
    sandbox.odd(code_as_text=True)
    sandbox.send("POST", "/_sandbox/reset")
    assert sandbox.get("/_sandbox/oddities") == {}
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000


@pytest.mark.parametrize(
    "body, complaint",
    [
        ([], "object"),
        ({"typo": True}, "typo"),
        ({"shuffled_rows": 1}, "shuffled_rows"),
        ({"missing_fields": "all"}, "missing_fields"),
        ({"missing_fields": [1]}, "missing_fields"),
        ({"unknown_status": "7"}, "unknown_status"),
        ({"results_cap": 0}, "results_cap"),
        ({"results_cap": True}, "results_cap"),
        ({"url_field": ""}, "url_field"),
        ({"failure_field": {"name": "error", "shape": "round"}}, "failure_field"),
        ({"failure_field": True}, "failure_field"),
        ({"age_days": 3651}, "age_days"),
        ({"partial_success": 11}, "partial_success"),
        ({"empty_success": "yes"}, "empty_success"),
    ],
)
def test_malformed_oddities(sandbox, body, complaint):
    sandbox.odd(results_cap=5)
    status, _, answer = sandbox.send("POST", "/_sandbox/oddities", json.dumps(body))
    assert status == 400 and complaint in json.loads(answer)["error"]
    assert sandbox.get("/_sandbox/oddities") == {"results_cap": 5}


def test_false_and_null_are_off(sandbox):
    sandbox.odd(code_as_text=False, results_cap=None, age_days=False)
    assert sandbox.post(RESULTS, {"_ids": "a,b"})["code"] == 1000


def test_missing_fields(sandbox, pictures):
    sandbox.odd(missing_fields=True)
    made = create(sandbox, pictures["landscape"])
    assert set(made) == {"_id", "status"}
    assert set(sandbox.finished(made["_id"])) == {"_id", "status", "video_url"}
    assert set(listed(sandbox)[0]) == {"_id", "video_status", "video"}
    assert "logo" in sandbox.get(EFFECTS, KEY)["data"]["result"][0]

    sandbox.odd(missing_fields=["create_time", "logo", "label"])
    assert set(sandbox.results(made["_id"])[0]) == RESULT_FIELDS - {"create_time"} | {"video_url"}
    assert "logo" not in sandbox.get(EFFECTS, KEY)["data"]["result"][0]
    assert "label" not in sandbox.get(f"{MODELS}?types[]=1501", KEY)["data"][0]


def test_update_before_create(sandbox):
    job = create(sandbox, NOWHERE)["_id"]
    (row,) = sandbox.results(job)
    assert row["update_time"] >= row["create_time"]
    sandbox.odd(update_before_create=True)
    (row,) = sandbox.results(job)
    assert row["update_time"] < row["create_time"] - 300_000


def test_shuffled_and_duplicate_rows(sandbox):
    ids = [create(sandbox, NOWHERE)["_id"] for _ in range(5)]
    sandbox.odd(shuffled_rows=True)
    seen = [row["_id"] for row in sandbox.results(*ids)]
    assert sorted(seen) == sorted(ids) and all(one != other for one, other in zip(seen, ids))
    assert len(sandbox.results(ids[0])) == 1 and sandbox.results() == []
    sandbox.odd(duplicate_rows=True)
    assert [row["_id"] for row in sandbox.results(*ids)] == ids + ids
    assert [row["_id"] for row in listed(sandbox)] == ids[::-1] + ids[::-1]


def test_extra_fields(sandbox):
    sandbox.odd(extra_fields=True)
    job = create(sandbox, NOWHERE)
    reply = sandbox.post(RESULTS, {"_ids": job["_id"]})
    (row,) = reply["data"]["result"]
    assert RESULT_FIELDS < set(row) and set(reply) > {"code", "msg", "data"}
    assert row["sub_type"] == 1501 and row["storage"]["parts"][4] == {"deep": True}
    assert row["prompt"] == job["prompt"] and job["note"] == row["note"]
    assert "sub_type" in sandbox.get(EFFECTS, KEY)["data"]["result"][0]
    assert sandbox.get(CREDITS, KEY)["data"] == {"credit": 1_000_000 - 20}


@pytest.mark.parametrize("value, shown", [(True, 7), (0, 0), (99, 99)])
def test_unknown_status(sandbox, pictures, value, shown):
    sandbox.odd(unknown_status=value)
    job = create(sandbox, pictures["landscape"])
    assert job["status"] == 1
    (row,) = sandbox.results(job["_id"])
    assert row["status"] == shown and listed(sandbox)[0]["video_status"] == shown
    assert sandbox.finished(job["_id"])["status"] == 3


def test_results_cap(sandbox):
    ids = [create(sandbox, NOWHERE)["_id"] for _ in range(4)]
    sandbox.odd(results_cap=3)
    assert len(sandbox.results(*ids[:3])) == 3
    reply = sandbox.post(RESULTS, {"_ids": ",".join(ids)})
    assert reply["code"] == 1003 and "_ids" in reply["msg"]


def test_code_as_text(sandbox):
    sandbox.odd(code_as_text=True)
    assert sandbox.post(CREATE, single(NOWHERE))["code"] == "1000"
    assert sandbox.post(CREATE, {})["code"] == "1003"
    assert sandbox.post(RESULTS, {"_ids": ""}, {"x-api-key": "wrong"})["code"] == "1109"
    assert sandbox.get(CREDITS, KEY)["code"] == "1000"


def test_token_in_data(sandbox):
    sandbox.odd(token_in_data=True)
    client = {"clientId": "sandbox-client-id", "clientSecret": "sandbox-client-secret-24"}
    reply = sandbox.post(TOKEN, client, {})
    assert set(reply) == {"code", "data"}
    header = {"Authorization": f"Bearer {reply['data']['token']}"}
    assert sandbox.get(CREDITS, header)["code"] == 1000


@pytest.mark.parametrize("name", ["video", "external_video", "url", "videoUrl"])
def test_url_field(sandbox, pictures, name):
    sandbox.odd(url_field=name)
    row = sandbox.finished(create(sandbox, pictures["landscape"])["_id"])
    assert "video_url" not in row and row[name].endswith(".mp4")


@pytest.mark.parametrize(
    "value, name, shape",
    [
        ("failed_reason", "failed_reason", lambda reason: reason),
        ({"name": "error", "shape": "object"}, "error", lambda reason: {"code": 1015, "message": reason}),
        ({"name": "error_reasons", "shape": "array"}, "error_reasons", lambda reason: [reason]),
    ],
)
def test_failure_field(sandbox, value, name, shape):
    job = create(sandbox, NOWHERE)["_id"]
    reason = sandbox.finished(job)["error_reason"]
    sandbox.odd(failure_field=value)
    (row,) = sandbox.results(job)
    assert "error_reason" not in row and row[name] == shape(reason)


def test_age(sandbox, pictures):
    job = create(sandbox, pictures["landscape"])
    row = sandbox.finished(job["_id"])
    path = urllib.parse.urlsplit(row["video_url"]).path
    sandbox.odd(age_days=6.9)
    (aged,) = sandbox.results(job["_id"])
    assert aged["create_time"] == row["create_time"] - int(6.9 * DAY)
    assert aged["update_time"] == row["update_time"] - int(6.9 * DAY)
    assert sandbox.send("HEAD", path)[0] == 200
    sandbox.odd(age_days=7)
    status, _, body = sandbox.send("GET", path)
    assert (status, json.loads(body)) == (404, {"status": 404, "msg": "Not Found"})
    assert sandbox.results(job["_id"])[0]["status"] == 3
    other = create(sandbox, NOWHERE)
    assert abs(other["create_time"] - (time.time() * 1000 - 7 * DAY)) < 5000
    for row in listed(sandbox):
        assert time.time() * 1000 - row["create_time"] > 6.9 * DAY
    info = sandbox.get(f"{INFO}?video_model_id={job['_id']}", KEY)["data"]
    assert info["create_time"] == job["create_time"] - 7 * DAY
    effect = sandbox.get(EFFECTS, KEY)["data"]["result"][0]
    assert effect["create_time"] == 1752576694502
    sandbox.odd()
    assert sandbox.send("HEAD", path)[0] == 200


def test_empty_success(sandbox):
    sandbox.odd(empty_success=True)
    reply = sandbox.post(BATCH, batch(NOWHERE, count=3))
    assert (reply["code"], reply["data"]) == (1000, {"successList": [], "errorList": []})
    stats = sandbox.stats()
    assert (stats["creates_processed"], stats["videos_created"], stats["credits_charged"]) == (0, 0, 0)


@pytest.mark.parametrize("value, count, made", [(True, 5, 3), (True, 1, 1), (1, 10, 1), (4, 2, 2), (0, 3, 0)])
def test_partial_success(sandbox, value, count, made):
    sandbox.odd(partial_success=value)
    data = sandbox.post(BATCH, batch(NOWHERE, count=count))["data"]
    assert (len(data["successList"]), len(data["errorList"])) == (made, count - made)
    assert {row["batch_count"] for row in data["successList"]} <= {count}
    stats = sandbox.stats()
    assert (stats["videos_created"], stats["credits_charged"]) == (made, made * 5)
    assert stats["creates_processed"] == min(made, 1)


def test_errors_of_a_batch_come_in_many_forms(sandbox):
    sandbox.odd(partial_success=1)
    errors = sandbox.post(BATCH, batch(NOWHERE, count=10))["data"]["errorList"]
    assert len({json.dumps(error) for error in errors}) == 7
    assert {name for error in errors if isinstance(error, dict) for name in error} >= {
        "msg", "message", "error", "detail", "data"
    }  # fmt: skip
    assert any(isinstance(error, str) for error in errors)
    assert any(isinstance(error, dict) and isinstance(error.get("error"), dict) for error in errors)


def test_oddities_add_up_and_reach_new_sound(sandbox, pictures):
    old = create(sandbox, pictures["landscape"])["_id"]
    sandbox.finished(old)
    sandbox.odd(code_as_text=True, extra_fields=True, missing_fields=["prompt"], age_days=1)
    reply = sandbox.post(AUDIO, {"pre_video_id": old, "audio_type": 1})
    assert reply["code"] == "1000"
    row = reply["data"]
    assert "prompt" not in row and row["sub_type"] == 1501
    assert row["create_time"] < time.time() * 1000 - 0.9 * DAY
