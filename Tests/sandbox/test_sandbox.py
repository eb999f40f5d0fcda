"""Tests of the sandbox as a client sees it: over HTTP, against the built program.

Set I2V_SANDBOX to the path of the executable. Needs ffmpeg and ffprobe.
"""

import email.utils
import functools
import http.client
import http.server
import json
import os
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest

API = "/api/open/v4/image2Video"
CREATE = f"{API}/createBySourcePrompt"
BATCH = f"{CREATE}/batch"
RESULTS = f"{API}/resultsByIds"
KEY = {"x-api-key": "sandbox-key"}

CREATED_FIELDS = set(
    "create_time uid team_id status webhookUrl resolution file_name effect_name _id image_url prompt "
    "negative_prompt extend_prompt audio_type audio_url deduction_credit effect_code".split()
)
BATCHED_FIELDS = set(
    "_id create_time uid team_id status webhookUrl resolution file_name effect_name image_url prompt "
    "negative_prompt extend_prompt last_image_url deduction_credit model_name batch_id batch_count".split()
)
RESULT_FIELDS = set(
    "_id create_time uid team_id update_time video_duration webhookUrl file_name effect_name image_url "
    "prompt resolution audio_type audio_url deduction_credit effect_code status only_add_audio".split()
)


class QuietFileHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Sandbox:
    """A running sandbox and the calls a test makes on it."""

    def __init__(self, *options, environment=None):
        program = os.environ.get("I2V_SANDBOX")
        if not program:
            pytest.fail("set I2V_SANDBOX to the path of the Sandbox executable")
        # A proxy that is not there: nothing the sandbox fetches may go through one.
        environment = dict(os.environ, http_proxy="http://127.0.0.1:9", **(environment or {}))
        self.process = subprocess.Popen(
            [program, *options], stdout=subprocess.PIPE, text=True, env=environment
        )
        self.line = self.process.stdout.readline()
        self.url = self.line.split()[-1]
        self.address = urllib.parse.urlsplit(self.url).netloc

    def stop(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        rest = self.process.stdout.read()
        return self.process.wait(timeout=10), rest

    def send(self, method, path, body=None, headers=None, timeout=15):
        """Returns (HTTP status, headers, body as bytes). A fresh connection each time."""
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def post(self, path, body, headers=KEY, **options):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return json.loads(self.send("POST", path, data, headers, **options)[2])

    def get(self, path):
        return json.loads(self.send("GET", path)[2])

    def upload(self, name, content):
        return self.post(f"/_sandbox/upload?name={urllib.parse.quote(name)}", content, {})["url"]

    def stats(self):
        return self.get("/_sandbox/stats")

    def fault(self, *rules):
        status, _, body = self.send("POST", "/_sandbox/faults", json.dumps(rules))
        assert status == 200, body

    def results(self, *ids):
        return self.post(RESULTS, {"_ids": ",".join(ids)})["data"]["result"]

    def finished(self, job, seconds=20):
        """Polls until a job is completed or failed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            (row,) = self.results(job)
            if row["status"] in (3, 4):
                return row
            time.sleep(0.05)
        raise AssertionError(f"job {job} is still at {row}")


@pytest.fixture(scope="module")
def server():
    sandbox = Sandbox("--speed", "40")
    yield sandbox
    assert sandbox.stop() == (0, "")


@pytest.fixture
def sandbox(server):
    server.send("POST", "/_sandbox/reset")
    return server


def draw(path, size):
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={size}", "-frames:v", "1", path]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def picture_file(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("picture") / "tall cat.jpg", "300x500")


@pytest.fixture(scope="module")
def pictures(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    sizes = {"landscape": "640x400", "portrait": "400x640", "square": "480x480"}
    files = {name: draw(folder / f"{name}.png", size).read_bytes() for name, size in sizes.items()}
    return {name: server.upload(f"{name}.png", content) for name, content in files.items()}


def single(picture, **changes):
    body = {
        "image_url": picture,
        "prompt": "The camera slowly moves on",
        "negative_prompt": "",
        "resolution": "720p",
        "audio_type": 3,
        "video_length": 5,
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def batch(picture, **changes):
    body = {
        "image_url": picture,
        "prompt": "The camera slowly moves on",
        "model_name": "some-model/v1",
        "resolution": "720p",
        "video_length": 5,
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def create(sandbox, picture, **changes):
    reply = sandbox.post(CREATE, single(picture, **changes))
    assert reply["code"] == 1000, reply
    return reply["data"]


def probe(sandbox, url, tmp_path):
    path = tmp_path / "video.mp4"
    path.write_bytes(sandbox.send("GET", urllib.parse.urlsplit(url).path)[2])
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return report["format"], {stream["codec_type"]: stream for stream in report["streams"]}


@pytest.fixture
def video(sandbox, pictures):
    """The path and content of a finished video."""
    row = sandbox.finished(create(sandbox, pictures["landscape"])["_id"])
    path = urllib.parse.urlsplit(row["video_url"]).path
    return path, sandbox.send("GET", path)[2]


# --- replies -----------------------------------------------------------------------------------------------


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
    assert [row["deduction_credit"] for row in rows] == [10] * 3
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


# --- credentials and validation ----------------------------------------------------------------------------


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


def test_a_body_that_is_no_json(sandbox):
    assert sandbox.post(CREATE, b"{nonsense")["code"] == 1003


def test_an_effect_stands_in_for_the_prompt(sandbox, pictures):
    data = create(sandbox, pictures["landscape"], prompt=None, effect_code="squish_89244231312")
    assert (data["prompt"], data["effect_name"]) == ("", "Squish")


# --- jobs and videos ---------------------------------------------------------------------------------------


def test_status_goes_from_queueing_over_processing_to_completed(sandbox, pictures):
    job = create(sandbox, pictures["landscape"])["_id"]
    seen = []
    started = time.monotonic()
    while not seen or seen[-1] != 3:
        assert time.monotonic() - started < 10
        (row,) = sandbox.results(job)
        assert ("video_url" in row) == (row["status"] == 3)
        if row["status"] not in seen[-1:]:
            seen.append(row["status"])
        time.sleep(0.01)
    assert seen == [1, 2, 3]
    # 40 s at a speed of 40.
    assert time.monotonic() - started > 0.95


@pytest.mark.parametrize(
    "picture, changes, size",
    [
        ("landscape", {"audio_type": 1, "prompt": "zoom out from the scene"}, (1280, 720)),
        ("portrait", {"video_length": 10, "prompt": "pan left"}, (720, 1280)),
        ("square", {"resolution": "1080p", "prompt": "rotate"}, (1080, 1080)),
        ("landscape", {"resolution": "4k", "prompt": "tilt up"}, (3840, 2160)),
    ],
)
def test_videos_are_what_was_asked_for(sandbox, pictures, tmp_path, picture, changes, size):
    row = sandbox.finished(create(sandbox, pictures[picture], **changes)["_id"])
    length = changes.get("video_length", 5)
    about, streams = probe(sandbox, row["video_url"], tmp_path)
    video = streams["video"]
    assert (video["width"], video["height"]) == size
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert float(video["duration"]) == pytest.approx(length, abs=0.01)
    assert float(about["duration"]) == pytest.approx(length, abs=0.05)
    assert ("audio" in streams) == (changes.get("audio_type") == 1)
    if "audio" in streams:
        assert streams["audio"]["codec_name"] == "aac"


def test_a_batch_fades_into_its_last_picture_at_a_model_s_resolution(sandbox, pictures, tmp_path):
    body = batch(
        pictures["landscape"], last_image_url=pictures["portrait"], resolution="480P", video_length=6, count=2
    )
    jobs = [row["_id"] for row in sandbox.post(BATCH, body)["data"]["successList"]]
    rows = [sandbox.finished(job) for job in jobs]
    assert rows[0]["video_url"] != rows[1]["video_url"]
    about, streams = probe(sandbox, rows[0]["video_url"], tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (854, 480)
    assert float(about["duration"]) == pytest.approx(6, abs=0.01)


def test_uploaded_sound_is_used(sandbox, pictures, tmp_path):
    path = tmp_path / "beep.mp3"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=2", path]
    subprocess.run(command, check=True)
    sound = sandbox.upload("beep.mp3", path.read_bytes())
    row = sandbox.finished(create(sandbox, pictures["landscape"], audio_type=2, audio_url=sound)["_id"])
    _, streams = probe(sandbox, row["video_url"], tmp_path)
    assert streams["audio"]["codec_name"] == "aac"
    assert float(streams["audio"]["duration"]) == pytest.approx(5, abs=0.05)


def test_equal_jobs_are_rendered_once(sandbox, pictures):
    jobs = [create(sandbox, pictures["landscape"], prompt="zoom in")["_id"] for _ in range(30)]
    started = time.monotonic()
    rows = [sandbox.finished(job) for job in jobs]
    assert time.monotonic() - started < 5
    assert len({row["video_url"] for row in rows}) == 30
    tags = {sandbox.send("HEAD", urllib.parse.urlsplit(row["video_url"]).path)[1]["ETag"] for row in rows}
    assert len(tags) == 1


def test_a_picture_out_of_reach_gets_a_placeholder(sandbox, tmp_path):
    row = sandbox.finished(create(sandbox, "https://example.invalid/cat.png")["_id"])
    _, streams = probe(sandbox, row["video_url"], tmp_path)
    assert streams["video"]["width"] == 1280


def test_a_picture_on_this_machine_is_fetched(sandbox, picture_file, tmp_path):
    handler = functools.partial(QuietFileHandler, directory=picture_file.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        threading.Thread(target=files.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{files.server_address[1]}"
        urls = [f"{origin}/{urllib.parse.quote(name)}" for name in (picture_file.name, "missing.png")]
        good, missing = [sandbox.finished(create(sandbox, url)["_id"]) for url in urls]
        files.shutdown()
    assert (good["status"], missing["status"]) == (3, 4) and "image_url" in missing["error_reason"]
    _, streams = probe(sandbox, good["video_url"], tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (720, 1280)


def test_a_job_fails_when_its_picture_is_unreadable(sandbox):
    for url in [sandbox.upload("not.png", b"not a picture"), "http://127.0.0.1:9/cat.png"]:
        row = sandbox.finished(create(sandbox, url)["_id"])
        assert row["status"] == 4 and row["error_reason"] and "video_url" not in row


# --- files -------------------------------------------------------------------------------------------------


def test_download_headers(sandbox, video):
    path, content = video
    status, headers, body = sandbox.send("HEAD", path)
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == str(len(content))
    assert headers["Content-Type"] == "video/mp4" and headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"] and email.utils.parsedate_to_datetime(headers["Last-Modified"])
    # Faststart: the index comes before the data.
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_ranges(sandbox, video):
    path, content = video
    size = len(content)
    for asked, first, last in [
        ("bytes=0-0", 0, 0),
        (f"bytes=1000-{size + 5}", 1000, size - 1),
        (f"bytes={size - 10}-", size - 10, size - 1),
        ("bytes=-100", size - 100, size - 1),
    ]:
        status, headers, body = sandbox.send("GET", path, headers={"Range": asked})
        assert status == 206 and body == content[first : last + 1]
        assert headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert headers["Content-Length"] == str(last - first + 1)
    status, headers, _ = sandbox.send("GET", path, headers={"Range": f"bytes={size}-"})
    assert status == 416 and headers["Content-Range"] == f"bytes */{size}"
    status, _, body = sandbox.send("GET", path, headers={"Range": "lines=1-2"})
    assert status == 200 and body == content


def test_if_range(sandbox, video):
    path, content = video
    headers = sandbox.send("HEAD", path)[1]
    for condition, status in [(headers["ETag"], 206), (headers["Last-Modified"], 206), ('"other"', 200)]:
        answer = sandbox.send("GET", path, headers={"Range": "bytes=5-", "If-Range": condition})
        assert answer[0] == status
        assert answer[2] == (content[5:] if status == 206 else content)


def test_uploads(sandbox):
    content = bytes(range(256)) * 40
    url = sandbox.upload("../some/evil name<>.png", content)
    name = url.rpartition("/")[2]
    assert name.endswith("-evil_name__.png")
    status, headers, body = sandbox.send("GET", f"/uploads/{name}")
    assert (status, body, headers["Content-Type"]) == (200, content, "image/png")
    assert sandbox.upload("../some/evil name<>.png", content) == url
    for path in ["/uploads/nothing.png", "/uploads/..%2f..%2fetc%2fpasswd", "/videos/1-1.mp4"]:
        assert sandbox.send("GET", path)[0] == 404
    assert sandbox.send("POST", "/_sandbox/upload?name=x", b"")[0] == 400


def test_status_page(sandbox, pictures):
    job = create(sandbox, pictures["landscape"])["_id"]
    status, headers, body = sandbox.send("GET", "/")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert b"no AI model" in body and b"http://" not in body and b"https://" not in body
    sandbox.finished(job)
    (shown,) = sandbox.get("/_sandbox/jobs")["jobs"]
    assert (shown["id"], shown["status"], shown["progress"]) == (job, 3, 1)
    assert sandbox.send("HEAD", shown["video"])[0] == 200
    assert sandbox.send("GET", shown["picture"])[2].startswith(b"\x89PNG")


# --- control -----------------------------------------------------------------------------------------------


def test_counters(sandbox, pictures):
    create(sandbox, pictures["landscape"])
    sandbox.post(CREATE, {})
    sandbox.post(BATCH, batch(pictures["landscape"], count=2))
    sandbox.results("0" * 24)
    sandbox.upload("x.txt", b"x")
    sandbox.send("GET", "/videos/1-1.mp4")
    assert sandbox.stats() == {
        "requests": {"create": 2, "batch": 1, "results": 1, "video": 1, "upload": 1, "other": 0},
        "total_api": 4,
        "creates_processed": 2,
        "videos_created": 3,
        "credits_left": 1_000_000 - 30,
        "credits_charged": 30,
        "connections": 5,
    }


def test_recorded_requests(sandbox):
    before = time.time() * 1000
    sandbox.post(RESULTS, {"_ids": "abc"})
    sandbox.post(CREATE, b"plain text")
    sandbox.send("GET", "/videos/1-1.mp4?x=1")
    first, second, third = sandbox.get("/_sandbox/requests")
    assert (first["route"], first["method"], first["path"]) == ("results", "POST", RESULTS)
    assert first["body"] == {"_ids": "abc"} and first["headers"]["x-api-key"] == "sandbox-key"
    assert before - 1 <= first["at"] <= time.time() * 1000 + 1
    assert (second["route"], second["body"]) == ("create", "plain text")
    assert (third["route"], third["path"]) == ("video", "/videos/1-1.mp4?x=1")
    assert third["headers"]["host"] == sandbox.address and "x-api-key" not in third["headers"]


def test_reset(sandbox, pictures):
    job = create(sandbox, pictures["landscape"])["_id"]
    sandbox.fault({"route": "*", "times": -1, "code": 1015})
    sandbox.send("POST", "/_sandbox/reset")
    assert sandbox.results(job) == []
    stats = sandbox.stats()
    assert (stats["creates_processed"], stats["credits_left"], stats["total_api"]) == (0, 1_000_000, 1)
    assert len(sandbox.get("/_sandbox/requests")) == 1


# --- faults ------------------------------------------------------------------------------------------------


def test_fault_code_before_and_after(sandbox, pictures):
    sandbox.fault(
        {"route": "create", "code": 1005, "msg": "operation is too frequent"},
        {"route": "create", "when": "after", "code": 1015},
    )
    reply = sandbox.post(CREATE, single(pictures["landscape"]))
    assert (reply["code"], reply["msg"]) == (1005, "operation is too frequent")
    assert sandbox.stats()["creates_processed"] == 0
    assert sandbox.post(CREATE, single(pictures["landscape"]))["code"] == 1015
    assert sandbox.stats()["creates_processed"] == 1
    assert sandbox.post(CREATE, single(pictures["landscape"]))["code"] == 1000


def test_fault_times_skip_and_probability(sandbox):
    sandbox.fault({"route": "results", "skip": 1, "times": 2, "code": 1})
    codes = [sandbox.post(RESULTS, {"_ids": ""})["code"] for _ in range(4)]
    assert codes == [1000, 1, 1, 1000]
    sandbox.fault({"route": "*", "times": -1, "probability": 0.5, "code": 1})
    codes = [sandbox.post(RESULTS, {"_ids": ""})["code"] for _ in range(60)]
    assert set(codes) == {1, 1000}
    sandbox.fault({"route": "*", "probability": 0, "code": 1})
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000


def test_fault_reply(sandbox):
    reply = {"status": 429, "headers": {"Retry-After": "7"}, "body": "<html>slow down</html>"}
    sandbox.fault({"route": "results", "reply": reply})
    status, headers, body = sandbox.send("POST", RESULTS, "{}", KEY)
    assert (status, headers["Retry-After"], body) == (429, "7", b"<html>slow down</html>")


def test_fault_latency(sandbox):
    sandbox.fault({"route": "results", "latency_ms": 300})
    started = time.monotonic()
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000
    assert time.monotonic() - started >= 0.3


def test_fault_hang(sandbox, pictures):
    sandbox.fault({"route": "create", "hang": True}, {"route": "create", "when": "after", "hang": True})
    for processed in (0, 1):
        with pytest.raises(TimeoutError):
            sandbox.post(CREATE, single(pictures["landscape"]), timeout=0.4)
        assert sandbox.stats()["creates_processed"] == processed
    create(sandbox, pictures["landscape"])


def test_fault_close(sandbox, pictures):
    sandbox.fault({"route": "create", "close": True}, {"route": "create", "when": "after", "close": True})
    for processed in (0, 1):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            sandbox.post(CREATE, single(pictures["landscape"]))
        assert sandbox.stats()["creates_processed"] == processed


def test_fault_row(sandbox, pictures):
    sandbox.fault(
        {"route": "results", "row": {"status": 7, "image_url": None, "extra": {"deep": [1]}}},
        {"route": "create", "row": {"_id": None}},
        {"route": "batch", "row": {"deduction_credit": 99}},
    )
    assert "_id" not in create(sandbox, pictures["landscape"])
    rows = sandbox.post(BATCH, batch(pictures["landscape"], count=2))["data"]["successList"]
    assert [row["deduction_credit"] for row in rows] == [99, 99]
    (row,) = sandbox.results(rows[0]["_id"])
    assert (row["status"], row["extra"]) == (7, {"deep": [1]}) and "image_url" not in row
    assert sandbox.results(rows[0]["_id"])[0]["status"] in (1, 2, 3)


def test_fault_omit(sandbox, pictures):
    sandbox.fault(*({"route": route, "omit": True} for route in ("create", "batch", "results")))
    job = sandbox.post(CREATE, single(pictures["landscape"]))
    assert job["code"] == 1000 and "data" not in job
    reply = sandbox.post(BATCH, batch(pictures["landscape"]))
    assert (reply["code"], reply["data"]) == (1000, {"successList": [], "errorList": []})
    assert sandbox.results("0" * 24) == []


@pytest.mark.parametrize("count", [0, 1000, 600_000])
def test_fault_break_after(sandbox, video, count):
    path, content = video
    assert len(content) > 600_000
    sandbox.fault({"route": "video", "break_after": count})
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as caught:
        sandbox.send("GET", path)
    if caught.type is http.client.IncompleteRead:
        partial = caught.value.partial
        assert partial == content[:count] and caught.value.expected == len(content) - count
    assert sandbox.send("GET", path)[2] == content


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"route": "create"}, "exactly one"),
        ({"route": "create", "hang": True, "close": True}, "exactly one"),
        ({"route": "nowhere", "hang": True}, "route"),
        ({"hang": True}, "route"),
        ({"route": "*", "hang": False}, "hang"),
        ({"route": "*", "times": "2", "hang": True}, "times"),
        ({"route": "*", "skip": -1, "hang": True}, "skip"),
        ({"route": "*", "probability": 2, "hang": True}, "probability"),
        ({"route": "*", "when": "later", "hang": True}, "when"),
        ({"route": "*", "latency_ms": -1}, "latency_ms"),
        ({"route": "*", "reply": {"status": 99}}, "status"),
        ({"route": "*", "reply": {"headers": {"a b": "c"}}}, "header"),
        ({"route": "*", "row": 1}, "row"),
        ({"route": "*", "code": 1, "typo": 1}, "typo"),
        ("text", "object"),
    ],
)
def test_malformed_rules(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", "code": 5}, rule]))
    message = json.loads(body)["error"]
    assert status == 400 and message.startswith("rule 1:") and complaint in message
    assert sandbox.post(RESULTS, {"_ids": ""})["code"] == 1000


# --- the program -------------------------------------------------------------------------------------------


def test_options_and_a_clean_end(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    port_file = tmp_path / "port"
    options = (
        f"--port-file {port_file} --prefix /gateway --credits 45 --job-seconds 0 --api-key k --bearer-token t"
    )
    sandbox = Sandbox(*options.split(), environment={"TMPDIR": str(temporary)})
    assert sandbox.line == f"listening on http://127.0.0.1:{port_file.read_text()}\n"
    assert len(list(temporary.iterdir())) == 1

    body = single("https://example.invalid/cat.png", resolution="4k", video_length=5)
    reply = sandbox.post(f"/gateway{CREATE}", body, {"x-api-key": "k"})
    assert reply["code"] == 1000
    refused = sandbox.post(CREATE, body, {"Authorization": "Bearer t"})
    assert refused["code"] == 1006
    stats = sandbox.stats()
    assert (stats["credits_left"], stats["creates_processed"], stats["requests"]["create"]) == (15, 1, 2)

    # Ended in the middle of a render.
    assert sandbox.stop(signal.SIGINT) == (0, "")
    assert list(temporary.iterdir()) == []


def test_a_named_folder_stays_and_is_used_again(tmp_path, picture_file):
    folder = tmp_path / "data"
    options = ("--data", str(folder), "--job-seconds", "0")
    files = []
    for _ in range(2):
        sandbox = Sandbox(*options)
        url = sandbox.upload("cat.png", picture_file.read_bytes())
        row = sandbox.finished(create(sandbox, url)["_id"])
        assert row["status"] == 3
        assert sandbox.stop() == (0, "")
        files.append(sorted((path, path.stat().st_mtime_ns) for path in (folder / "videos").iterdir()))
    assert len(files[0]) == 1 and files[0] == files[1]
    assert not list(folder.rglob("scratch/*"))
