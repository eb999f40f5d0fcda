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

from support import AUDIO, BATCH, CREATE, Sandbox, batch, create, program, single

CLIENT_ID = "sandbox-client-id"
SECRET = "sandbox-client-secret-24"
NOWHERE = "http://127.0.0.1:9/none.png"
# A second of queueing: a picture that cannot be had is known by then, and status 4 is all there is to tell.
PATIENT = ("--speed", "40", "--job-seconds", "400")


class Receiver:
    """Takes webhooks and answers with the statuses it was given, then with 200."""

    def __init__(self, *answers, headers=None):
        self.calls = []
        answers = list(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.calls.append((time.monotonic(), handler.path, handler.headers, json.loads(body)))
                handler.send_response(answers.pop(0) if answers else 200)
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

    def wait(self, count, seconds=15):
        deadline = time.monotonic() + seconds
        while len(self.calls) < count:
            assert time.monotonic() < deadline, f"{len(self.calls)} calls instead of {count}"
            time.sleep(0.02)
        return [opened(body) for _, _, _, body in self.calls]


def opened(body, client_id=CLIENT_ID, secret=SECRET):
    """What is inside a webhook, after its signature was checked."""
    assert set(body) == {"signature", "dataEncrypt", "timestamp", "nonce"}
    parts = sorted([client_id, str(body["timestamp"]), str(body["nonce"]), body["dataEncrypt"]])
    assert body["signature"] == hashlib.sha1("".join(parts).encode()).hexdigest()
    assert isinstance(body["timestamp"], int) and abs(body["timestamp"] - time.time() * 1000) < 60_000
    vector = client_id.encode()[:16].ljust(16, b"\0")
    cipher = f"-aes-{len(secret) * 8}-cbc"
    command = ["openssl", "enc", "-d", cipher, "-K", secret.encode().hex(), "-iv", vector.hex()]
    data = base64.b64decode(body["dataEncrypt"], validate=True)
    return json.loads(subprocess.run(command, input=data, check=True, capture_output=True).stdout)


def settled(sandbox, count):
    """The sandbox's record, once it has no webhook under way."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        records = sandbox.get("/_sandbox/webhooks")
        if len(records) == count and all(record["state"] != "waiting" for record in records):
            return records
        time.sleep(0.02)
    raise AssertionError(f"webhooks are still at {records}")


@pytest.fixture(scope="module")
def patient_server():
    sandbox = Sandbox(*PATIENT)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def patient(patient_server):
    patient_server.send("POST", "/_sandbox/reset")
    return patient_server


def test_a_webhook_tells_of_the_work_and_of_the_video(sandbox, pictures):
    with Receiver() as receiver:
        job = create(sandbox, pictures["landscape"], webhookurl=receiver.url)
        assert job["webhookUrl"] == receiver.url
        begun, done = receiver.wait(2)
        records = settled(sandbox, 2)
    assert begun == {"_id": job["_id"], "status": 2, "type": "image2video"}
    row = sandbox.finished(job["_id"])
    assert done == {
        "_id": job["_id"], "status": 3, "type": "image2video", "url": row["video_url"], "deduction_credit": 20
    }  # fmt: skip
    assert row["webhookUrl"] == receiver.url
    assert sandbox.send("HEAD", urllib.parse.urlsplit(done["url"]).path)[0] == 200
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


def test_a_webhook_tells_of_a_failure(patient):
    with Receiver() as receiver:
        job = create(patient, NOWHERE, webhookurl=receiver.url)["_id"]
        (failed,) = [content for content in receiver.wait(1) if content["status"] == 4]
        time.sleep(0.2)
        assert failed == {"_id": job, "status": 4, "type": "image2video"} and len(receiver.calls) == 1


def test_every_video_of_a_batch_has_its_webhook(sandbox, pictures):
    with Receiver() as receiver:
        body = batch(pictures["landscape"], count=3, webhookurl=receiver.url)
        ids = {row["_id"] for row in sandbox.post(BATCH, body)["data"]["successList"]}
        contents = receiver.wait(6)
    assert sorted((content["_id"], content["status"]) for content in contents) == sorted(
        (job, status) for job in ids for status in (2, 3)
    )


def test_only_200_counts(patient):
    with Receiver(500, 204, 302) as receiver:
        create(patient, NOWHERE, webhookurl=receiver.url)
        first, *others = receiver.wait(4)
        (record,) = settled(patient, 1)
    assert others == [first] * 3
    assert (record["state"], record["attempts"], record["last_answer"]) == ("delivered", 4, 200)
    times = [at for at, *_ in receiver.calls]
    pauses = [later - earlier for earlier, later in zip(times, times[1:])]
    # 5, 10 and 20 s at a speed of 40.
    assert all(pause >= least for pause, least in zip(pauses, (0.12, 0.24, 0.48)))


def test_a_redirect_is_not_followed(patient):
    with Receiver() as target, Receiver(*[307] * 2, headers={"Location": target.url}) as receiver:
        create(patient, NOWHERE, webhookurl=receiver.url)
        receiver.wait(3)
        settled(patient, 1)
        assert target.calls == []


def test_attempts_end():
    fast = Sandbox("--speed", "500", "--job-seconds", "5000")
    try:
        create(fast, NOWHERE, webhookurl="http://127.0.0.1:9/nobody")
        for record in settled(fast, 2):
            assert (record["state"], record["attempts"]) == ("given up", 8)
            assert "no answer" in record["last_answer"]
    finally:
        fast.stop()


@pytest.mark.parametrize("url", ["https://example.invalid/hook", "http://127.0.0.1.example.invalid/", "hook"])
def test_other_machines_are_never_called(patient, url):
    job = create(patient, NOWHERE, webhookurl=url)
    assert job["webhookUrl"] == url
    patient.finished(job["_id"])
    (record,) = settled(patient, 1)
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
        assert len(receiver.calls) == seen


@pytest.mark.parametrize("secret", ["16 bytes of text", "thirty-two bytes are a longer key"[:32]])
def test_other_secrets(secret):
    other = Sandbox(*PATIENT, "--client-id", "short", "--client-secret", secret)
    try:
        with Receiver() as receiver:
            job = other.post(CREATE, single(NOWHERE, webhookurl=receiver.url))["data"]["_id"]
            settled(other, 1)
            content = opened(receiver.calls[0][3], "short", secret)
            assert (content["_id"], content["status"]) == (job, 4)
    finally:
        other.stop()


def test_a_secret_that_is_no_key_is_refused():
    run = subprocess.run([program(), "--client-secret", "short"], capture_output=True, text=True, timeout=10)
    assert run.returncode != 0 and "16, 24 or 32 bytes" in run.stderr
