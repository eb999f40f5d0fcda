"""Tokens, credits and the rules of a plan."""


import pytest

from support import (
    BATCH,
    CREATE,
    CREDITS,
    EFFECTS,
    KEY,
    RESULTS,
    TOKEN,
    Sandbox,
    batch,
    create,
    single,
    until,
)

CLIENT = {"clientId": "sandbox-client-id", "clientSecret": "sandbox-client-secret-24"}
NOWHERE = "http://127.0.0.1:9/none.png"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_token_from_id_and_secret(sandbox):
    reply = sandbox.post(TOKEN, CLIENT, {})
    assert set(reply) == {"code", "token"} and reply["code"] == 1000
    other = sandbox.post(TOKEN, CLIENT, {})["token"]
    assert other != reply["token"]
    for token in (reply["token"], other):
        assert sandbox.get(EFFECTS, bearer(token))["code"] == 1000
    assert sandbox.stats()["requests"]["token"] == 2


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"clientSecret": "wrong"}, 1109),
        ({"clientId": "wrong"}, 1109),
        ({"clientSecret": None}, 1003),
        ({"clientId": ""}, 1003),
    ],
)
def test_no_token_without_both(sandbox, changes, code):
    reply = sandbox.post(TOKEN, {**CLIENT, **changes}, {})
    assert reply["code"] == code and "token" not in reply


def test_the_client_secret_is_an_api_key_and_the_id_is_none(sandbox):
    for key, code in [(CLIENT["clientSecret"], 1000), ("sandbox-key", 1000), (CLIENT["clientId"], 1109)]:
        assert sandbox.get(EFFECTS, {"x-api-key": key})["code"] == code


def test_tokens_can_be_ended(sandbox):
    token = sandbox.post(TOKEN, CLIENT, {})["token"]
    assert sandbox.post("/_sandbox/expire-tokens", {}, {}) == {"expired": 1}
    assert sandbox.get(EFFECTS, bearer(token))["code"] == 1101
    # The fixed one of --bearer-token was never issued.
    assert sandbox.get(EFFECTS, bearer("sandbox-token"))["code"] == 1000
    token = sandbox.post(TOKEN, CLIENT, {})["token"]
    assert sandbox.get(EFFECTS, bearer(token))["code"] == 1000


def test_credits(sandbox):
    reply = sandbox.get(CREDITS, KEY)
    assert reply["code"] == 1000 and reply["data"] == {"credit": 1_000_000}
    create(sandbox, NOWHERE)
    assert sandbox.get(CREDITS, KEY)["data"]["credit"] == 1_000_000 - 20


def test_too_few_credits_make_nothing(sandbox):
    poor = Sandbox("--credits", "12")
    try:
        assert poor.post(CREATE, single(NOWHERE))["code"] == 1006
        assert poor.post(BATCH, batch(NOWHERE, count=3))["code"] == 1006
        assert len(poor.post(BATCH, batch(NOWHERE, count=2))["data"]["successList"]) == 2
        assert poor.get(CREDITS, KEY)["data"]["credit"] == 2
        assert poor.stats()["creates_processed"] == 1
    finally:
        poor.stop()


def test_a_free_plan_has_limits():
    free = Sandbox("--plan", "free")
    try:
        for changes in ({"video_length": 10}, {"is_premium_model": True}):
            assert free.post(CREATE, single(NOWHERE, **changes))["code"] == 1213
        pro = batch(NOWHERE, model_name="MiniMax-Hailuo-2.3/image-to-video", resolution="768P", video_length=6)
        assert free.post(BATCH, pro)["code"] == 1213
        paid = batch(NOWHERE, model_name="kwaivgi/kling-video-o3-pro/image-to-video")
        assert free.post(BATCH, paid)["code"] == 1221
        stats = free.stats()
        assert (stats["plan"], stats["creates_processed"]) == ("free", 0)
        assert free.post(CREATE, single(NOWHERE))["code"] == 1000
        assert free.post(BATCH, batch(NOWHERE, video_length=10))["code"] == 1000
    finally:
        free.stop()


def test_options_of_the_client_and_of_tokens():
    secret = "0123456789abcdef"
    other = Sandbox("--client-id", "me", "--client-secret", secret, "--token-seconds", "3")
    try:
        assert other.post(TOKEN, CLIENT, {})["code"] == 1109
        token = other.post(TOKEN, {"clientId": "me", "clientSecret": secret}, {})["token"]
        assert other.post(RESULTS, {"_ids": ""}, bearer(token))["code"] == 1000
        until(lambda: other.post(RESULTS, {"_ids": ""}, bearer(token))["code"] == 1101)
        assert other.post(RESULTS, {"_ids": ""}, {"x-api-key": secret})["code"] == 1000
    finally:
        other.stop()
