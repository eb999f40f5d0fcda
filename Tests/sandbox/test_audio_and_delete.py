"""New sound for a finished video, and the end of videos."""

import subprocess
import urllib.parse

import pytest

from support import AUDIO, CREATED_FIELDS, DELETE, RESULT_FIELDS, create, probe

AUDIO_FIELDS = CREATED_FIELDS | {"update_time", "video_duration", "pre_video_id", "only_add_audio"}


def pictures_of(path):
    """What the frames of a video are, as one hash."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_new_sound_for_a_video(sandbox, pictures, tmp_path):
    effect = "samurai_99757865"
    old = create(sandbox, pictures["landscape"], effect_code=effect, negative_prompt="blur")
    old_row = sandbox.finished(old["_id"])
    reply = sandbox.post(AUDIO, {"pre_video_id": old["_id"], "audio_type": 1, "audio_url": ""})
    assert (reply["code"], reply["msg"]) == (1000, "OK")
    new = reply["data"]
    assert set(new) == AUDIO_FIELDS
    assert new["_id"] != old["_id"] and new["pre_video_id"] == old["_id"]
    assert (new["only_add_audio"], new["status"], new["video_duration"]) == (True, 1, 5)
    assert (new["audio_type"], new["audio_url"], new["deduction_credit"]) == (1, "", 5)
    assert (new["negative_prompt"], new["effect_name"]) == ("", "Samurai")
    for field in ("image_url", "prompt", "resolution", "effect_code", "file_name"):
        assert new[field] == old[field]
    new_row = sandbox.finished(new["_id"])
    assert set(new_row) == RESULT_FIELDS | {"video_url"}
    assert (new_row["only_add_audio"], old_row["only_add_audio"]) == (True, False)
    assert new_row["video_url"] != old_row["video_url"]

    _, silent = probe(sandbox, old_row["video_url"], tmp_path)
    before = pictures_of(tmp_path / "video.mp4")
    about, streams = probe(sandbox, new_row["video_url"], tmp_path)
    assert "audio" not in silent and streams["audio"]["codec_name"] == "aac"
    assert float(about["duration"]) == pytest.approx(5, abs=0.05)
    assert pictures_of(tmp_path / "video.mp4") == before
    stats = sandbox.stats()
    assert (stats["creates_processed"], stats["videos_created"], stats["credits_charged"]) == (2, 2, 25)
    assert sandbox.get("/_sandbox/creates")[1]["route"] == "audio"


def test_the_new_sound_of_a_longer_video_is_the_one_handed_in(sandbox, pictures, tmp_path):
    path = tmp_path / "beep.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=2", path], check=True)
    sound = sandbox.upload("beep.wav", path.read_bytes())
    old = create(sandbox, pictures["square"], video_length=10, audio_type=1)["_id"]
    sandbox.finished(old)
    new = sandbox.post(AUDIO, {"pre_video_id": old, "audio_type": 2, "audio_url": sound})["data"]
    assert (new["deduction_credit"], new["audio_url"], new["video_duration"]) == (10, sound, 10)
    about, streams = probe(sandbox, sandbox.finished(new["_id"])["video_url"], tmp_path)
    assert float(about["duration"]) == pytest.approx(10, abs=0.05)
    command = ["ffmpeg", "-i", tmp_path / "video.mp4", "-af", "silencedetect=d=1", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, text=True).stderr
    (start,) = [line.split("silence_start: ")[1] for line in report.splitlines() if "silence_start" in line]
    assert float(start) == pytest.approx(2, abs=0.1)


def test_sound_that_cannot_be_had_fails_the_job(sandbox, pictures):
    old = create(sandbox, pictures["landscape"])["_id"]
    sandbox.finished(old)
    body = {"pre_video_id": old, "audio_type": 2, "audio_url": "http://127.0.0.1:9/none.mp3"}
    row = sandbox.finished(sandbox.post(AUDIO, body)["data"]["_id"])
    assert row["status"] == 4 and "audio_url" in row["error_reason"]


@pytest.mark.parametrize(
    "changes, code, field",
    [
        ({"pre_video_id": None}, 1003, "pre_video_id"),
        ({"pre_video_id": "0" * 24}, 1008, "pre_video_id"),
        ({"audio_type": 3}, 1003, "audio_type"),
        ({"audio_type": None}, 1003, "audio_type"),
        ({"audio_type": 2}, 1003, "audio_url"),
    ],
)
def test_refused_sounds(sandbox, pictures, changes, code, field):
    old = create(sandbox, pictures["landscape"])["_id"]
    sandbox.finished(old)
    body = {"pre_video_id": old, "audio_type": 1, **changes}
    reply = sandbox.post(AUDIO, {name: value for name, value in body.items() if value is not None})
    assert reply["code"] == code and field in reply["msg"]
    assert sandbox.stats()["creates_processed"] == 1


def test_no_new_sound_before_the_end(sandbox, pictures):
    old = create(sandbox, pictures["landscape"])["_id"]
    assert sandbox.post(AUDIO, {"pre_video_id": old, "audio_type": 1})["code"] == 1010


def test_delete(sandbox, pictures):
    done, kept, under_way = [create(sandbox, pictures["landscape"])["_id"] for _ in range(3)]
    unknown = "0" * 24
    row = sandbox.finished(done)
    sandbox.finished(kept)
    under_way = create(sandbox, pictures["landscape"])["_id"]
    reply = sandbox.delete(done, unknown, under_way)
    assert (reply["code"], reply["msg"]) == (1000, "Delete successfully")
    assert reply["data"]["successIds"] == [done]
    refused = reply["data"]["noPermissionItems"]
    assert [item["_id"] for item in refused] == [unknown, under_way]
    assert "permission" in refused[0]["msg"]
    assert refused[1]["msg"] == "video resource is processing, please try again later"

    assert [found["_id"] for found in sandbox.results(done, kept, under_way)] == [kept, under_way]
    assert sandbox.send("GET", urllib.parse.urlsplit(row["video_url"]).path)[0] == 404
    # An equal video, from the same file, is untouched.
    assert sandbox.send("HEAD", urllib.parse.urlsplit(sandbox.results(kept)[0]["video_url"]).path)[0] == 200
    assert sandbox.finished(under_way)["status"] == 3
    assert sandbox.delete(done)["data"]["successIds"] == []
    assert sandbox.stats()["videos_created"] == 4


def test_a_failed_video_can_be_deleted(sandbox):
    job = create(sandbox, "http://127.0.0.1:9/none.png")["_id"]
    assert sandbox.finished(job)["status"] == 4
    assert sandbox.delete(job)["data"]["successIds"] == [job]


@pytest.mark.parametrize("body", [{}, {"_ids": ["0" * 24]}, {"_ids": ""}])
def test_delete_takes_ids_as_one_text(sandbox, body):
    reply = sandbox.post(DELETE, body)
    assert reply["code"] == 1003 and "_ids" in reply["msg"]
