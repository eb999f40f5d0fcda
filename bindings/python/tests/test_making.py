"""Making videos, when all goes well."""

from __future__ import annotations

import json
import selectors
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import HANG, Sandbox, lasting, wait_until

import image2video
from image2video import AudioType, Client, Event, Job, JobState, Request, VideoStatus


def probe(file: Path) -> dict[str, str]:
    """What ffprobe says of the picture stream."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries"]
    command += ["stream=codec_name,width,height:format=duration", "-of", "json", str(file)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {**found["streams"][0], **found["format"]}


def test_animate_in_one_line(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    path = client.animate(picture, "the cat blinks", to=tmp_path / "cat.mp4")
    assert path == tmp_path / "cat.mp4"
    found = probe(path)
    assert found["codec_name"] == "h264"
    assert int(found["height"]) > 0
    assert float(found["duration"]) == pytest.approx(5, abs=0.2)
    assert list(tmp_path.iterdir()) == [path]
    assert sandbox.stats["creates_processed"] == 1


def test_a_job_tells_all_of_itself(client: Client, picture: str, tmp_path: Path) -> None:
    job = client.submit(picture, "zoom", to=str(tmp_path / "a.mp4"), negative_prompt="blur", deadline=30)
    assert not job.done
    assert client.jobs == [job]
    assert job.state in (JobState.SUBMITTING, JobState.WAITING)
    video = job.wait(HANG)
    assert job.done
    assert client.jobs == []
    assert job.state is JobState.SAVED
    assert job.status is VideoStatus.COMPLETED
    assert job.path == tmp_path / "a.mp4"
    assert job.error is None
    size = (tmp_path / "a.mp4").stat().st_size
    assert job.progress == (size, size)
    assert job.progress.fraction == 1.0
    assert job.receipt is not None
    assert job.receipt.status is VideoStatus.QUEUEING
    assert job.receipt.negative_prompt == "blur"
    assert job.id == job.receipt.id == video.id == video.raw["_id"]
    assert video == job.video
    assert video.image_url == picture
    assert video.prompt == "zoom"
    assert video.resolution == "720p"
    assert video.audio_type is AudioType.NONE
    assert video.video_duration == 5
    assert video.deduction_credit == 20
    assert video.create_time is not None
    assert abs(video.create_time - time.time()) < 3600
    assert video.raw["create_time"] == round(video.create_time * 1000)
    assert video.model_name is None
    assert "saved" in repr(job)
    assert "COMPLETED" in repr(video)
    assert video.video_url is not None
    assert repr(video.video_url) in repr(video)


def test_fields_arrive_under_the_services_names(client: Client, sandbox: Sandbox, picture: str) -> None:
    fields = {
        "image_url": picture,
        "prompt": "größer 🐈",
        "negative_prompt": "blur",
        "extend_prompt": True,
        "resolution": "1080p",
        "video_length": 10,
        "audio_type": AudioType.CUSTOM,
        "audio_url": "http://127.0.0.1:9/sound.mp3",
        "is_premium_model": True,
        "effect_code": "squish_89244231312",
        "webhookurl": "http://127.0.0.1:9/hook",
    }
    client.submit(Request(**fields))  # type: ignore[arg-type]
    client.submit(picture, "p", model_name="a/model", last_image_url=picture, count=1)
    wait_until(lambda: {"create", "batch"} <= {entry["route"] for entry in sandbox.requests})
    sent = {entry["route"]: entry["body"] for entry in sandbox.requests}
    assert sent["create"] == fields
    assert sent["batch"]["model_name"] == "a/model"
    assert sent["batch"]["last_image_url"] == picture
    assert sent["batch"]["count"] == 1


def test_submit_without_a_file_and_fetch_later(
    client: Client, sandbox: Sandbox, picture: str, tmp_path: Path
) -> None:
    job = client.submit(image_url=picture, prompt="pan")
    job.wait(HANG)
    assert job.state == JobState.COMPLETED
    assert job.path is None
    assert sandbox.stats["requests"]["video"] == 0
    events: list[int] = []
    assert job.fetch(tmp_path / "b.mp4", on_event=lambda _, event: events.append(event)) is job
    assert job in client.jobs
    job.wait(HANG)
    assert job.state == JobState.SAVED
    assert events[-1] == Event.DONE
    assert events.count(Event.DONE) == 1
    assert Event.CREATED not in events
    assert probe(tmp_path / "b.mp4")["codec_name"] == "h264"
    assert sandbox.stats["creates_processed"] == 1


def test_batch(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    jobs = client.submit_batch(picture, "zoom", count=3, to=tmp_path / "cat.mp4")
    assert [job.path for job in jobs] == [tmp_path / f"cat-{number}.mp4" for number in (1, 2, 3)]
    assert client.wait_all(jobs, timeout=HANG) != []
    assert {job.state for job in jobs} == {JobState.SAVED}
    assert len({job.id for job in jobs}) == 3
    assert len({job.wait().batch_id for job in jobs}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat-1.mp4", "cat-2.mp4", "cat-3.mp4"]
    assert sandbox.stats["creates_processed"] == 1


def test_as_completed_gives_each_job_once(client: Client, sandbox: Sandbox, picture: str) -> None:
    jobs = {client.submit(picture, f"number {number}") for number in range(20)}
    more: list[Job] = []
    seen = []
    for job in client.as_completed(timeout=HANG):
        assert job.done
        seen.append(job)
        if not more:
            more.append(client.submit(picture, "one more"))
    assert set(seen) == jobs | set(more)
    assert len(seen) == 21
    assert sandbox.stats["requests"]["results"] < 21
    assert list(client.as_completed()) == []
    assert set(client.as_completed(jobs)) == jobs


def test_as_completed_gives_failed_jobs_too(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", code=1003)
    jobs = [client.submit(picture, "a"), client.submit(picture, "b")]
    ended = client.wait_all(timeout=HANG)
    assert set(ended) == set(jobs)
    assert sorted(job.state for job in jobs) == [JobState.COMPLETED, JobState.FAILED]


def test_as_completed_knows_its_time_and_its_jobs(
    client: Client, picture: str, make_client: Callable[..., Client]
) -> None:
    job = client.submit(picture, "a")
    with pytest.raises(image2video.WaitTimeoutError, match="1 jobs are still going on after 0 s"):
        list(client.as_completed(timeout=0))
    with pytest.raises(image2video.InvalidArgumentError, match="another client"):
        make_client().as_completed([job])


def test_wait_with_a_timeout(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", latency_ms=2000)
    job = client.submit(picture, "a")
    with lasting(0.24), pytest.raises(TimeoutError):
        job.wait(0.25)
    with pytest.raises(image2video.WaitTimeoutError):
        job.wait(0)
    assert job.wait(HANG).id == job.id


def test_cancel(client: Client, picture: str) -> None:
    job = client.submit(picture, "a")
    while job.id is None:
        client.dispatch(0.05)
    job.cancel()
    with pytest.raises(image2video.JobCancelledError) as caught:
        job.wait(HANG)
    assert caught.value.job is job
    assert caught.value.status == image2video.Status.CANCELLED
    assert caught.value.charge == image2video.Charge.CERTAIN
    job.cancel()
    assert job.state is JobState.FAILED


def test_bearer_token_and_gateway(sandbox: Sandbox, picture: str, make_client: Callable[..., Client]) -> None:
    client = make_client(bearer_token="sandbox-token", base_url=sandbox.url + "/gateway/")
    assert client.submit(picture, "a").wait(HANG).status is VideoStatus.COMPLETED


def test_from_env(sandbox: Sandbox, picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AKOOL_API_KEY", raising=False)
    monkeypatch.setenv("AKOOL_BASE_URL", sandbox.url)
    with pytest.raises(image2video.InvalidArgumentError, match="AKOOL_API_KEY") as caught:
        Client.from_env()
    assert caught.value.field == "api_key"
    monkeypatch.setenv("AKOOL_API_KEY", "sandbox-key")
    with Client.from_env(poll_interval=(0.02, 0.1)) as client:
        assert client.submit(picture, "a").wait(HANG).id is not None
    with Client.from_env(bearer_token="sandbox-token", poll_interval=(0.02, 0.1)) as client:
        assert client.submit(picture, "a").wait(HANG).id is not None
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(image2video.InvalidArgumentError):
        Client()


def test_event_loop(client: Client, picture: str) -> None:
    ended: list[Job] = []

    def on_event(job: Job, event: int) -> None:
        if event == Event.DONE:
            ended.append(job)

    jobs = [client.submit(picture, "a", on_event=on_event) for _ in range(5)]
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ)
        end = time.monotonic() + HANG
        while client.jobs:
            assert time.monotonic() < end
            if selector.select(1):
                assert client.dispatch() > 0
    assert sorted(ended, key=id) == sorted(jobs, key=id)


def test_dispatch_waits_and_counts(client: Client, picture: str) -> None:
    with lasting(0.14):
        assert client.dispatch() == 0
        assert client.dispatch(0.15) == 0
    client.submit(picture, "a")
    assert client.dispatch(None) > 0
