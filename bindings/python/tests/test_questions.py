"""What the service is asked beside making videos, and what surrounds it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers import BUSY, HANG, Sandbox, Server, answer, lasting, never_answer, read_request, run_python

import image2video
from image2video import AudioType, Client, EstimateBasis, JobState, Request, ServiceCode, Status, VideoStatus

MakeClient = Callable[..., Client]
UNKNOWN = "0" * 24


def test_results(client: Client, sandbox: Sandbox, picture: str) -> None:
    jobs = client.submit_batch(picture, "zoom", count=3)
    client.wait_all(jobs, timeout=HANG)
    first, second, third = (str(job.id) for job in jobs)
    # In the order asked, whatever the service's is; each once; by id, video or job.
    results = client.results([third, UNKNOWN, jobs[0], jobs[1].wait(), first])
    assert list(results) == [third, first, second]
    assert results.missing == (UNKNOWN,)
    assert results[first].status is VideoStatus.COMPLETED
    assert results[first].id == first
    assert UNKNOWN not in results
    with pytest.raises(KeyError):
        results[UNKNOWN]
    assert len(results) == 3
    assert repr(results) == (
        f"Results({third!r}: COMPLETED, {first!r}: COMPLETED, {second!r}: COMPLETED, missing=['{UNKNOWN}'])"
    )
    assert len(results.raw["data"]["result"]) == 3
    assert list(client.results(first)) == [first]
    assert list(client.results(jobs[0])) == [first]


def test_results_of_nothing_ask_nothing(client: Client, sandbox: Sandbox) -> None:
    assert dict(client.results([])) == {}
    assert client.results([]).missing == ()
    assert client.delete() == []
    assert sandbox.stats["total_api"] == 0


def test_many_results_go_out_in_parts(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url, poll_list_size=10)
    ids = [f"{number:024}" for number in range(35)]
    results = client.results(ids)
    assert results.missing == tuple(ids)
    assert sandbox.stats["requests"]["results"] == 4
    assert len(results.raw) == 4


@pytest.mark.parametrize("ids", [["a,b"], [""], ["\0"]])
def test_ids_that_cannot_be_asked_about(client: Client, sandbox: Sandbox, ids: list[str]) -> None:
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        client.results(ids)
    assert caught.value.field == "ids"
    assert sandbox.stats["total_api"] == 0


def test_a_job_without_an_id_cannot_be_asked_about(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", latency_ms=300)
    job = client.submit(picture, "a")
    with pytest.raises(image2video.InvalidArgumentError, match="no id yet"):
        client.results([job])
    with pytest.raises(TypeError, match="int"):
        client.results([5])  # type: ignore[list-item]
    job.wait(HANG)


def test_effects(client: Client, picture: str) -> None:
    effects = client.effects()
    assert len(effects) == effects.total == 10
    squish = effects.find("sQUISH")
    assert squish is not None
    assert squish == effects[0] == effects.find("squish_89244231312")
    assert squish.effect_code == "squish_89244231312"
    assert squish.id == "687632b95a0f52799eeed701"
    assert squish.create_time == 1752576694.502
    assert squish.logo is not None
    assert squish.logo.endswith("/Squish.png")
    assert squish.video_url is not None
    assert squish.raw["name"] == squish.name == "Squish"
    assert repr(squish) == "Effect('Squish', effect_code='squish_89244231312')"
    assert effects.find("no such effect") is None
    assert effects.raw["data"]["count"] == 10
    assert [effect.name for effect in effects[:2]] == ["Squish", "Cakeify"]
    # An effect is what a request takes, and needs no prompt.
    video = client.submit(picture, effect_code=squish).wait(HANG)
    assert (video.effect_code, video.effect_name) == ("squish_89244231312", "Squish")


def test_models(client: Client) -> None:
    models = client.models()
    sorts = [model.sort or 0 for model in models]
    assert sorts == sorted(sorts, reverse=True)
    assert {model.type for model in models} - {None} == {1501}
    kling = models.find("Kling O3 Pro")
    assert kling is not None
    assert kling == models.find("kwaivgi/kling-video-o3-pro/image-to-video")
    assert (kling.provider, kling.group, kling.requires_pay, kling.is_pro) == (
        "kwaivgi",
        "Kling",
        True,
        False,
    )
    assert kling.durations == tuple(range(3, 16))
    assert (kling.generate_audio, kling.audio_required, kling.audio_default) == (True, False, False)
    assert kling.audio_credit_multiplier == 0.5
    assert (kling.supported_last_frame, kling.supported_extend_prompt) == (True, False)
    assert (kling.max_image_count, kling.max_count) == (4, 4)
    assert kling.description is not None
    low, high = kling.resolutions
    assert isinstance(low, image2video.Model.Resolution)
    assert (low.value, low.label, low.width, low.height) == ("720p", "720p", 1280, 720)
    assert (low.unit_credit, low.durations) == (4.0, ())
    assert high.raw["unit_credit"] == 6
    assert repr(low) == "Resolution('720p', 1280x720, unit_credit=4)"
    assert "resolutions=['720p', '1080p']" in repr(kling)

    hailuo = models.find("Hailuo 2.3")
    assert hailuo is not None
    assert hailuo.resolutions[0].durations == (6, 10)
    older = models.find("AkoolImage2VideoHDV1")
    assert older is not None
    assert older.resolutions == ()
    assert older.unit_credit == 3
    assert older.tags == ("HD", "Stable")
    assert older.ratios == ("16:9", "9:16", "1:1")
    assert older.supported_reference is True
    plain = models.find("sandbox/plain")
    assert plain is not None
    assert (plain.is_pro, plain.unit_credit, plain.generate_audio) == (None, None, False)
    assert models.find("no such model") is None
    assert list(client.models(type=9999)) == []


def test_a_model_holds_a_request_to_what_it_takes(client: Client, sandbox: Sandbox, picture: str) -> None:
    kling = client.models().find("Kling O3 Pro")
    assert kling is not None
    asked = sandbox.stats["total_api"]
    for fields, field, hint in [
        ({"resolution": "4k"}, "resolution", "1080p"),
        ({"video_length": 2}, "video_length", "15"),
        ({"count": 5}, "count", "4"),
    ]:
        with pytest.raises(image2video.InvalidArgumentError, match=hint) as caught:
            client.submit_batch(picture, "a", model_name=kling, **fields)  # type: ignore[arg-type]
        assert caught.value.field == field
    assert sandbox.stats["total_api"] == asked
    request = Request(picture, "a", model_name=kling, video_length=3, generate_audio=True)
    assert "Model('kwaivgi/kling-video-o3-pro/image-to-video'" in repr(request)
    # Whether unit_credit is for a clip or for a second is open.
    assert request.estimate() == client.estimate(request) == (4 * 1.5, 3 * 4 * 1.5, EstimateBasis.MODEL)
    assert client.estimate(request, count=2) == (2 * 4 * 1.5, 2 * 3 * 4 * 1.5, EstimateBasis.MODEL)
    job = client.submit(request)
    assert job.wait(HANG).deduction_credit == 6
    assert job.receipt is not None
    assert job.receipt.model_name == "kwaivgi/kling-video-o3-pro/image-to-video"


def test_shots(client: Client, sandbox: Sandbox, picture: str) -> None:
    name = "kwaivgi/kling-video-o3-pro/image-to-video"
    shots: list[Any] = [(3, "zoom in"), {"duration": 2, "prompt": "pan left"}]
    client.submit(picture, "a", model_name=name, multi_prompt=shots, generate_audio=True).wait(HANG)
    (sent,) = (entry["body"] for entry in sandbox.requests if entry["route"] == "batch")
    assert sent["multi_prompt"] == [
        {"duration": 3, "prompt": "zoom in"},
        {"duration": 2, "prompt": "pan left"},
    ]
    assert sent["video_length"] == 5
    assert sent["generate_audio"] is True
    for wrong in ([(3,)], [3], [{"prompt": "a"}], [(1, "a")] * 6, [(0, "a")], [(1, "")]):
        with pytest.raises(image2video.InvalidArgumentError) as caught:
            client.submit(picture, "a", model_name=name, multi_prompt=wrong)  # type: ignore[arg-type]
        assert caught.value.field == "multi_prompt"


def test_estimate_and_spending(client: Client, sandbox: Sandbox, picture: str) -> None:
    estimate = client.estimate(picture, "a")
    assert estimate == image2video.Estimate(low=4, high=100, basis=EstimateBasis.PAGE)
    assert (estimate.low, estimate.high, estimate.basis) == tuple(estimate)
    assert client.estimate(picture, "a", video_length=10, resolution="4k") == (12, 300, EstimateBasis.PAGE)
    assert sandbox.stats["total_api"] == 0
    sandbox.fault("create", latency_ms=200)
    job = client.submit(picture, "a")
    assert client.spending == image2video.Spending(deducted=0, reserved=100)
    job.wait(HANG)
    assert client.spending == (20, 0)
    with pytest.raises(image2video.InvalidArgumentError):
        client.estimate(picture, "a", video_length=0)
    client.close()
    with pytest.raises(image2video.ClosedError):
        client.estimate(picture, "a")
    assert Request(picture, "a").estimate() == (4, 100, EstimateBasis.PAGE)


def test_estimates_learn(sandbox: Sandbox, picture: str, make_client: MakeClient, tmp_path: Path) -> None:
    """Prices that the account was charged for a kind of video come before any table."""
    ledger = tmp_path / "prices.sqlite"
    client = make_client(base_url=sandbox.url, ledger=ledger)
    for price in (100, 17.5):
        sandbox.fault("*", times=-1, row={"deduction_credit": price})
        client.submit(picture, "a").wait(HANG)
    observed = (17.5, 100, EstimateBasis.OBSERVED)
    assert client.estimate(picture, "something else") == observed
    assert client.estimate(picture, "a", audio_type=1).basis is EstimateBasis.PAGE
    client.close()
    # A later process, and no other.
    assert make_client(base_url=sandbox.url, ledger=ledger).estimate(picture, "a") == observed
    assert make_client(base_url=sandbox.url).estimate(picture, "a").basis is EstimateBasis.PAGE
    # Within a budget that knows nothing, there is no room for the first.
    with pytest.raises(image2video.BudgetError, match="up to 100, going by the service's price table"):
        make_client(base_url=sandbox.url, max_credits=99).submit(picture, "a")
    with pytest.raises(image2video.BudgetError, match="up to 100, going by what was charged before"):
        make_client(base_url=sandbox.url, ledger=ledger, max_credits=99).submit(picture, "a")


def test_budget(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    # No word of a price changes what is expected meanwhile.
    sandbox.fault("*", times=-1, row={"deduction_credit": None})
    client = make_client(base_url=sandbox.url, max_credits=250)
    jobs = [client.submit(picture, "a"), client.submit(picture, "b")]
    with pytest.raises(image2video.BudgetError, match="250") as caught:
        client.submit(picture, "c")
    assert caught.value.status is Status.BUDGET
    assert client.jobs == jobs
    client.wait_all(timeout=HANG)
    assert sandbox.stats["creates_processed"] == 2


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), 10**400])
def test_a_budget_is_a_number(value: float) -> None:
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        Client(api_key="k", max_credits=value)
    assert caught.value.field == "max_credits"


def test_credits(client: Client, sandbox: Sandbox, picture: str) -> None:
    before = client.credits()
    client.submit(picture, "a").wait(HANG)
    assert client.credits() == before - 20


def test_delete(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    saved = client.submit(picture, "a", to=tmp_path / "a.mp4")
    unsaved = client.submit(picture, "b")
    client.wait_all(timeout=HANG)
    with pytest.raises(image2video.InvalidStateError, match="never saved"):
        client.delete(saved, unsaved)
    assert sandbox.stats["requests"]["delete"] == 0
    deleted, unknown = client.delete(saved, UNKNOWN)
    assert deleted == image2video.Deletion(str(saved.id), True, None)
    assert (unknown.id, unknown.deleted) == (UNKNOWN, False)
    assert unknown.reason
    assert client.delete(unsaved, force=True)[0].deleted
    assert client.results([saved, unsaved]).missing == (saved.id, unsaved.id)


def test_attach(
    client: Client, sandbox: Sandbox, picture: str, tmp_path: Path, make_client: MakeClient
) -> None:
    job = client.submit(picture, "a")
    while job.id is None:
        client.dispatch(1)
    other = make_client(base_url=sandbox.url)
    events: list[int] = []
    attached = other.attach(job.id, to=tmp_path / "a.mp4", on_event=lambda _, event: events.append(event))
    assert attached.id == job.id
    assert attached in other.jobs
    assert attached.wait(HANG).id == job.id
    assert attached.state is JobState.SAVED
    assert image2video.Event.CREATED not in events
    assert events[-1] is image2video.Event.DONE
    assert (tmp_path / "a.mp4").stat().st_size > 1000
    # A job and a video name it as well; attaching costs nothing.
    assert other.attach(job).wait(HANG) == other.attach(attached.wait()).wait(HANG)
    assert other.spending == (0, 0)
    with pytest.raises(image2video.TargetExistsError):
        other.attach(job, to=tmp_path / "a.mp4")
    other.attach(job, to=tmp_path / "a.mp4", replace=True).wait(HANG)


def test_new_sound(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    job = client.submit(picture, "a")
    job.wait(HANG)
    sound = picture.replace("picture.png", "none.mp3")
    new = client.update_audio(job, to=tmp_path / "a.mp4")
    video = new.wait(HANG)
    assert video.id != job.id
    assert new.receipt is not None
    assert new.receipt.pre_video_id == job.id
    assert video.only_add_audio is True
    assert video.audio_type is AudioType.GENERATED
    assert (tmp_path / "a.mp4").stat().st_size > 1000
    sent = [entry["body"] for entry in sandbox.requests if entry["route"] == "audio"]
    assert sent == [{"pre_video_id": job.id, "audio_type": 1}]
    client.update_audio(str(job.id), audio_url=sound)
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        client.update_audio(job, audio_type=AudioType.CUSTOM)
    assert caught.value.field == "audio_url"
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        client.update_audio(job, audio_type=AudioType.NONE)
    assert caught.value.field == "audio_type"


def test_expiry(client: Client, picture: str) -> None:
    video = client.submit(picture, "a").wait(HANG)
    assert video.create_time is not None
    assert video.expiry_time == pytest.approx(video.create_time + 7 * 86400)
    assert video.remaining == pytest.approx(video.create_time + 7 * 86400 - time.time(), abs=60)


def test_a_warning_before_a_video_goes(
    sandbox: Sandbox, picture: str, tmp_path: Path, make_client: MakeClient
) -> None:
    expiring: list[str] = []
    week = 7 * 86400.0
    client = make_client(base_url=sandbox.url, expiry_warning=week, on_expiring=expiring.append)
    client.submit(picture, "saved", to=tmp_path / "a.mp4").wait(HANG)
    job = client.submit(picture, "not saved")
    job.wait(HANG)
    end = time.monotonic() + HANG
    while not expiring and time.monotonic() < end:
        client.dispatch(0.2)
    assert expiring == [job.id]


def test_what_the_warning_raises_comes_up(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    def on_expiring(id: str) -> None:
        raise LookupError(id)

    client = make_client(base_url=sandbox.url, expiry_warning=7 * 86400.0, on_expiring=on_expiring)
    job = client.submit(picture, "a")
    with pytest.raises(LookupError, match=r"\w{24}"):
        while True:
            client.dispatch(5)
    assert job.wait(HANG).id == job.id


def test_warnings_need_a_listener() -> None:
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        Client(api_key="k", expiry_warning=5)
    assert caught.value.field == "on_expiring"


def test_a_video_that_has_expired(make_client: MakeClient) -> None:
    """An old video whose address answers 404 has expired; it counts as gone as well."""

    def handle(connection: Any) -> None:
        while request := read_request(connection):
            if "resultsByIds" in request[0]:
                url = server.url + "/v.mp4"
                row = {"_id": "a" * 24, "status": 3, "video_url": url, "create_time": 1_500_000_000_000}
                answer(connection, {"code": 1000, "data": {"result": [row]}})
            else:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with Server(handle) as server:
        client = make_client(base_url=server.url)
        video = client.results("a" * 24)["a" * 24]
        assert video.remaining == 0
        with pytest.raises(image2video.VideoExpiredError) as caught:
            client.attach("a" * 24, to="/tmp/never.mp4").wait(HANG)
        assert isinstance(caught.value, (image2video.VideoGoneError, LookupError))


def test_client_id_and_secret(
    sandbox: Sandbox, picture: str, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = {"client_id": "sandbox-client-id", "client_secret": "sandbox-client-secret-24"}
    client = make_client(base_url=sandbox.url, **pair)
    assert client.submit(picture, "a").wait(HANG).status is VideoStatus.COMPLETED
    assert sandbox.stats["requests"]["token"] == 1
    with pytest.raises(image2video.AuthError) as caught:
        make_client(base_url=sandbox.url, client_id="x", client_secret="wrong-secret").credits()
    assert "wrong-secret" not in str(caught.value) + repr(caught.value.raw)
    for name in ("AKOOL_API_KEY", "AKOOL_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in pair.items():
        monkeypatch.setenv(f"AKOOL_{name.upper()}", value)
    monkeypatch.setenv("AKOOL_BASE_URL", sandbox.url)
    with Client.from_env() as from_env:
        assert from_env.credits() > 0
    # Credentials that are given come before the environment's.
    with Client.from_env(api_key="sandbox-key") as from_env:
        assert from_env.credits() > 0
    monkeypatch.delenv("AKOOL_CLIENT_SECRET")
    with pytest.raises(image2video.InvalidArgumentError, match="AKOOL_CLIENT_SECRET"):
        Client.from_env()


@pytest.mark.parametrize("given", ["client_id", "client_secret"])
def test_an_id_needs_its_secret(given: str) -> None:
    other = {"client_id": "client_secret", "client_secret": "client_id"}[given]
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        Client(**{given: "x" * 16})  # type: ignore[arg-type]
    assert caught.value.field == other


def test_a_question_that_fails(client: Client, sandbox: Sandbox) -> None:
    sandbox.fault("credits", times=-1, code=1009, msg="not yours")
    with pytest.raises(image2video.NotAllowedError, match="not yours") as caught:
        client.credits()
    assert caught.value.service_code is ServiceCode.PERMISSION
    sandbox.fault("effects", times=2, reply={"status": 502, "body": "bad gateway"})
    assert len(client.effects()) == 10


def test_a_question_and_its_time(make_client: MakeClient) -> None:
    with Server(never_answer) as server:
        client = make_client(base_url=server.url)
        with lasting(0.25), pytest.raises(image2video.DeadlineError) as caught:
            client.models(timeout=0.3)
        assert isinstance(caught.value, TimeoutError)
    for timeout in (0, -1, 3601, float("nan")):
        with pytest.raises(image2video.InvalidArgumentError) as refused:
            client.credits(timeout=timeout)
        assert refused.value.field == "timeout"


def test_questions_are_refused_in_a_callback(client: Client, sandbox: Sandbox, picture: str) -> None:
    refused: list[BaseException] = []

    def on_event(job: image2video.Job, event: int) -> None:
        try:
            client.delete(UNKNOWN)
        except image2video.InCallbackError as error:
            refused.append(error)

    client.submit(picture, "a", on_event=on_event).wait(HANG)
    assert refused
    assert sandbox.stats["requests"]["delete"] == 0


def test_callbacks_run_while_a_question_waits(client: Client, sandbox: Sandbox, picture: str) -> None:
    events: list[int] = []
    client.submit(picture, "a", on_event=lambda job, event: events.append(event))
    sandbox.fault("effects", latency_ms=1500)
    client.effects()
    assert image2video.Event.CREATED in events


def test_ctrl_c_ends_a_question() -> None:
    code = """
import os, signal, sys, threading, time
import image2video
client = image2video.Client(api_key="k", base_url=sys.argv[1])
start = time.monotonic()
try:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    client.credits()
except KeyboardInterrupt:
    print(time.monotonic() - start < float(sys.argv[2]))
client.close()
"""
    with Server(never_answer) as server:
        done = run_python(code, server.url, str(BUSY))
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_answers_outlive_their_client(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url)
    effects, models = client.effects(), client.models()
    client.close()
    assert effects.find("melt") is not None
    assert models[0].resolutions
    with pytest.raises(image2video.ClosedError):
        client.credits()
    with pytest.raises(image2video.ClosedError):
        client.spending  # noqa: B018


def test_codes_tell_what_they_mean() -> None:
    assert ServiceCode.CREDITS.status is Status.QUOTA
    assert ServiceCode.TOO_FREQUENT.retry is image2video.Retry.LATER
    assert ServiceCode.SERVER.retry is image2video.Retry.READS
    assert ServiceCode.SERVER.charge is image2video.Charge.POSSIBLE
    assert ServiceCode.KEY_INVALID.charge is image2video.Charge.NONE
    assert ServiceCode.TOKEN_INVALID.retry is image2video.Retry.AFTER_LOGIN
