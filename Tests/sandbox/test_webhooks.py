"""Webhooks, received, verified and opened as a client would."""

import base64
import hashlib
import http.server
import json
import subprocess
import threading
import time
import urllib.parse

import pytest

from support import AUDIO, BATCH, CREATE, HANG, Sandbox, batch, create, program, single

CLIENT_ID = "sandbox-client-id"
SECRET = "sandbox-client-secret-24"
NOWHERE = "http://127.0.0.1:9/none.png"


class Receiver:
    """Takes webhooks; each is answered with the given statuses, one an attempt, and then with 200."""

    def __init__(self, *answers, headers=None):
        self.calls = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                earlier = self.attempts(json.loads(body))
                self.calls.append((time.monotonic(), handler.path, handler.headers, json.loads(body)))
                handler.send_response(answers[len(earlier)] if len(earlier) < len(answers) else 200)
                for name, value in (headers or {}).items():
                    handler.send_header(name, value)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?job=7"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def attempts(self, body):
        """When this very webhook came."""
        return [at for at, _, _, seen in self.calls if seen == body]

    def wait(self, count, read=None):
        read = read or opened
        deadline = time.monotonic() + HANG
        while len(self.calls) < count:
            assert time.monotonic() < deadline, f"{len(self.calls)} calls instead of {count}"
            time.sleep(0.02)
        return [read(body) for _, _, _, body in self.calls]


def opened(body, client_id=CLIENT_ID, secret=SECRET):
    """What is inside a webhook, after its signature was checked."""
    return json.loads(unsealed(body, client_id, secret))


def unsealed(body, client_id=CLIENT_ID, secret=SECRET):
    """The same, byte by byte."""
    assert set(body) == {"signature", "dataEncrypt", "timestamp", "nonce"}
    parts = sorted([client_id, str(body["timestamp"]), str(body["nonce"]), body["dataEncrypt"]])
    assert body["signature"] == hashlib.sha1("".join(parts).encode()).hexdigest()
    assert isinstance(body["timestamp"], int)
    vector = client_id.encode()[:16].ljust(16, b"\0")
    cipher = f"-aes-{len(secret) * 8}-cbc"
    command = ["openssl", "enc", "-d", cipher, "-K", secret.encode().hex(), "-iv", vector.hex()]
    data = base64.b64decode(body["dataEncrypt"], validate=True)
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def settled(sandbox, count=1):
    """The sandbox's record, once `count` jobs have ended and no webhook is under way."""
    deadline = time.monotonic() + HANG
    while time.monotonic() < deadline:
        records = sandbox.get("/_sandbox/webhooks")
        ends = [record for record in records if record["status"] in (3, 4)]
        if len(ends) == count and all(record["state"] != "waiting" for record in records):
            return records
        time.sleep(0.02)
    raise AssertionError(f"webhooks are still at {records}")


# Computed for this project with two independent crypto libraries.
VECTORS = [
    (
        "ID-0123456789abc",
        "secret-24-chars-ABCDEFGH",
        {
            "timestamp": 1700000000000,
            "nonce": "1529",
            "dataEncrypt": "g57By4Ps7BB47YSSX7Xxnj24jv54EG+doaYj6ZMGQNqACxCGyTGG6IPxERwNJ8rvgY9H3fw2Fo2PefktmEy8vB1"
            "++UA+mXeelQ2yWI57tobhjLaDEGM143HJgL2cAS+HFO2UP2DZVeJAJL6VTYW5pw==",
            "signature": "a56ebe058d5f551638b3a95ededdfafaad0599de",
        },
        {
            "_id": "6891abe782f7cd2a890c44ba",
            "status": 3,
            "type": "image2video",
            "url": "https://example.invalid/v.mp4",
        },
    ),
    (
        "ID-0123456789abcdefghij=",
        "secret-32-chars-ABCDEFGHIJKLMNOP",
        {
            "timestamp": 1700000000001,
            "nonce": 9047,
            "dataEncrypt": "3Fhpt/+yA/9Mql40iQCH6M8PiPSJvyWuITzzw2w+su5za1P+on8EOSrDis0HX5trxfTk0LpJddkFkOSiBHnlJ5r3"
            "Ly1gTVDoy4lvCW0Rlyc=",
            "signature": "01fb10028903918b2cefdfc3033dd673cc55443d",
        },
        {"_id": "6891abe782f7cd2a890c44ba", "status": 4, "type": "image2video"},
    ),
]


@pytest.mark.parametrize("client_id, secret, body, content", VECTORS)
def test_webhooks_are_opened_here_as_they_should_be(client_id, secret, body, content):
    """What these tests hold the sandbox to is itself held to vectors."""
    assert opened(body, client_id, secret) == content
    with pytest.raises(AssertionError):
        opened({**body, "nonce": "1530"}, client_id, secret)


def test_a_webhook_tells_of_the_work_and_of_the_video(sandbox, pictures):
    with Receiver() as receiver:
        before = time.time() * 1000
        job = create(sandbox, pictures["landscape"], webhookurl=receiver.url)
        assert job["webhookUrl"] == receiver.url
        # Each comes on a connection of its own, so that one may overtake the other.
        begun, done = sorted(receiver.wait(2), key=lambda content: content["status"])
        records = settled(sandbox)
    assert begun == {"_id": job["_id"], "status": 2, "type": "image2video"}
    row = sandbox.finished(job["_id"])
    assert done == {
        "_id": job["_id"], "status": 3, "type": "image2video", "url": row["video_url"], "deduction_credit": 20
    }  # fmt: skip
    assert row["webhookUrl"] == receiver.url
    assert sandbox.send("HEAD", urllib.parse.urlsplit(done["url"]).path)[0] == 200
    assert all(before - 1 <= body["timestamp"] <= time.time() * 1000 + 1 for _, _, _, body in receiver.calls)
    assert receiver.calls[0][1] == "/hook?job=7"
    assert receiver.calls[0][2]["Content-Type"] == "application/json"
    assert {type(body["nonce"]) for _, _, _, body in receiver.calls} == {int, str}
    assert [record["content"] for record in records] == [begun, done]
    assert [(r["id"], r["url"], r["status"], r["state"], r["attempts"], r["last_answer"]) for r in records] == [
        (job["_id"], receiver.url, status, "delivered", 1, 200) for status in (2, 3)
    ]


def test_results_agree_with_a_webhook_when_it_comes(sandbox, pictures):
    with Receiver() as receiver:
        job = create(sandbox, pictures["landscape"], webhookurl=receiver.url)["_id"]
        for count in (1, 2):
            told = receiver.wait(count)[-1]["status"]
            assert sandbox.results(job)[0]["status"] >= told


def test_a_webhook_tells_of_a_failure(sandbox):
    with Receiver() as receiver:
        job = create(sandbox, NOWHERE, webhookurl=receiver.url)["_id"]
        settled(sandbox)
        contents = sorted(receiver.wait(1), key=lambda content: content["status"])
    # A failure that is known before the work begins leaves nothing else to tell.
    assert contents[-1] == {"_id": job, "status": 4, "type": "image2video"}
    assert [content["status"] for content in contents[:-1]] in ([], [2])


def test_every_video_of_a_batch_has_its_webhook(sandbox, pictures):
    with Receiver() as receiver:
        body = batch(pictures["landscape"], count=3, webhookurl=receiver.url)
        ids = {row["_id"] for row in sandbox.post(BATCH, body)["data"]["successList"]}
        contents = receiver.wait(6)
    assert sorted((content["_id"], content["status"]) for content in contents) == sorted(
        (job, status) for job in ids for status in (2, 3)
    )


def test_only_200_counts(sandbox):
    with Receiver(500, 204, 302) as receiver:
        create(sandbox, NOWHERE, webhookurl=receiver.url)
        records = settled(sandbox)
    for record in records:
        assert (record["state"], record["attempts"], record["last_answer"]) == ("delivered", 4, 200)
    bodies = [body for _, _, _, body in receiver.calls]
    assert len(bodies) == 4 * len(records)
    times = receiver.attempts(bodies[0])
    pauses = [later - earlier for earlier, later in zip(times, times[1:])]
    # 5, 10 and 20 s at a speed of 40.
    assert len(pauses) == 3 and all(pause >= least for pause, least in zip(pauses, (0.12, 0.24, 0.48)))


def test_a_redirect_is_not_followed(sandbox):
    with Receiver() as target, Receiver(307, 301, headers={"Location": target.url}) as receiver:
        create(sandbox, NOWHERE, webhookurl=receiver.url)
        assert {record["attempts"] for record in settled(sandbox)} == {3}
        assert target.calls == []


def test_attempts_end():
    fast = Sandbox("--speed", "500")
    try:
        create(fast, NOWHERE, webhookurl="http://127.0.0.1:9/nobody")
        for record in settled(fast):
            assert (record["state"], record["attempts"]) == ("given up", 8)
            assert "no answer" in record["last_answer"]
    finally:
        fast.stop()


@pytest.mark.parametrize("url", ["https://example.invalid/hook", "http://127.0.0.1.example.invalid/", "hook"])
def test_other_machines_are_never_called(sandbox, url):
    assert create(sandbox, NOWHERE, webhookurl=url)["webhookUrl"] == url
    for record in settled(sandbox):
        assert (record["state"], record["attempts"], record["url"]) == ("not called", 0, url)


def test_no_address_no_webhook(sandbox, pictures):
    old = create(sandbox, pictures["landscape"], webhookurl="")["_id"]
    sandbox.finished(old)
    time.sleep(0.1)
    assert sandbox.get("/_sandbox/webhooks") == []


def test_new_sound_has_no_webhook_of_its_own(sandbox, pictures):
    with Receiver() as receiver:
        old = create(sandbox, pictures["landscape"], webhookurl=receiver.url)["_id"]
        receiver.wait(2)
        new = sandbox.post(AUDIO, {"pre_video_id": old, "audio_type": 1})["data"]
        assert new["webhookUrl"] == ""
        sandbox.finished(new["_id"])
        time.sleep(0.2)
        assert len(receiver.calls) == 2


def test_a_reset_calls_no_more(sandbox):
    with Receiver(*[500] * 8) as receiver:
        create(sandbox, NOWHERE, webhookurl=receiver.url)
        receiver.wait(2)
        sandbox.send("POST", "/_sandbox/reset")
        assert sandbox.get("/_sandbox/webhooks") == []
        seen = len(receiver.calls)
        time.sleep(1)
        # One may have been under way; all that were left would be more.
        assert len(receiver.calls) <= seen + 1


@pytest.mark.parametrize("secret", ["16 bytes of text", "thirty-two bytes are a longer key"[:32]])
def test_other_secrets(secret):
    other = Sandbox("--speed", "40", "--client-id", "short", "--client-secret", secret)
    try:
        with Receiver() as receiver:
            job = other.post(CREATE, single(NOWHERE, webhookurl=receiver.url))["data"]["_id"]
            settled(other)
            contents = [opened(body, "short", secret) for _, _, _, body in receiver.calls]
            assert (job, 4) in [(content["_id"], content["status"]) for content in contents]
    finally:
        other.stop()


def test_a_secret_that_is_no_key_is_refused():
    run = subprocess.run([program(), "--client-secret", "short"], capture_output=True, text=True, timeout=HANG)
    assert run.returncode != 0 and "16, 24 or 32 bytes" in run.stderr
