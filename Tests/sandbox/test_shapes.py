"""Answers in other shapes than the page's: ids, times and rows, more videos than asked for, keys that die."""

import json
import re
import time

import pytest

from support import (
    AUDIO, BATCH, CREATE, CREDITS, DELETE, EFFECTS, INFO, KEY, LIST, RESULTS, TOKEN, Sandbox, batch, create, single,
)  # fmt: skip
from test_webhooks import Receiver, unsealed

NOWHERE = "http://127.0.0.1:9/none.png"
UNKNOWN = "f" * 24


# --- numeric ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form, digits", [(True, 15), ("int64", 19), ("big", 24)])
def test_numeric_ids(sandbox, pictures, form, digits):
    sandbox.odd(numeric_ids=form)
    made = sandbox.send("POST", CREATE, json.dumps(single(pictures["landscape"])), KEY)[2]
    (job,) = re.findall(rb'"_id":(\d+)[,}]', made)
    assert len(job) == digits and job.decode() == sandbox.get("/_sandbox/creates")[0]["id"]
    job = job.decode()
    rows = json.loads(sandbox.send("POST", BATCH, json.dumps(batch(NOWHERE, count=2)), KEY)[2])["data"]["successList"]
    ids = [int(job), *(row["_id"] for row in rows)]
    assert len(set(ids)) == 3 and all(isinstance(one, int) for one in ids)
    assert [row["_id"] for row in sandbox.results(*map(str, ids))] == ids
    assert {row["_id"] for row in sandbox.get(LIST, KEY)["data"]["result"]} == set(ids)
    assert sandbox.get(f"{INFO}?video_model_id={job}", KEY)["data"]["_id"] == int(job)
    sandbox.finished(job)
    dubbed = sandbox.post(AUDIO, {"pre_video_id": job, "audio_type": 1})["data"]
    assert dubbed["pre_video_id"] == int(job) and isinstance(dubbed["_id"], int)
    data = sandbox.post(DELETE, {"_ids": f"{job},123"})["data"]
    assert data["successIds"] == [int(job)] and data["noPermissionItems"][0]["_id"] == 123


def test_numeric_ids_are_for_new_videos(sandbox):
    old = create(sandbox, NOWHERE)["_id"]
    sandbox.odd(numeric_ids=True)
    new = create(sandbox, NOWHERE)["_id"]
    sandbox.odd()
    assert [row["_id"] for row in sandbox.results(old, str(new))] == [old, str(new)]


def test_numeric_ids_in_webhooks(sandbox):
    sandbox.odd(numeric_ids=True)
    with Receiver() as receiver:
        made = create(sandbox, NOWHERE, webhookurl=receiver.url)
        (content,) = receiver.wait(1)
    assert content["_id"] == made["_id"] and isinstance(made["_id"], int)


@pytest.mark.parametrize("form, odd", [("high_surrogate", rb'"note":"\ud83d"'), ("nan", b'"deduction_credit":NaN'),
                                       ("latin1", b'"note":"\xe9"'), ("key_twice", b'"_id":"wrong"')])  # fmt: skip
def test_odd_webhooks(sandbox, pictures, form, odd):
    sandbox.odd(odd_webhooks=form)
    with Receiver() as receiver:
        made = create(sandbox, pictures["landscape"], webhookurl=receiver.url)
        contents = receiver.wait(2, read=unsealed)
    assert any(odd in content for content in contents), contents
    shown = sandbox.get("/_sandbox/webhooks")
    assert {record["content"]["_id"] for record in shown} == {made["_id"]}


def test_faults_of_videos_with_numeric_ids(sandbox):
    sandbox.odd(numeric_ids="big")
    ids = [str(create(sandbox, NOWHERE)["_id"]) for _ in range(2)]
    sandbox.fault({"route": "results", "ids": ids[:1], "row": {"status": 9}})
    assert [row["status"] == 9 for row in sandbox.results(*ids)] == [True, False]


# --- where rows are -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place, count, shape", [
    ("data", 2, lambda rows: rows),
    ("data", 1, lambda rows: rows),
    ("row", 1, lambda rows: rows[0]),
    ("row", 2, lambda rows: rows),
    ("result", 2, lambda rows: {"result": rows}),
    ("result_row", 1, lambda rows: {"result": rows[0]}),
    ("successList", 2, lambda rows: {"successList": rows}),
    ("nested", 2, lambda rows: {"data": {"successList": rows, "errorList": []}}),
])  # fmt: skip
def test_rows_of_a_batch(sandbox, place, count, shape):
    sandbox.odd(rows_in={"batch": place})
    data = sandbox.post(BATCH, batch(NOWHERE, count=count))["data"]
    ids = [record["id"] for record in sandbox.get("/_sandbox/creates")]
    rows = rows_of(data)
    assert [row["_id"] for row in rows] == ids and data == shape(rows), data


def rows_of(data):
    """All objects of an answer that are rows, wherever they are."""
    if isinstance(data, list):
        return [row for item in data for row in rows_of(item)]
    if isinstance(data, dict):
        return [data] if "_id" in data else [row for item in data.values() for row in rows_of(item)]
    return []


def test_rows_of_other_routes(sandbox):
    places = {"create": "result", "results": "row", "list": "data", "effects": "result_row", "info": "nested"}
    sandbox.odd(rows_in=places)
    (row,) = sandbox.post(CREATE, single(NOWHERE))["data"]["result"]
    assert sandbox.post(RESULTS, {"_ids": row["_id"]})["data"]["_id"] == row["_id"]
    assert sandbox.get(LIST, KEY)["data"][0]["_id"] == row["_id"]
    assert len(sandbox.get(EFFECTS, KEY)["data"]["result"]) == 10
    assert sandbox.get(f"{INFO}?video_model_id={row['_id']}", KEY)["data"]["data"]["_id"] == row["_id"]
    assert "data" not in sandbox.post(CREATE, {})


# --- more than was asked for ----------------------------------------------------------------------------------


@pytest.mark.parametrize("surplus", [1, 3])
def test_surplus(sandbox, pictures, surplus):
    sandbox.odd(surplus=surplus)
    rows = sandbox.post(CREATE, single(pictures["landscape"]))["data"]
    more = sandbox.post(BATCH, batch(pictures["landscape"], count=2))["data"]["successList"]
    assert (len(rows), len(more)) == (1 + surplus, 2 + surplus) and {row["batch_count"] for row in more} == {2}
    records = sandbox.get("/_sandbox/creates")
    assert [record["id"] for record in records] == [row["_id"] for row in rows + more]
    stats = sandbox.stats()
    assert (stats["creates_processed"], stats["videos_created"]) == (2, len(records))
    assert stats["credits_charged"] == sum(record["price"] for record in records)
    assert sandbox.finished(rows[-1]["_id"])["status"] == 3


def test_no_surplus_where_nothing_is_made(sandbox):
    sandbox.odd(surplus=2, empty_success=True)
    assert sandbox.post(BATCH, batch(NOWHERE))["data"]["successList"] == []
    assert sandbox.stats()["videos_created"] == 0


# --- times ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form, back", [
    ("seconds", lambda time: time * 1000),
    ("real_seconds", lambda time: round(time * 1000)),
    ("microseconds", lambda time: time // 1000),
    ("text", lambda time: int(time)),
])  # fmt: skip
def test_times(sandbox, form, back):
    job = create(sandbox, NOWHERE)
    sandbox.odd(times_in=form)
    (row,) = sandbox.results(job["_id"])
    assert 0 <= job["create_time"] - back(row["create_time"]) < 1000
    assert row["create_time"] != job["create_time"] and type(row["create_time"]) is type(row["update_time"])


def test_times_as_iso(sandbox):
    job = create(sandbox, NOWHERE)
    sandbox.odd(times_in="iso")
    (row,) = sandbox.results(job["_id"])
    assert row["create_time"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(job["create_time"] // 1000))


def test_videos_of_the_future(sandbox, pictures):
    made = create(sandbox, pictures["landscape"])
    done = sandbox.finished(made["_id"])
    sandbox.odd(age_days=-3)
    (row,) = sandbox.results(made["_id"])
    assert row["create_time"] == made["create_time"] + 3 * 86_400_000
    assert sandbox.send("HEAD", "/videos/" + done["video_url"].rpartition("/")[2])[0] == 200


# --- odd numbers and envelopes, with faults -------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1e12", "-5", "NaN", '"12.5"', "1e999", "0.1", "null"])
def test_odd_deductions(sandbox, text):
    sandbox.fault({"route": "*", "times": -1, "raw": {"deduction_credit": text}})
    for method, path, body in [("POST", CREATE, single(NOWHERE)), ("GET", LIST, None)]:
        data = json.dumps(body) if body else None
        assert f'"deduction_credit":{text},'.encode() in sandbox.send(method, path, data, KEY)[2]
    sandbox.fault({"route": "credits", "raw": {"credit": text}})
    assert f'"credit":{text}}}'.encode() in sandbox.send("GET", CREDITS, None, KEY)[2]


def test_envelope(sandbox):
    changes = {"code": "1000.0", "msg": '"\\ud83d"', "more": "[NaN]"}
    sandbox.fault({"route": "create", "envelope": changes}, {"route": "create", "envelope": {"code": None}})
    body = sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)[2]
    assert body.startswith(b'{"code":1000.0,"data":{') and body.endswith(b'},"more":[NaN],"msg":"\\ud83d"}')
    assert set(sandbox.post(CREATE, single(NOWHERE))) == {"msg", "data"}


@pytest.mark.parametrize("status", [201, 207, 403, 499, 500, 600])
def test_the_true_answer_under_another_status(sandbox, status):
    sandbox.fault({"route": "create", "status": status})
    seen, _, body = sandbox.send("POST", CREATE, json.dumps(single(NOWHERE)), KEY)
    assert seen == status and json.loads(body)["data"]["_id"] == sandbox.get("/_sandbox/creates")[0]["id"]


# --- keys -----------------------------------------------------------------------------------------------------


def keys(sandbox, **wish):
    return sandbox.send("POST", "/_sandbox/keys", json.dumps(wish))


def code(sandbox, headers=KEY):
    return sandbox.post(RESULTS, {"_ids": UNKNOWN}, headers)["code"]


@pytest.mark.parametrize("refusal", [1109, 1101, 1200, 1103])
def test_a_key_that_dies_and_lives_again(sandbox, video, refusal):
    path, content = video
    bearer = {"Authorization": "Bearer sandbox-token"}
    assert keys(sandbox, refuse=refusal)[0] == 200
    assert [code(sandbox, headers) for headers in (KEY, bearer, {"x-api-key": "wrong"}, {})] == [
        refusal, refusal, 1109, 1102
    ]  # fmt: skip
    assert sandbox.post(CREATE, single(NOWHERE))["code"] == refusal and sandbox.stats()["creates_processed"] == 1
    assert sandbox.send("GET", path)[2] == content
    keys(sandbox, refuse=None)
    assert code(sandbox) == 1000 == code(sandbox, bearer)


def test_other_keys(sandbox):
    keys(sandbox, api_key="other-key", bearer_token="other-token")
    new, bearer = {"x-api-key": "other-key"}, {"Authorization": "Bearer other-token"}
    old = {"Authorization": "Bearer sandbox-token"}
    assert [code(sandbox, headers) for headers in (KEY, old, new, bearer)] == [1109, 1101, 1000, 1000]
    keys(sandbox, api_key=None)
    assert [code(sandbox, headers) for headers in (KEY, new, bearer)] == [1000, 1109, 1000]
    sandbox.send("POST", "/_sandbox/reset")
    assert [code(sandbox, headers) for headers in (KEY, old, bearer)] == [1000, 1000, 1101]


def test_tokens_die_with_the_keys(sandbox):
    client = {"clientId": "sandbox-client-id", "clientSecret": "sandbox-client-secret-24"}
    bearer = {"Authorization": f"Bearer {sandbox.post(TOKEN, client, {})['token']}"}
    keys(sandbox, refuse=1109)
    assert code(sandbox, bearer) == 1109 and sandbox.post(TOKEN, client, {})["code"] == 1000
    sandbox.send("POST", "/_sandbox/reset")
    assert code(sandbox) == 1000


@pytest.mark.parametrize(
    "wish, complaint",
    [([], "object"), ({"typo": 1}, "typo"), ({"api_key": ""}, "api_key"), ({"bearer_token": 1}, "bearer_token"),
     ({"refuse": "1109"}, "refuse"), ({"refuse": 1109, "api_key": 7}, "api_key")],
)  # fmt: skip
def test_malformed_keys(sandbox, wish, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/keys", json.dumps(wish))
    assert status == 400 and complaint in json.loads(body)["error"]
    assert code(sandbox) == 1000


def test_a_short_key():
    sandbox = Sandbox("--api-key", "7", "--render", "none")
    assert code(sandbox, {"x-api-key": "7"}) == 1000
    sandbox.stop()


@pytest.mark.parametrize(
    "oddity, complaint",
    [
        ({"surplus": 0}, "surplus"),
        ({"surplus": 11}, "surplus"),
        ({"numeric_ids": "small"}, "numeric_ids"),
        ({"numeric_ids": 7}, "numeric_ids"),
        ({"times_in": True}, "times_in"),
        ({"odd_webhooks": "typo"}, "odd_webhooks"),
        ({"rows_in": "data"}, "rows_in"),
        ({"rows_in": {}}, "rows_in"),
        ({"rows_in": {"nowhere": "data"}}, "rows_in"),
        ({"rows_in": {"batch": "away"}}, "rows_in"),
        ({"age_days": -3651}, "age_days"),
    ],
)
def test_malformed_shapes(sandbox, oddity, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/oddities", json.dumps(oddity))
    assert status == 400 and complaint in json.loads(body)["error"]


@pytest.mark.parametrize(
    "rule, complaint",
    [({"envelope": {"code": 1}}, "envelope"), ({"envelope": True}, "envelope"), ({"status": 100}, "status")],
)
def test_malformed_changes(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", **rule}]))
    assert status == 400 and complaint in json.loads(body)["error"]
