"""What the service posts, and what comes of it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from conftest import MakeClient
from servers import HANG, Sandbox, wait_until

import image2video
from image2video import VideoStatus, WebhookError, WebhookEvent, open_webhook

SANDBOX: dict[str, Any] = {"client_id": "sandbox-client-id", "client_secret": "sandbox-client-secret-24"}
A: dict[str, Any] = {"client_id": "ID-0123456789abc", "client_secret": "secret-24-chars-ABCDEFGH"}
B: dict[str, Any] = {
    "client_id": "ID-0123456789abcdefghij=",
    "client_secret": "secret-32-chars-ABCDEFGHIJKLMNOP",
}
BODY_A = {
    "signature": "a56ebe058d5f551638b3a95ededdfafaad0599de",
    "dataEncrypt": "g57By4Ps7BB47YSSX7Xxnj24jv54EG+doaYj6ZMGQNqACxCGyTGG6IPxERwN"
    "J8rvgY9H3fw2Fo2PefktmEy8vB1++UA"
    "+mXeelQ2yWI57tobhjLaDEGM143HJgL2cAS+HFO2UP2DZVeJAJL6VTYW5pw==",
    "timestamp": 1700000000000,
    "nonce": "1529",
}
BODY_B = {
    "signature": "01fb10028903918b2cefdfc3033dd673cc55443d",
    "dataEncrypt": "3Fhpt/+yA/9Mql40iQCH6M8PiPSJvyWuITzzw2w+su5za1P+on8EOSrDis0H"
    "X5trxfTk0LpJddkFkOSiBHnlJ5r3Ly1"
    "gTVDoy4lvCW0Rlyc=",
    "timestamp": 1700000000001,
    "nonce": 9047,
}
# As the service's own page prints it, which does not verify.
PRINTED = {
    "signature": "04e30dd43d9d8f95dd7c127dad617f0929d61c1d",
    "dataEncrypt": "LuG1OVSVIwOO/xpW00eSYo77Ncxa9h4VKmOJRjwoyoAmCIS/8FdJRJ+BpZn9"
    "0BVAAg8xpU1bMmcDlAYDT010Wa9tNi1"
    "jivX25Ld03iA4EKs=",
    "timestamp": 1710757981609,
    "nonce": "1529",
}


def seal(plain: bytes, timestamp: int, client_id: str, client_secret: str) -> bytes:
    """A body as the service makes it, made by other means than the library's."""
    vector = client_id.encode()[:16].ljust(16, b"\0").hex()
    command = ["openssl", "enc", f"-aes-{len(client_secret) * 8}-cbc", "-iv", vector]
    command += ["-K", client_secret.encode().hex()]
    encrypted = subprocess.run(command, input=plain, capture_output=True, check=True).stdout
    data = base64.b64encode(encrypted).decode()
    parts = "".join(sorted([client_id, str(timestamp), "7", data]))
    signature = hashlib.sha1(parts.encode()).hexdigest()
    return json.dumps(
        {"signature": signature, "dataEncrypt": data, "timestamp": timestamp, "nonce": 7}
    ).encode()


def test_opening() -> None:
    event = open_webhook(json.dumps(BODY_A), **A)
    assert event.id == "6891abe782f7cd2a890c44ba"
    assert event.status is VideoStatus.COMPLETED
    assert event.type == "image2video"
    assert event.url == "https://example.invalid/v.mp4"
    assert event.deduction_credit is None
    assert event.timestamp == 1700000000.0
    assert event.raw["status"] == 3
    assert repr(event) == (
        "WebhookEvent(id='6891abe782f7cd2a890c44ba', status=COMPLETED, type='image2video', "
        "url='https://example.invalid/v.mp4')"
    )
    assert event == open_webhook(json.dumps(BODY_A).encode(), **A)
    other = open_webhook(json.dumps(BODY_B), **B)
    assert (other.status, other.url) == (VideoStatus.FAILED, None)
    body = seal(b'{"_id": "a", "status": 9, "deduction_credit": 2.5, "more": [1]}', 1700000000000, **B)
    event = open_webhook(body, **B)
    assert (event.status, event.deduction_credit, event.raw["more"]) == (9, 2.5, [1])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BODY_A, "signature": "a56ebe058d5f551638b3a95ededdfafaad0599df"}, "signature"),
        ({**BODY_A, "nonce": "1530"}, "signature"),
        ({**BODY_A, "timestamp": 1700000000001}, "signature"),
        (PRINTED, "signature"),
        ({"signature": "x"}, "body"),
        ([], "body"),
        ("", "body"),
        ("{", "body"),
    ],
)
def test_what_is_not_the_services(body: Any, field: str) -> None:
    with pytest.raises(WebhookError) as caught:
        open_webhook(body if isinstance(body, str) else json.dumps(body), **A)
    assert caught.value.field == field
    assert caught.value.status is image2video.Status.WEBHOOK
    assert isinstance(caught.value, ValueError)
    assert A["client_secret"] not in str(caught.value) + repr(caught.value)


def test_another_secret() -> None:
    with pytest.raises(WebhookError) as caught:
        open_webhook(json.dumps(BODY_A), client_id=A["client_id"], client_secret="x" * 24)
    assert caught.value.field == "dataEncrypt"
    for wrong in ("", "x" * 17):
        with pytest.raises(image2video.InvalidArgumentError) as refused:
            open_webhook(json.dumps(BODY_A), client_id=A["client_id"], client_secret=wrong)
        assert refused.value.field == "client_secret"
    with pytest.raises(TypeError, match="client_id"):
        open_webhook(b"{}", client_id=None, client_secret="x" * 16)  # type: ignore[arg-type]


def test_age() -> None:
    plain, now = b'{"_id": "a", "status": 2}', round(time.time() * 1000)
    assert open_webhook(seal(plain, now, **A), **A, max_age=60).id == "a"
    for timestamp in (now - 120_000, now + 120_000):
        assert open_webhook(seal(plain, timestamp, **A), **A).id == "a"
        with pytest.raises(WebhookError) as caught:
            open_webhook(seal(plain, timestamp, **A), **A, max_age=60)
        assert caught.value.field == "timestamp"
    with pytest.raises(image2video.InvalidArgumentError) as refused:
        open_webhook(b"{}", **A, max_age=-1)
    assert refused.value.field == "max_age"


def test_no_change_of_a_body_gets_through() -> None:
    """A body changed anywhere is refused; what counts is what is signed, so the JSON's spaces may change."""
    random.seed(5)
    body = json.dumps(BODY_A, separators=(",", ":")).encode()
    plain = open_webhook(body, **A)
    refused = 0
    for _ in range(2000):
        changed = bytearray(body)
        changed[random.randrange(len(changed))] = random.randrange(256)
        if bytes(changed) == body:
            continue
        try:
            event = open_webhook(bytes(changed), **A)
        except WebhookError:
            refused += 1
        else:
            assert event == plain
            assert json.loads(changed) == BODY_A
    assert refused > 1900


class Receiver:
    """Opens webhooks as a program would, and hands them on."""

    def __init__(self) -> None:
        self.client: image2video.Client | None = None
        self.events: list[WebhookEvent] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = open_webhook(body, **SANDBOX, max_age=60)
                receiver.events.append(event)
                if receiver.client is not None:
                    receiver.client.notify(event)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def test_a_webhook_has_its_job_looked_at(
    sandbox: Sandbox, picture: str, receiver: Receiver, make_client: MakeClient
) -> None:
    """A client whose next poll is minutes away hears of the end long before."""
    client = make_client(base_url=sandbox.url, poll_interval=(600, 600))
    receiver.client = client
    job = client.submit(picture, "a", webhookurl=receiver.url)
    video = job.wait(HANG)
    assert video.status is VideoStatus.COMPLETED
    assert sandbox.stats["requests"]["results"] <= 3
    # One webhook may overtake another.
    wait_until(lambda: VideoStatus.COMPLETED in [event.status for event in receiver.events])
    assert {event.id for event in receiver.events} == {job.id}
    last = next(event for event in receiver.events if event.status is VideoStatus.COMPLETED)
    assert last.url == video.video_url
    # About a video that nobody waits for it changes nothing.
    before = sandbox.stats["requests"]["results"]
    client.notify(last)
    client.dispatch(0.2)
    assert sandbox.stats["requests"]["results"] == before


def test_a_webhook_is_not_believed(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url, poll_interval=(30, 60))
    sandbox.fault("results", times=-1, row={"status": 2, "video_url": None})
    job = client.submit(picture, "a")
    while job.id is None:
        client.dispatch(1)
    plain = json.dumps({"_id": job.id, "status": 3, "url": "http://127.0.0.1:9/evil.mp4"}).encode()
    client.notify(open_webhook(seal(plain, round(time.time() * 1000), **A), **A))
    end = time.monotonic() + HANG
    while sandbox.stats["requests"]["results"] == 0:
        assert time.monotonic() < end
        client.dispatch(0.05)
    client.dispatch(0.3)
    assert not job.done
    assert job.video is not None
    assert job.video.video_url is None


def test_notify_needs_an_open_client(make_client: MakeClient) -> None:
    client = make_client()
    event = open_webhook(json.dumps(BODY_A), **A)
    client.notify(event)
    client.close()
    with pytest.raises(image2video.ClosedError):
        client.notify(event)
    assert event.id is not None
