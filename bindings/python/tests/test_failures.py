"""What goes wrong, each with its exception."""

from __future__ import annotations

import errno
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers import HANG, Sandbox, Server, answer, lasting, never_answer, read_request

import image2video
from image2video import Charge, Client, Image2VideoError, JobState, Status, VideoStatus

MakeClient = Callable[..., Client]


@pytest.mark.parametrize(
    ("code", "kind", "builtin"),
    [
        (1109, image2video.AuthError, PermissionError),
        (1101, image2video.AuthError, PermissionError),
        (1006, image2video.QuotaError, Exception),
        (1103, image2video.BillingError, Exception),
        (1213, image2video.PlanError, PermissionError),
        (1003, image2video.InvalidRequestError, ValueError),
        (1203, image2video.InvalidInputError, ValueError),
        (1014, image2video.NotFoundError, LookupError),
        (1009, image2video.NotAllowedError, PermissionError),
        (1010, image2video.ConflictError, Exception),
        (1015, image2video.ServerError, Exception),
        (4711, image2video.ServiceError, Exception),
    ],
)
def test_service_codes(
    client: Client, sandbox: Sandbox, picture: str, code: int, kind: type[Image2VideoError], builtin: type
) -> None:
    sandbox.fault("create", code=code, msg="as you like it")
    job = client.submit(picture, "a")
    with pytest.raises(builtin) as caught:
        job.wait(10)
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, image2video.ServiceError)
    assert error.service_code == code
    assert error.service_message == "as you like it"
    assert "as you like it" in str(error)
    assert error.job is job
    assert error.http_status == 200
    assert type(job.error) is kind
    assert job.state is JobState.FAILED
    assert job.id is None
    assert sandbox.stats["requests"]["create"] == 1


def test_wrong_key(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    with pytest.raises(image2video.AuthError) as caught:
        make_client(api_key="a-wrong-key", base_url=sandbox.url).submit(picture, "a").wait(10)
    assert caught.value.service_code == 1109
    assert caught.value.name == "I2V_ERROR_AUTH"
    assert caught.value.charge is Charge.NONE
    assert "a-wrong-key" not in str(caught.value)


def test_rate_limit(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", times=-1, code=1005)
    with pytest.raises(image2video.RateLimitError) as caught:
        client.submit(picture, "a", deadline=10).wait(HANG)
    assert caught.value.retryable
    assert caught.value.charge is Charge.NONE
    assert sandbox.stats["creates_processed"] == 0


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 200, "body": "<html>gateway</html>"},
        {"status": 200, "body": '{"msg": "no code"}'},
        {"status": 502, "body": "bad gateway"},
    ],
)
def test_a_create_whose_answer_cannot_be_read(
    client: Client, sandbox: Sandbox, picture: str, reply: dict[str, Any]
) -> None:
    sandbox.fault("create", reply=reply)
    with pytest.raises(image2video.OutcomeUnknownError) as caught:
        client.submit(picture, "a").wait(10)
    assert caught.value.charge is Charge.POSSIBLE
    assert not caught.value.retryable
    assert caught.value.http_status == reply["status"]
    assert sandbox.stats["requests"]["create"] == 1


def test_an_http_status_that_refuses(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", reply={"status": 404, "body": '{"status": 404, "msg": "Not Found"}'})
    with pytest.raises(image2video.ServiceError) as caught:
        client.submit(picture, "a").wait(10)
    assert caught.value.http_status == 404
    assert sandbox.stats["creates_processed"] == 0


def test_unreadable_looks_delay_a_job_and_no_more(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("results", times=2, reply={"status": 200, "body": "not json"})
    assert client.submit(picture, "a").wait(HANG).status is VideoStatus.COMPLETED
    assert sandbox.stats["creates_processed"] == 1


def test_a_failed_job_says_why(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("results", times=-1, row={"status": 4, "error_reason": "the picture is too dark"})
    job = client.submit(picture, "a")
    with pytest.raises(image2video.JobFailedError, match="the picture is too dark") as caught:
        job.wait(10)
    assert caught.value.service_message == "the picture is too dark"
    assert caught.value.raw["error_reason"] == "the picture is too dark"
    assert job.video is not None
    assert job.video.failure_reason == "the picture is too dark"
    assert job.video.status is VideoStatus.FAILED
    assert "the picture is too dark" in repr(job)


def test_an_unknown_status_then_the_deadline(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("results", times=-1, row={"status": 7})
    job = client.submit(picture, "a", deadline=2)
    with lasting(1.9), pytest.raises(TimeoutError, match="7") as caught:
        job.wait()
    assert type(caught.value) is image2video.DeadlineError
    assert job.status == 7
    assert not isinstance(job.status, VideoStatus)
    assert job.id is not None


def test_a_missing_id(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("results", times=-1, omit=True)
    with pytest.raises(image2video.IdUnknownError) as caught:
        client.submit(picture, "a", deadline=0.6).wait()
    assert isinstance(caught.value, LookupError)
    assert caught.value.charge is Charge.CERTAIN


def test_completed_without_an_address(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("results", times=-1, row={"status": 3, "video_url": None})
    with pytest.raises(image2video.NoVideoError):
        client.submit(picture, "a", deadline=10).wait()


def test_a_video_that_is_gone(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    sandbox.fault("video", times=-1, reply={"status": 404})
    job = client.submit(picture, "a", to=tmp_path / "a.mp4")
    with pytest.raises(image2video.VideoGoneError) as caught:
        job.wait(HANG)
    assert caught.value.http_status == 404
    assert list(tmp_path.iterdir()) == []
    # It costs nothing to try again.
    sandbox.behave()
    job.fetch(tmp_path / "a.mp4").wait(HANG)
    assert job.error is None
    assert (tmp_path / "a.mp4").stat().st_size > 1000
    assert sandbox.stats["creates_processed"] == 1


def test_a_broken_download_is_taken_up_again(
    client: Client, sandbox: Sandbox, picture: str, tmp_path: Path
) -> None:
    sandbox.fault("video", times=1, break_after=1000)
    path = client.animate(picture, "a", to=tmp_path / "a.mp4")
    assert b"ftyp" in path.read_bytes()[:16]
    assert sandbox.stats["requests"]["video"] == 2


def test_a_download_that_stays_broken(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    sandbox.fault("video", times=-1, break_after=0)
    with pytest.raises(ConnectionError) as caught:
        client.animate(picture, "a", to=tmp_path / "a.mp4")
    assert type(caught.value) is image2video.NetworkError
    assert caught.value.curl_code is not None
    assert caught.value.job is not None
    assert caught.value.job.id is not None
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_written(
    client: Client, sandbox: Sandbox, picture: str, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="no-such-folder") as caught:
        client.submit(picture, "a", to=tmp_path / "no-such-folder" / "a.mp4")
    assert isinstance(caught.value, image2video.FileError)
    assert caught.value.errno == errno.ENOENT
    assert sandbox.stats["requests"]["create"] == 0


def test_a_target_that_exists(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    target.write_text("mine")
    with pytest.raises(FileExistsError) as caught:
        client.animate(picture, "a", to=target)
    assert type(caught.value) is image2video.TargetExistsError
    assert target.read_text() == "mine"
    assert sandbox.stats["requests"]["create"] == 0
    client.animate(picture, "a", to=target, replace=True)
    assert target.stat().st_size > 1000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image_url": None}, "image_url"),
        ({"image_url": "cat.png"}, "image_url"),
        ({"image_url": "http://x/a\0b"}, "image_url"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "lone \ud800"}, "prompt"),
        ({"prompt": "nul \0"}, "prompt"),
        ({"video_length": 7}, "video_length"),
        ({"video_length": 2**32 + 5}, "video_length"),
        ({"video_length": -(2**40)}, "video_length"),
        ({"resolution": "8k"}, "resolution"),
        ({"audio_type": 9}, "audio_type"),
        ({"audio_url": "ftp://x/a.mp3"}, "audio_url"),
        ({"effect_code": ""}, "effect_code"),
        ({"webhookurl": "nonsense"}, "webhookurl"),
        ({"count": 11}, "count"),
        ({"count": 2}, "count"),
        ({"model_name": ""}, "model_name"),
        ({"deadline": 0}, "deadline"),
        ({"deadline": float("inf")}, "deadline"),
        ({"deadline": float("nan")}, "deadline"),
        ({"to": "a\0b"}, "to"),
        ({"to": ""}, "to"),
    ],
)
def test_invalid_fields_are_named(
    client: Client, sandbox: Sandbox, fields: dict[str, Any], field: str
) -> None:
    request: dict[str, Any] = {"image_url": "http://127.0.0.1:9/a.png", "prompt": "a", **fields}
    with pytest.raises(ValueError) as caught:
        client.submit(**request)
    assert isinstance(caught.value, image2video.InvalidArgumentError)
    assert caught.value.field == field
    assert sandbox.stats["total_api"] == 0
    assert client.jobs == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": 5}, "prompt"),
        ({"video_length": "5"}, "video_length"),
        ({"video_length": 5.0}, "video_length"),
        ({"extend_prompt": "no"}, "extend_prompt"),
        ({"deadline": "1"}, "deadline"),
        ({"to": 5}, "to"),
    ],
)
def test_values_of_the_wrong_type_are_named(client: Client, fields: dict[str, Any], field: str) -> None:
    request: dict[str, Any] = {"image_url": "http://127.0.0.1:9/a.png", "prompt": "a", **fields}
    with pytest.raises(TypeError, match=field):
        client.submit(**request)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "api_key"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": "line\nbreak"}, "api_key"),
        ({"api_key": "k", "bearer_token": "t"}, "bearer_token"),
        ({"api_key": "k", "base_url": "ftp://x"}, "base_url"),
        ({"api_key": "k", "poll_interval": (2, 1)}, "poll_interval"),
        ({"api_key": "k", "max_requests": 0}, "max_requests"),
        ({"api_key": "k", "connect_timeout": 1e300}, "connect_timeout"),
    ],
)
def test_invalid_settings_are_named(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        Client(**settings)
    assert caught.value.field == field
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_validate(tmp_path: Path) -> None:
    image2video.Request("http://127.0.0.1:9/a.png", "a", to=tmp_path / "a.mp4").validate()
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        image2video.Request("http://127.0.0.1:9/a.png").validate()
    assert caught.value.field == "prompt"


def test_nobody_listens(make_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ConnectionError) as caught:
        make_client(base_url=url).submit("http://127.0.0.1:9/a.png", "a", deadline=20).wait(HANG)
    assert type(caught.value) is image2video.ConnectError
    assert caught.value.retryable
    assert caught.value.charge is Charge.NONE


def test_no_such_host(make_client: MakeClient) -> None:
    client = make_client(base_url="http://no-such-host.invalid", proxy="")
    with pytest.raises(image2video.ResolveError):
        client.submit("http://127.0.0.1:9/a.png", "a").wait(HANG)


@pytest.mark.parametrize("where", ["argument", "https_proxy"])
def test_a_malformed_proxy_is_refused_and_its_secret_not_told(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    address = "http://user:s3cret@127.0.0.1:99999"
    monkeypatch.setenv("https_proxy", address)
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        make_client(proxy=address if where == "argument" else None)
    assert caught.value.field == "proxy"
    assert "s3cret" not in f"{caught.value} {caught.value!r} {caught.value.__dict__}"


def test_no_tls(make_client: MakeClient) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"this is no TLS\n")
        connection.close()

    with Server(hang_up) as server:
        client = make_client(base_url=server.url.replace("http:", "https:"), proxy="")
        with pytest.raises(image2video.TLSError):
            client.submit("http://127.0.0.1:9/a.png", "a").wait(HANG)


def test_a_create_is_sent_once(make_client: MakeClient) -> None:
    """The first create is answered, the second read whole on the same connection, which then closes."""
    creates = []

    def handle(connection: socket.socket) -> None:
        while (request := read_request(connection)) is not None:
            line, body = request
            if "resultsByIds" in line:
                row = {"_id": "a" * 24, "status": 3, "video_url": "http://127.0.0.1:9/v.mp4"}
                answer(connection, {"code": 1000, "data": {"result": [row]}})
            else:
                creates.append(json.loads(body)["prompt"])
                if len(creates) > 1:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                answer(connection, {"code": 1000, "data": {"_id": "a" * 24, "status": 1}})

    with Server(handle) as server:
        client = make_client(base_url=server.url)
        client.submit("http://127.0.0.1:9/a.png", "first").wait(10)
        with pytest.raises(image2video.OutcomeUnknownError) as caught:
            client.submit("http://127.0.0.1:9/a.png", "second").wait(10)
        assert caught.value.charge is Charge.POSSIBLE
        assert not caught.value.retryable
        time.sleep(0.3)
        assert creates == ["first", "second"]


def test_an_answer_that_is_too_large(make_client: MakeClient) -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 1_000_000)

    with Server(handle) as server:
        client = make_client(base_url=server.url)
        with pytest.raises((image2video.TooLargeError, image2video.OutcomeUnknownError)) as caught:
            client.submit("http://127.0.0.1:9/a.png", "a").wait(10)
        assert "large" in str(caught.value)


def test_a_wait_ends_in_time_while_the_service_hangs(make_client: MakeClient) -> None:
    with Server(never_answer) as server:
        client = make_client(base_url=server.url)
        job = client.submit("http://127.0.0.1:9/a.png", "a")
        with lasting(1), pytest.raises(image2video.WaitTimeoutError):
            job.wait(1)
        # Two seconds for the create, whose answer would have had an id.
        with lasting():
            client.close()
        with pytest.raises(image2video.OutcomeUnknownError):
            job.wait()


def test_fetch_of_an_unfinished_job(client: Client, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    sandbox.fault("create", latency_ms=1500)
    job = client.submit(picture, "a")
    with pytest.raises(image2video.InvalidStateError):
        job.fetch(tmp_path / "a.mp4")
    assert client.jobs == [job]
    assert not job.done
    job.wait(HANG)


def test_a_folder_that_is_none(client: Client, picture: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(image2video.FileError) as caught:
        client.submit(picture, "a", to=tmp_path / "file" / "a.mp4")
    assert caught.value.errno in (errno.ENOTDIR, errno.EACCES)
