"""Jobs on their way to a video, and the files."""

import email.utils
import functools
import http.server
import os
import shutil
import subprocess
import threading
import time
import urllib.parse

import pytest

from support import AUDIO, BATCH, HANG, QuietFileHandler, Sandbox, batch, create, probe


def test_status_goes_from_queueing_over_processing_to_completed():
    slow = Sandbox("--render", "none", "--job-seconds", "4")
    started = time.monotonic()
    created = create(slow, "https://example.invalid/cat.png")
    seen = [created["status"]]
    while seen[-1] != 3:
        assert time.monotonic() - started < HANG
        (row,) = slow.results(created["_id"])
        assert ("video_url" in row) == (row["status"] == 3)
        if row["status"] not in seen[-1:]:
            seen.append(row["status"])
        time.sleep(0.01)
    assert seen == [1, 2, 3]
    assert time.monotonic() - started > 3.9
    slow.stop()


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
        pictures["landscape"], last_image_url=pictures["portrait"], resolution="480p", video_length=5, count=2
    )
    jobs = [row["_id"] for row in sandbox.post(BATCH, body)["data"]["successList"]]
    rows = [sandbox.finished(job) for job in jobs]
    assert rows[0]["video_url"] != rows[1]["video_url"]
    about, streams = probe(sandbox, rows[0]["video_url"], tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == (854, 480)
    assert float(about["duration"]) == pytest.approx(5, abs=0.01)


@pytest.mark.parametrize(
    "picture, model, resolution, length, size",
    [
        ("portrait", "MiniMax-Hailuo-2.3/image-to-video", "768P", 6, (768, 1366)),
        ("portrait", "sandbox/aurora-1.5/image-to-video", "1280x720", 4, (1280, 720)),
        ("landscape", "sandbox/aurora-1.5/image-to-video", "720x1280", 4, (720, 1280)),
        ("landscape", "AkoolImage2VideoHDV1", None, 5, (1280, 720)),
        ("square", "sandbox/aurora-2-voice", "540p", 3, (540, 540)),
    ],
)
def test_resolutions_of_models(sandbox, pictures, tmp_path, picture, model, resolution, length, size):
    body = batch(pictures[picture], model_name=model, resolution=resolution, video_length=length)
    (row,) = sandbox.post(BATCH, body)["data"]["successList"]
    about, streams = probe(sandbox, sandbox.finished(row["_id"])["video_url"], tmp_path)
    assert (streams["video"]["width"], streams["video"]["height"]) == size
    assert float(about["duration"]) == pytest.approx(length, abs=0.05)
    assert ("audio" in streams) == (model == "sandbox/aurora-2-voice")


@pytest.mark.parametrize("last", [False, True])
def test_prompts_in_a_row_make_shots(sandbox, pictures, tmp_path, last):
    scenes = [
        {"duration": 3, "prompt": "zoom out"},
        {"duration": 2, "prompt": "rotate"},
        {"duration": 1, "prompt": "pan left"},
    ]
    body = batch(
        pictures["landscape"],
        prompt=None,
        model_name="kwaivgi/kling-video-o3-pro/image-to-video",
        video_length=6,
        multi_prompt=scenes,
        generate_audio=True,
        last_image_url=pictures["portrait"] if last else None,
    )
    (row,) = sandbox.post(BATCH, body)["data"]["successList"]
    about, streams = probe(sandbox, sandbox.finished(row["_id"])["video_url"], tmp_path)
    assert int(streams["video"]["nb_frames"]) == 6 * 24
    assert float(streams["video"]["duration"]) == pytest.approx(6, abs=0.01)
    assert float(about["duration"]) == pytest.approx(6, abs=0.05)
    assert streams["audio"]["codec_name"] == "aac"
    command = ["ffmpeg", "-v", "info", "-i", tmp_path / "video.mp4", "-vf", "select='gt(scene,0.08)',showinfo"]
    report = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True).stderr
    cuts = [float(line.split("pts_time:")[1].split()[0]) for line in report.splitlines() if "pts_time:" in line]
    assert [cut for cut in cuts if cut < 5.2][:2] == [pytest.approx(3, abs=0.05), pytest.approx(5, abs=0.05)]


def test_uploaded_sound_is_used(sandbox, pictures, tmp_path):
    path = tmp_path / "beep.mp3"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=2", path]
    subprocess.run(command, check=True)
    sound = sandbox.upload("beep.mp3", path.read_bytes())
    row = sandbox.finished(create(sandbox, pictures["landscape"], audio_type=2, audio_url=sound)["_id"])
    _, streams = probe(sandbox, row["video_url"], tmp_path)
    assert streams["audio"]["codec_name"] == "aac"
    assert float(streams["audio"]["duration"]) == pytest.approx(5, abs=0.05)


def test_equal_jobs_are_rendered_once(picture_file, tmp_path):
    # Counted where the renderer is started.
    counter, log = tmp_path / "ffmpeg", tmp_path / "log"
    counter.write_text(f'#!/bin/sh\necho >>"{log}"\nexec "{shutil.which("ffmpeg")}" "$@"\n')
    counter.chmod(0o755)
    runs = []
    for count in (1, 30):
        log.write_text("")
        sandbox = Sandbox("--job-seconds", "0", environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
        picture = sandbox.upload("cat.jpg", picture_file.read_bytes())
        jobs = [create(sandbox, picture, prompt="zoom in")["_id"] for _ in range(count)]
        rows = [sandbox.finished(job) for job in jobs]
        paths = {urllib.parse.urlsplit(row["video_url"]).path for row in rows}
        assert len(paths) == count
        assert len({sandbox.send("HEAD", path)[1]["ETag"] for path in paths}) == 1
        assert sandbox.stop() == (0, "")
        runs.append(len(log.read_text()))
    assert runs[0] == runs[1] > 0


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


def test_status_page_tells_of_webhooks_oddities_and_new_sound(sandbox, pictures):
    hook = "https://example.invalid/hook"
    old = create(sandbox, pictures["landscape"], webhookurl=hook)["_id"]
    sandbox.finished(old)
    new = sandbox.post(AUDIO, {"pre_video_id": old, "audio_type": 1})["data"]["_id"]
    sandbox.odd(age_days=2)
    state = sandbox.get("/_sandbox/jobs")
    assert state["oddities"] == {"age_days": 2} and state["counters"]["plan"] == "pro"
    dubbed, shown = state["jobs"]
    assert (dubbed["id"], dubbed["original"], shown["original"]) == (new, old, None)
    assert [(hook["status"], hook["state"]) for hook in shown["webhooks"]] == [(2, "not called"), (3, "not called")]
    assert dubbed["webhooks"] == []
