"""A running sandbox and the calls that tests make on it."""

import http.client
import http.server
import json
import os
import signal
import subprocess
import time
import urllib.parse

import pytest

API = "/api/open/v4/image2Video"
CREATE = f"{API}/createBySourcePrompt"
BATCH = f"{CREATE}/batch"
RESULTS = f"{API}/resultsByIds"
AUDIO = f"{API}/updateVideoAudio"
DELETE = f"{API}/delbyids"
EFFECTS = f"{API}/effects"
MODELS = "/api/open/v4/aigModel/list"
TOKEN = "/api/open/v3/getToken"
CREDITS = "/api/open/v3/faceswap/quota/info"
LIST = "/api/open/v3/content/video/list"
INFO = "/api/open/v3/content/video/infobymodelid"
KEY = {"x-api-key": "sandbox-key"}

# Seconds after which an event that has not come will never come. Others keep the machine busy, so that no test expects
# anything to be quick; `make bench` measures how quick the sandbox is.
HANG = 120

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


def program():
    path = os.environ.get("I2V_SANDBOX")
    if not path:
        pytest.fail("set I2V_SANDBOX to the path of the Sandbox executable")
    return path


class Sandbox:
    """A running sandbox and the calls a test makes on it."""

    def __init__(self, *options, environment=None):
        # A proxy that is not there: nothing the sandbox fetches may go through one.
        environment = dict(os.environ, http_proxy="http://127.0.0.1:9", **(environment or {}))
        self.process = subprocess.Popen(
            [program(), *options], stdout=subprocess.PIPE, text=True, env=environment
        )
        self.line = self.process.stdout.readline()
        self.url = self.line.split()[-1]
        self.address = urllib.parse.urlsplit(self.url).netloc

    def stop(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        rest = self.process.stdout.read()
        return self.process.wait(timeout=HANG), rest

    def send(self, method, path, body=None, headers=None, timeout=HANG):
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

    def get(self, path, headers=None):
        return json.loads(self.send("GET", path, headers=headers)[2])

    def upload(self, name, content):
        return self.post(f"/_sandbox/upload?name={urllib.parse.quote(name)}", content, {})["url"]

    def stats(self):
        return self.get("/_sandbox/stats")

    def memory(self):
        """How many bytes of memory it holds."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096

    def fault(self, *rules):
        status, _, body = self.send("POST", "/_sandbox/faults", json.dumps(rules))
        assert status == 200, body

    def odd(self, **oddities):
        status, _, body = self.send("POST", "/_sandbox/oddities", json.dumps(oddities))
        assert status == 200, body
        return json.loads(body)

    def results(self, *ids):
        return self.post(RESULTS, {"_ids": ",".join(ids)})["data"]["result"]

    def delete(self, *ids):
        return self.post(DELETE, {"_ids": ",".join(ids)})

    def finished(self, job):
        """Polls until a job is completed or failed."""
        deadline = time.monotonic() + HANG
        while time.monotonic() < deadline:
            (row,) = self.results(job)
            if row["status"] in (3, 4):
                return row
            time.sleep(0.05)
        raise AssertionError(f"job {job} is still at {row}")


def until(condition):
    """Waits for a condition, which must come to hold."""
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def draw(path, size):
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={size}", "-frames:v", "1", path]
    subprocess.run(command, check=True)
    return path


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
        "model_name": "seedance-1-0-lite-i2v-250428",
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
