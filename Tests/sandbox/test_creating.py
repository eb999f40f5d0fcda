"""Replies of the create and results routes, credentials and validation."""

import json
import time

import pytest

from support import (
    BATCH, BATCHED_FIELDS, CREATE, CREATED_FIELDS, KEY, LIST, RESULTS, RESULT_FIELDS, batch, create, single,
)  # fmt: skip


def test_single_reply_has_the_fields_of_the_page(sandbox, pictures):
    webhook = "http://127.0.0.1:9/hook"
    body = single(pictures["landscape"], extend_prompt=True, webhookurl=webhook, model_name="unknown here")
    reply = sandbox.post(CREATE, body)
    assert reply["code"] == 1000 and "msg" in reply
    data = reply["data"]
    assert set(data) == CREATED_FIELDS
    assert len(data["_id"]) == 24 and int(data["_id"], 16) >= 0
    assert (data["status"], data["deduction_credit"], data["webhookUrl"]) == (1, 20, webhook)
    assert data["extend_prompt"] is True
    assert data["file_name"] == "Image2Video_The camera slowly moves .mp4"
    assert abs(data["create_time"] - time.time() * 1000) < 5000


def test_batch_reply_has_the_fields_of_the_page(sandbox, pictures):
    body = batch(pictures["landscape"], count=3, last_image_url=pictures["portrait"], video_length=10)
    reply = sandbox.post(BATCH, body)
    assert reply["code"] == 1000 and set(reply["data"]) == {"successList", "errorList"}
    assert reply["data"]["errorList"] == []
    rows = reply["data"]["successList"]
    assert [set(row) for row in rows] == [BATCHED_FIELDS] * 3
    assert len({row["_id"] for row in rows}) == 3
    assert {row["batch_count"] for row in rows} == {3}
    assert {row["batch_id"] for row in rows} == {f"{rows[0]['create_time']}_{rows[0]['uid']}"}
    assert [row["deduction_credit"] for row in rows] == [5] * 3
    assert {row["last_image_url"] for row in rows} == {pictures["portrait"]}


def test_results_rows_have_the_fields_of_the_page(sandbox, pictures):
    ids = [create(sandbox, pictures["landscape"])["_id"] for _ in range(2)]
    rows = sandbox.results(ids[1], "0" * 24, ids[0])
    assert [row["_id"] for row in rows] == [ids[1], ids[0]]
    assert [set(row) for row in rows] == [RESULT_FIELDS] * 2
    row = sandbox.finished(ids[0])
    assert set(row) == RESULT_FIELDS | {"video_url"}
    assert row["video_duration"] == 5 and row["update_time"] > row["create_time"]
    assert row["video_url"].startswith(f"{sandbox.url}/videos/") and row["video_url"].endswith(".mp4")


def test_ids_as_an_array_fail(sandbox):
    reply = sandbox.post(RESULTS, {"_ids": ["0" * 24]})
    assert reply["code"] != 1000 and reply["msg"] == "Failed to get results"


@pytest.mark.parametrize("resolution, length, price", [("1080p", 5, 25), ("4k", 10, 60), ("720p", 10, 40)])
def test_prices(sandbox, resolution, length, price):
    # An address that cannot be fetched, so that nothing is rendered.
    nowhere = "http://127.0.0.1:9/none.png"
    data = create(sandbox, nowhere, resolution=resolution, video_length=length)
    assert data["deduction_credit"] == price
    assert sandbox.stats()["credits_charged"] == price


def test_unknown_route(sandbox):
    for method, path in [("GET", "/api/open/v4/nothing"), ("GET", CREATE), ("PUT", "/")]:
        status, _, body = sandbox.send(method, path)
        assert status == 404 and json.loads(body) == {"status": 404, "msg": "Not Found"}
    assert sandbox.stats()["requests"]["other"] == 3


@pytest.mark.parametrize(
    "headers, code",
    [
        ({}, 1102),
        ({"x-api-key": "wrong"}, 1109),
        ({"Authorization": "Bearer wrong"}, 1101),
        ({"Authorization": "Basic sandbox-token"}, 1101),
        ({"x-api-key": "sandbox-key", "Authorization": "Bearer wrong"}, 1101),
        ({"x-api-key": "wrong", "Authorization": "Bearer sandbox-token"}, 1000),
        ({"x-api-key": "sandbox-key"}, 1000),
    ],
)
def test_credentials(sandbox, headers, code):
    status, _, body = sandbox.send("POST", RESULTS, '{"_ids": ""}', headers)
    assert status == 200 and json.loads(body)["code"] == code


@pytest.mark.parametrize(
    "path, changes, field",
    [
        (CREATE, {"image_url": None}, "image_url"),
        (CREATE, {"image_url": "cat.png"}, "image_url"),
        (CREATE, {"prompt": None}, "prompt"),
        (CREATE, {"prompt": ""}, "prompt"),
        (CREATE, {"negative_prompt": None}, "negative_prompt"),
        (CREATE, {"extend_prompt": "yes"}, "extend_prompt"),
        (CREATE, {"resolution": None}, "resolution"),
        (CREATE, {"resolution": "480p"}, "resolution"),
        (CREATE, {"audio_type": None}, "audio_type"),
        (CREATE, {"audio_type": 4}, "audio_type"),
        (CREATE, {"audio_type": 2}, "audio_url"),
        (CREATE, {"video_length": 7}, "video_length"),
        (CREATE, {"video_length": "5"}, "video_length"),
        (BATCH, {"image_url": None}, "image_url"),
        (BATCH, {"prompt": None}, "prompt"),
        (BATCH, {"resolution": None}, "resolution"),
        (BATCH, {"video_length": None}, "video_length"),
        (BATCH, {"count": 0}, "count"),
        (BATCH, {"count": 11}, "count"),
        (BATCH, {"last_image_url": "ftp://x/y.png"}, "last_image_url"),
    ],
)
def test_validation(sandbox, pictures, path, changes, field):
    body = (single if path == CREATE else batch)(pictures["landscape"], **changes)
    reply = sandbox.post(path, body)
    assert reply["code"] == 1003 and field in reply["msg"]
    stats = sandbox.stats()
    assert (stats["creates_processed"], stats["credits_charged"]) == (0, 0)


KLING = "kwaivgi/kling-video-o3-pro/image-to-video"
HAILUO = "MiniMax-Hailuo-2.3/image-to-video"


def scenes(*seconds):
    return [{"duration": duration, "prompt": "zoom"} for duration in seconds]


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"model_name": "Seedance-1-0-lite-i2v-250428"}, "model_name"),
        ({"model_name": "AkoolCharacterSwapV1"}, "model_name"),
        ({"resolution": "720P"}, "resolution"),
        ({"model_name": "AkoolImage2VideoHDV1"}, "resolution"),
        ({"video_length": 7}, "video_length"),
        ({"model_name": KLING, "video_length": 16}, "video_length"),
        ({"model_name": HAILUO, "resolution": "1080P", "video_length": 10}, "video_length"),
        ({"model_name": HAILUO, "resolution": "768P", "video_length": 6, "count": 3}, "count"),
        ({"model_name": "AkoolImage2VideoHDV1", "resolution": None, "count": 2}, "count"),
        ({"model_name": "AkoolImage2VideoFastV1", "last_image_url": "http://x/y.png"}, "last_image_url"),
        ({"generate_audio": True}, "generate_audio"),
        ({"model_name": "AkoolImage2VideoFastV1", "generate_audio": True}, "generate_audio"),
        ({"model_name": None, "generate_audio": True}, "generate_audio"),
        ({"generate_audio": "yes"}, "generate_audio"),
        ({"multi_prompt": {}}, "multi_prompt"),
        ({"multi_prompt": scenes(2, 2)}, "multi_prompt"),
        ({"multi_prompt": scenes(1, 1, 1, 1, 1, 0)}, "multi_prompt"),
        ({"multi_prompt": [{"duration": 5}]}, "multi_prompt"),
        ({"multi_prompt": [{"duration": "5", "prompt": "zoom"}]}, "multi_prompt"),
    ],
)
def test_a_model_takes_what_its_entry_says(sandbox, pictures, changes, field):
    reply = sandbox.post(BATCH, batch(pictures["landscape"], **changes))
    assert reply["code"] == 1003 and field in reply["msg"]
    assert sandbox.stats()["credits_charged"] == 0


@pytest.mark.parametrize(
    "changes, per_clip, per_second",
    [
        ({}, 5, 25),
        ({"resolution": "480p", "video_length": 10}, 3, 30),
        ({"resolution": "1080p"}, 12, 60),
        ({"model_name": "AkoolImage2VideoFastV1"}, 1, 4),
        ({"model_name": "AkoolImage2VideoHDV1", "resolution": None}, 3, 15),
        ({"model_name": HAILUO, "resolution": "768P", "video_length": 10}, 2, 20),
        ({"model_name": KLING, "video_length": 3}, 4, 12),
        ({"model_name": KLING, "video_length": 3, "generate_audio": False}, 4, 12),
        ({"model_name": KLING, "video_length": 3, "generate_audio": True}, 6, 18),
        ({"model_name": "sandbox/aurora-1.5/image-to-video", "resolution": "1280x720", "video_length": 8,
          "generate_audio": True}, 1, 8),
        ({"model_name": "sandbox/aurora-2-voice"}, 2, 10),
        ({"model_name": "sandbox/plain", "resolution": "1080p", "video_length": 7}, 50, 50),
        ({"model_name": None}, 20, 20),
    ],
)
def test_prices_of_models(sandbox, changes, per_clip, per_second):
    """What unit_credit is for is open: a clip unless the oddity says a second."""
    body = batch("http://127.0.0.1:9/none.png", **changes)
    charged = 0
    for oddities, price in [
        ({}, per_clip), ({"unit_credit_per": "second"}, per_second), ({"unit_credit_per": "clip"}, per_clip)
    ]:
        sandbox.odd(**oddities)
        reply = sandbox.post(BATCH, body)
        assert [row["deduction_credit"] for row in reply["data"]["successList"]] == [price]
        charged += price
        assert sandbox.stats()["credits_charged"] == charged


def test_the_single_endpoint_can_be_dearer_than_the_page(sandbox):
    nowhere = "http://127.0.0.1:9/none.png"
    for value, price in [(True, 100), (7, 7), (0, 0), (False, 60)]:
        sandbox.odd(single_price=value)
        assert create(sandbox, nowhere, resolution="4k", video_length=10)["deduction_credit"] == price
        # What the other endpoint charges is another matter.
        assert sandbox.post(BATCH, batch(nowhere))["data"]["successList"][0]["deduction_credit"] == 5
    assert sandbox.stats()["credits_charged"] == 100 + 7 + 0 + 60 + 4 * 5


@pytest.mark.parametrize(
    "oddities", [{"unit_credit_per": "minute"}, {"unit_credit_per": 5}, {"single_price": -1}, {"single_price": "x"}]
)
def test_ways_of_charging_that_are_not_known(sandbox, oddities):
    assert sandbox.send("POST", "/_sandbox/oddities", json.dumps(oddities))[0] == 400


def test_a_body_that_is_no_json(sandbox):
    assert sandbox.post(CREATE, b"{nonsense")["code"] == 1003


def test_an_effect_stands_in_for_the_prompt(sandbox, pictures):
    data = create(sandbox, pictures["landscape"], prompt=None, effect_code="squish_89244231312")
    assert (data["prompt"], data["effect_name"]) == ("", "Squish")
    assert data["effect_code"] == "squish_89244231312"
    reply = sandbox.post(CREATE, single(pictures["landscape"], effect_code="squish"))
    assert reply["code"] == 1008 and "effect_code" in reply["msg"]


# --- file_name is cut by UTF-16 units, as the service may do ---------------------------------------------------


@pytest.mark.parametrize(
    "prompt, ending",
    [
        ("x" * 22 + "🐈 walks", "x🐈.mp4"),
        ("x" * 23 + "🐈 walks", b"x\\ud83d.mp4"),
        ("x" * 24 + "🐈 walks", b"x.mp4"),
        ("🐈" * 13, b"\xf0\x9f\x90\x88.mp4"),
        ("x" + "🐈" * 13, b"\xf0\x9f\x90\x88\\ud83d.mp4"),
        ("x" * 23 + "👩‍🚀", b"x\\ud83d.mp4"),
        ("x" * 23 + "é walks", "xé.mp4".encode()),
        ('x"\\\n' + "x" * 19 + "🐈", b'"Image2Video_x\\"\\\\\\u000a' + b"x" * 19 + b"\\ud83d.mp4"),
    ],
)
def test_file_name_may_end_in_half_an_emoji(sandbox, prompt, ending):
    body = json.dumps(single("http://127.0.0.1:9/none.png", prompt=prompt))
    made = sandbox.send("POST", CREATE, body, KEY)[2]
    ending = ending if isinstance(ending, bytes) else ending.encode()
    assert ending + b'"' in made
    job = json.loads(made)["data"]["_id"]
    assert ending + b'"' in sandbox.send("POST", RESULTS, json.dumps({"_ids": job}), KEY)[2]
    assert ending + b'"' in sandbox.send("GET", LIST, None, KEY)[2]
    assert json.loads(made)["data"]["prompt"] == prompt
