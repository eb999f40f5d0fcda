"""Faults of single videos: by id, by prompt, by place, and for a time."""

import http.client
import json
import pathlib
import re
import time

import pytest

from support import (
    AUDIO, BATCH, CREATE, CREDITS, DELETE, EFFECTS, INFO, KEY, LIST, MODELS, RESULTS, batch, create, single,
)  # fmt: skip

NOWHERE = "http://127.0.0.1:9/none.png"
UNKNOWN = "f" * 24


def three(sandbox):
    return [create(sandbox, NOWHERE, prompt=f"video {name}")["_id"] for name in ("one", "two", "three")]


def code(sandbox, *ids):
    return sandbox.post(RESULTS, {"_ids": ",".join(ids)})["code"]


def test_a_bad_id_among_others_for_as_long_as_wanted(sandbox):
    one, bad, three_ = three(sandbox)
    sandbox.fault({"route": "results", "ids": [bad], "times": -1, "code": 1003})
    for _ in range(3):
        assert code(sandbox, one, bad, three_) == 1003
        assert code(sandbox, bad) == 1003
        assert code(sandbox, one, three_) == 1000
    assert code(sandbox, UNKNOWN) == 1000


def test_an_id_that_was_never_made_can_be_bad_too(sandbox):
    sandbox.fault({"route": "results", "ids": [UNKNOWN, "x"], "times": -1, "code": 1014})
    assert [code(sandbox, one) for one in (UNKNOWN, "x", "y")] == [1014, 1014, 1000]


@pytest.mark.parametrize("action, status", [
    ({"html": 400}, 400), ({"html": 413}, 413), ({"html": True}, 502), ({"reply": {"status": 414}}, 414),
])  # fmt: skip
def test_a_gateway_that_refuses_one_id(sandbox, action, status):
    one, bad, _ = three(sandbox)
    sandbox.fault({"route": "results", "ids": [bad], "times": -1, **action})
    answers = [sandbox.send("POST", RESULTS, json.dumps({"_ids": ids}), KEY)[0] for ids in (one, f"{one},{bad}")]
    assert answers == [200, status]


@pytest.mark.parametrize("action", ["close", "reset"])
def test_a_connection_that_one_id_ends(sandbox, action):
    one, bad, _ = three(sandbox)
    sandbox.fault({"route": "results", "ids": [bad], "times": -1, action: True})
    assert code(sandbox, one) == 1000
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        code(sandbox, one, bad)


def test_a_rule_counts_only_requests_that_it_is_about(sandbox):
    one, bad, _ = three(sandbox)
    sandbox.fault({"route": "results", "ids": [bad], "skip": 1, "times": 1, "code": 1015})
    asked = [one, bad, one, bad, bad]
    assert [code(sandbox, job) for job in asked] == [1000, 1000, 1000, 1015, 1000]


def test_by_prompt(sandbox):
    sandbox.fault({"route": "*", "prompt": "two", "times": -1, "code": 1015})
    codes = [sandbox.post(CREATE, single(NOWHERE, prompt=f"video {name}"))["code"] for name in ("one", "two")]
    assert codes == [1000, 1015]
    assert sandbox.post(BATCH, batch(NOWHERE, prompt="also two"))["code"] == 1015
    sandbox.fault()
    one, two, _ = three(sandbox)
    sandbox.fault({"route": "*", "prompt": "two", "times": -1, "code": 1015})
    assert [code(sandbox, job) for job in (one, two)] == [1000, 1015]
    assert sandbox.get(f"{INFO}?video_model_id={two}", KEY)["code"] == 1015
    assert sandbox.post(DELETE, {"_ids": f"{one},{two}"})["code"] == 1015
    assert sandbox.post(AUDIO, {"pre_video_id": two, "audio_type": 1})["code"] == 1015
    assert sandbox.get(CREDITS, KEY)["code"] == 1000


def test_by_the_prompt_of_a_part(sandbox):
    scenes = [{"duration": 2, "prompt": "a cat"}, {"duration": 3, "prompt": "a dog"}]
    sandbox.fault({"route": "batch", "prompt": "dog", "code": 1015})
    assert sandbox.post(BATCH, batch(NOWHERE, multi_prompt=scenes))["code"] == 1015


def test_a_page_of_the_list_that_has_the_video(sandbox):
    ids = three(sandbox)[::-1]
    sandbox.fault({"route": "list", "ids": [ids[1]], "times": -1, "code": 1015})
    pages = ["page=1&size=50", "page=1&size=1", "page=2&size=1", "page=3&size=1", "page=2&size=2", "page=1&size=2"]
    codes = [sandbox.get(f"{LIST}?{page}", KEY)["code"] for page in pages]
    assert codes == [1015, 1000, 1015, 1000, 1000, 1015]


def test_a_file_of_one_video(sandbox, pictures):
    ids = [create(sandbox, pictures["landscape"])["_id"] for _ in range(2)]
    paths = ["/videos/" + sandbox.finished(job)["video_url"].rpartition("/")[2] for job in ids]
    sandbox.fault({"route": "video", "ids": [ids[0]], "times": -1, "html": 421})
    assert [sandbox.send("GET", path)[0] for path in paths] == [421, 200]


def test_effects_and_models_have_ids_too(sandbox):
    sandbox.fault(
        {"route": "effects", "ids": ["squish_89244231312"], "row": {"name": "Other"}},
        {"route": "models", "ids": ["sandbox/plain"], "omit": True},
    )
    names = [row["name"] for row in sandbox.get(EFFECTS, KEY)["data"]["result"]]
    assert names[:2] == ["Other", "Cakeify"] and names.count("Other") == 1
    models = f"{MODELS}?types[]=1501"
    less = [row["value"] for row in sandbox.get(models, KEY)["data"]]
    whole = [row["value"] for row in sandbox.get(models, KEY)["data"]]
    assert less == [name for name in whole if name != "sandbox/plain"] != whole


def test_a_change_is_for_the_rows_meant(sandbox):
    ids = three(sandbox)
    sandbox.fault({"route": "results", "ids": ids[:2], "times": -1, "row": {"status": 9}})
    assert [row["status"] == 9 for row in sandbox.results(*ids)] == [True, True, False]
    assert [row["status"] == 9 for row in sandbox.results(ids[2], ids[0])] == [False, True]
    sandbox.fault({"route": "list", "prompt": "two", "row": {"video_status": 9}})
    rows = sandbox.get(f"{LIST}?size=50", KEY)["data"]["result"]
    assert [row["prompt"] for row in rows if row["video_status"] == 9] == ["video two"]
    sandbox.fault({"route": "results", "ids": ids[1:2], "times": -1, "omit": True})
    assert [row["_id"] for row in sandbox.results(*ids)] == [ids[0], ids[2]]


@pytest.mark.parametrize("index, changed", [(0, [0]), (2, [2]), (-1, [2]), (-3, [0]), (3, []), (-4, [])])
def test_by_place(sandbox, index, changed):
    ids = three(sandbox)
    sandbox.fault({"route": "results", "index": index, "row": {"status": 9}})
    assert [place for place, row in enumerate(sandbox.results(*ids)) if row["status"] == 9] == changed


def test_api_is_all_but_videos(sandbox, video):
    path, content = video
    sandbox.fault({"route": "api", "times": -1, "code": 1109})
    assert sandbox.send("GET", path)[2] == content
    assert code(sandbox, UNKNOWN) == 1109 and sandbox.get(CREDITS, KEY)["code"] == 1109
    assert sandbox.send("GET", "/nowhere")[0] == 404


def test_for_a_time(sandbox):
    sandbox.fault({"route": "*", "for_ms": 3000, "html": 503})
    started, answers = time.monotonic(), []
    while not answers or answers[-1] == 503:
        answers.append(sandbox.send("POST", RESULTS, "{}", KEY)[0])
        time.sleep(0.02)
    assert answers[0] == 503 and answers[-1] == 200 and time.monotonic() - started >= 2
    sandbox.fault({"route": "*", "for_ms": 60_000, "times": 1, "html": 503})
    assert [sandbox.send("POST", RESULTS, "{}", KEY)[0] for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"route": "results", "ids": [], "code": 1}, "ids"),
        ({"route": "results", "ids": "a", "code": 1}, "ids"),
        ({"route": "results", "ids": [1], "code": 1}, "ids"),
        ({"route": "results", "prompt": "", "code": 1}, "prompt"),
        ({"route": "results", "prompt": "a", "ids": ["b"], "code": 1}, "both"),
        ({"route": "create", "ids": ["a"], "code": 1}, "create"),
        ({"route": "credits", "ids": ["a"], "code": 1}, "credits"),
        ({"route": "models", "prompt": "a", "code": 1}, "models"),
        ({"route": "results", "index": 0, "code": 1}, "index"),
        ({"route": "results", "index": "0", "omit": True}, "index"),
        ({"route": "results", "for_ms": -1, "code": 1}, "for_ms"),
        ({"route": "results", "html": 199}, "html"),
        ({"route": "results", "html": 1000}, "html"),
    ],
)
def test_malformed_targets(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([rule]))
    assert status == 400 and complaint in json.loads(body)["error"]


def test_the_rules_of_the_documentation_are_taken(sandbox):
    text = (pathlib.Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
    rules = re.findall(r'`(\{"route": "[^N].*?\})`', text)
    assert len(rules) > 12
    for rule in rules:
        sandbox.fault(json.loads(rule))
