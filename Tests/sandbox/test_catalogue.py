"""Effects and models."""

import pytest

from support import CREATE, EFFECTS, KEY, MODELS, single

IMAGE_TO_VIDEO = f"{MODELS}?types[]=1501"


def test_effects(sandbox):
    reply = sandbox.get(EFFECTS, KEY)
    assert (reply["code"], reply["msg"]) == (1000, "Success")
    effects = reply["data"]["result"]
    assert reply["data"]["count"] == len(effects) == 10
    fields = {"_id", "create_time", "logo", "name", "video_url", "effect_code"}
    assert all(set(effect) == fields for effect in effects)
    assert effects[0] == {
        "_id": "687632b95a0f52799eeed701",
        "create_time": 1752576694502,
        "logo": "https://static.website-files.org/assets/Image_to_Video/Lora/Squish.png",
        "name": "Squish",
        "video_url": "https://static.website-files.org/assets/Image_to_Video/Lora/Squish.mp4",
        "effect_code": "squish_89244231312",
    }
    codes = [effect["effect_code"] for effect in effects]
    assert codes[1:3] == ["cakeify_24743216", "samurai_99757865"] and len(set(codes)) == 10


def test_every_effect_can_be_asked_for(sandbox):
    for effect in sandbox.get(EFFECTS, KEY)["data"]["result"]:
        body = single("http://127.0.0.1:9/none.png", effect_code=effect["effect_code"])
        row = sandbox.post(CREATE, body)["data"]
        assert (row["effect_code"], row["effect_name"]) == (effect["effect_code"], effect["name"])


def test_models_come_in_every_shape(sandbox):
    reply = sandbox.get(IMAGE_TO_VIDEO, KEY)
    models = reply["data"]
    assert reply["code"] == 1000 and {model["type"] for model in models} == {1501}
    ranks = [model["sort"] for model in models]
    assert ranks != sorted(ranks, reverse=True) and len(set(ranks)) == len(ranks)
    by_name = {model["value"]: model for model in models}
    assert len(by_name) == len(models)
    for name in (
        "AkoolImage2VideoFastV1",
        "AkoolImage2VideoHDV1",
        "seedance-1-0-lite-i2v-250428",
        "MiniMax-Hailuo-2.3/image-to-video",
        "kwaivgi/kling-video-o3-pro/image-to-video",
    ):
        assert name in by_name
    sounds = [model.get("generate_audio", "absent") for model in models]
    assert True in sounds and False in sounds and None in sounds and "absent" in sounds
    objects = [sound for sound in sounds if isinstance(sound, dict)]
    assert all(set(sound) == {"required", "type", "default", "extra_credit_multiplier"} for sound in objects)
    assert {sound["required"] for sound in objects} == {True, False}
    resolutions = [entry for model in models for entry in model.get("resolutionList", [])]
    assert {"720p", "768P", "1280x720", "4k"} <= {entry["value"] for entry in resolutions}
    assert any({"label", "value", "width", "height", "unit_credit"} == set(entry) for entry in resolutions)
    assert any("durationList" in entry for entry in resolutions)
    assert any(model.get("resolutionList") == [] for model in models)
    assert any(model.get("durationList") == list(range(3, 16)) for model in models)
    every = {field for model in models for field in model}
    assert {
        "sort", "group", "provider", "type", "label", "value", "description", "resolutionList", "durationList",
        "isPro", "requiresPay", "generate_audio", "supportedLastFrame", "supportedExtendPrompt",
        "maxImageCount", "maxCount", "tags", "ratioList", "unit_credit", "supportedReference",
    } <= every  # fmt: skip
    for flag in ("isPro", "requiresPay", "supportedLastFrame"):
        assert {True, False} <= {model.get(flag) for model in models}


@pytest.mark.parametrize(
    "query, types",
    [
        ("types%5B%5D=1501", {1501}),
        ("types%5b%5d=1502", {1502}),
        ("types[]=2101", {2101}),
        ("types[]=1502&types[]=2101", {1502, 2101}),
        ("types[]=1999", set()),
    ],
)
def test_types_of_models(sandbox, query, types):
    reply = sandbox.get(f"{MODELS}?{query}", KEY)
    assert reply["code"] == 1000 and isinstance(reply["data"], list)
    assert {model["type"] for model in reply["data"]} == types


@pytest.mark.parametrize("query", ["", "?types[]=", "?types[]=video"])
def test_types_are_required(sandbox, query):
    reply = sandbox.get(MODELS + query, KEY)
    assert reply["code"] == 1003 and "types[]" in reply["msg"]


def test_faults_reach_the_rows_of_models_and_effects(sandbox):
    sandbox.fault(
        {"route": "models", "row": {"label": None, "new": 1}},
        {"route": "models", "omit": True},
        {"route": "effects", "row": {"logo": None}},
    )
    models = sandbox.get(IMAGE_TO_VIDEO, KEY)["data"]
    assert len(models) > 5 and all("label" not in model and model["new"] == 1 for model in models)
    assert sandbox.get(IMAGE_TO_VIDEO, KEY)["data"] == []
    assert all("logo" not in effect for effect in sandbox.get(EFFECTS, KEY)["data"]["result"])
