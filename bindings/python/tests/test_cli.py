"""The command line, as programs use it."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers import Sandbox, Server, never_answer, run_python
from test_webhook import BODY_A, A

from image2video import Client, _abi, errors
from image2video.cli import main
from image2video.cli.exits import MEANINGS, Exit, exit_for
from image2video.cli.history import MOST, History, kind_of
from image2video.cli.show import clock, number, numbers, size, span
from image2video.cli.tables import Column, plain_table

UNKNOWN = "0" * 24


class Outcome:
    """What a command answered."""

    def __init__(self, code: int, output: str, complaints: str) -> None:
        self.code = code
        self.output = output
        self.complaints = complaints

    @property
    def document(self) -> Any:
        """The one JSON document of its output."""
        return json.loads(self.output)


Command = Callable[..., Outcome]


@pytest.fixture
def command(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command against the sandbox, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("AKOOL_API_KEY", "sandbox-key")
    monkeypatch.setenv("AKOOL_BASE_URL", sandbox.url)
    for name in ("AKOOL_CLIENT_ID", "AKOOL_CLIENT_SECRET", "IMAGE2VIDEO_LEDGER"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Outcome:
        options = [] if arguments[0] == "webhook-verify" else ["--poll-interval", "0.02,0.1"]
        try:
            code = main([*arguments, *options])
        except SystemExit as exit:
            code = int(exit.code or 0)
        output = capsys.readouterr()
        return Outcome(code, output.out, output.err)

    return run


def made(command: Command, picture: str) -> str:
    """The id of a finished video."""
    id: str = command("animate", picture, "zoom", "--replace", "--to", "made.mp4", "--json").document["id"]
    return id


def test_animate(command: Command, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    done = command("animate", picture, "zoom in", "--to", "cat.mp4")
    assert done.code == Exit.OK
    assert done.output.startswith("cat.mp4  5 s, 720p, ")
    assert re.search(r", 20 credits, in \d+:\d\d\n$", done.output)
    assert done.output.count("\n") == 1
    # A step that is over before anybody looks is not told: those that are come in their order.
    steps = [line.removeprefix("cat.mp4: ").split()[0] for line in done.complaints.splitlines()]
    assert [step for step in ("sending", "queued", "making", "saving", "saved") if step in steps] == steps
    assert steps[-1] == "saved"
    assert (tmp_path / "cat.mp4").stat().st_size > 1000
    again = command("animate", picture, "zoom in", "--to", "cat.mp4", "--quiet")
    assert (again.code, again.output) == (Exit.FILE, "")
    assert again.complaints.count("\n") == 1
    assert sandbox.stats["creates_processed"] == 1


def test_what_hinders_jobs_is_said_once(command: Command, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("results", times=3, code=1109)
    done = command("animate", picture, "zoom", "--to", "cat.mp4", "--quiet")
    assert done.code == Exit.OK
    lines = done.complaints.splitlines()
    assert len(lines) == 1
    assert "1109" in lines[0]


def test_animate_for_programs(command: Command, picture: str, tmp_path: Path) -> None:
    done = command("animate", picture, "zoom", "--json", "--quiet")
    assert (done.code, done.complaints) == (Exit.OK, "")
    document = done.document
    assert document["state"] == "saved"
    assert document["error"] is None
    assert document["video"]["_id"] == document["id"]
    # The picture's own name, by default.
    assert document["file"] == Path(picture).stem + ".mp4"
    assert (tmp_path / document["file"]).exists()


def test_every_field_has_its_option(command: Command, sandbox: Sandbox, picture: str) -> None:
    sent = [
        "--negative-prompt",
        "blur",
        "--no-extend-prompt",
        "--resolution",
        "1080p",
        "--video-length",
        "10",
    ]
    sent += ["--audio-type", "custom", "--audio-url", "http://127.0.0.1:9/a.mp3", "--is-premium-model"]
    sent += ["--effect", "squish", "--webhookurl", "http://127.0.0.1:9/hook", "--deadline", "20"]
    command("animate", picture, "zoom", *sent)
    shots = ["--shot", "3:zoom in", "--shot", "2: pan left", "--generate-audio", "--model", "kling o3 pro"]
    command("batch", picture, "--prompt", "zoom", *shots, "--last-image-url", picture, "--count", "1")
    bodies = {entry["route"]: entry["body"] for entry in sandbox.requests}
    assert bodies["create"] == {
        "image_url": picture,
        "prompt": "zoom",
        "negative_prompt": "blur",
        "extend_prompt": False,
        "resolution": "1080p",
        "video_length": 10,
        "audio_type": 2,
        "audio_url": "http://127.0.0.1:9/a.mp3",
        "is_premium_model": True,
        "effect_code": "squish_89244231312",
        "webhookurl": "http://127.0.0.1:9/hook",
    }
    batch = bodies["batch"]
    assert batch["model_name"] == "kwaivgi/kling-video-o3-pro/image-to-video"
    assert [shot["duration"] for shot in batch["multi_prompt"]] == [3, 2]
    assert (batch["video_length"], batch["count"], batch["generate_audio"]) == (5, 1, True)
    assert batch["last_image_url"] == picture


def test_batch(command: Command, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    done = command("batch", picture, picture, "--prompt", "zoom", "--count", "2", "--to", "videos", "--json")
    assert done.code == Exit.OK
    files = [job["file"] for job in done.document["jobs"]]
    stem = Path(picture).stem
    assert files == [f"videos/{stem}{part}.mp4" for part in ("-1", "-2", "-2-1", "-2-2")]
    assert sorted(path.name for path in (tmp_path / "videos").iterdir()) == sorted(
        Path(file).name for file in files
    )
    assert sandbox.stats["creates_processed"] == 2


def test_batch_from_a_file(
    command: Command, sandbox: Sandbox, picture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        {"image_url": picture, "to": "one.mp4"},
        {"image_url": picture, "prompt": "pan", "to": "two.mp4"},
    ]
    (tmp_path / "wishes.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    done = command("batch", "--from", "wishes.jsonl", "--prompt", "zoom")
    assert done.code == Exit.OK
    assert [line.split()[0] for line in done.output.splitlines()] == ["one.mp4", "two.mp4"]
    assert sorted(entry["body"]["prompt"] for entry in sandbox.requests if entry["route"] == "create") == [
        "pan",
        "zoom",
    ]
    for wrong, word in [
        ("{}\n[]", "line 2"),
        ("nonsense", "line 1"),
        ('{"colour": 1}', "colour"),
        ('{"image_url": "http://x/a.png", "video_length": "5"}', "video_length"),
        ('{"image_url": 5}', "image_url"),
        ('{"image_url": "http://x/a.png", "to": 5}', "-: "),
    ]:
        monkeypatch.setattr("sys.stdin", io.StringIO(wrong))
        done = command("batch", "--from", "-", "--prompt", "zoom")
        assert done.code == Exit.USAGE
        assert word in done.complaints
    assert command("batch", "--prompt", "zoom").code == Exit.USAGE
    assert sandbox.stats["creates_processed"] == 2


def test_a_batch_is_checked_before_anything_is_sent(command: Command, sandbox: Sandbox, picture: str) -> None:
    done = command("batch", picture, "no-address", "--prompt", "zoom")
    assert done.code == Exit.USAGE
    assert "image_url" in done.complaints
    assert sandbox.stats["total_api"] == 0


def test_a_batch_within_its_budget(command: Command, sandbox: Sandbox, picture: str) -> None:
    # No word of a price changes what is expected meanwhile.
    sandbox.fault("*", times=-1, row={"deduction_credit": None})
    done = command("batch", picture, picture, picture, "--prompt", "zoom", "--max-credits", "250")
    assert done.code == Exit.PARTLY
    assert len(done.output.splitlines()) == 2
    assert "2 of 3 videos were submitted" in done.complaints
    assert sandbox.stats["creates_processed"] == 2
    done = command("animate", picture, "zoom", "--max-credits", "5", "--json", "--to", "a.mp4")
    assert done.code == Exit.MONEY
    assert done.document["error"]["name"] == "I2V_ERROR_BUDGET"


def test_some_of_a_batch_fail(command: Command, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", code=1006, msg="too poor")
    done = command("batch", picture, picture, "--prompt", "zoom", "--json")
    assert done.code == Exit.PARTLY
    assert sorted(job["state"] for job in done.document["jobs"]) == ["failed", "saved"]
    assert done.complaints.count("too poor") == 1
    sandbox.fault("create", times=-1, code=1006)
    assert command("batch", picture, picture, "--prompt", "zoom", "--replace").code == Exit.MONEY


def test_estimate(command: Command, sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    done = command("animate", picture, "zoom", "--resolution", "4k", "--estimate")
    words = "1 video: 6 to 150 credits, going by the service's price table\n"
    assert (done.code, done.output) == (Exit.OK, words)
    arguments = ["--prompt", "zoom", "--model", "Akool Fast", "--count", "2", "--estimate", "--json"]
    done = command("batch", picture, picture, *arguments)
    assert done.document == {"low": pytest.approx(3.2), "high": 16, "basis": "model", "videos": 4}
    assert sandbox.stats["creates_processed"] == 0
    # The ledger's prices come first, and a sum is as good as its weakest part.
    assert command("animate", picture, "zoom", "--ledger", "l.db", "--to", "a.mp4").code == Exit.OK
    done = command("animate", picture, "zoom", "--ledger", "l.db", "--estimate")
    assert done.output == "1 video: 20 credits, going by what was charged before\n"
    (tmp_path / "more").write_text(json.dumps({"image_url": picture, "resolution": "4k"}))
    arguments = ["--prompt", "zoom", "--from", "more", "--ledger", "l.db", "--estimate", "--json"]
    done = command("batch", picture, *arguments)
    assert done.document == {"low": 26, "high": 170, "basis": "page", "videos": 2}


def test_webhook_nonce(command: Command, sandbox: Sandbox, picture: str) -> None:
    hook = "https://example.invalid/hook?Signature=abc"
    arguments = ["animate", picture, "zoom", "--webhookurl", hook, "--ledger", "l.db"]
    assert command(*arguments, "--to", "a.mp4").code == Exit.OK
    assert command(*arguments, "--to", "b.mp4", "--no-webhook-nonce").code == Exit.OK
    first, second = (entry["body"]["webhookurl"] for entry in sandbox.requests if entry["route"] == "create")
    assert first.startswith(hook + "&i2v_nonce=")
    assert second == hook


def test_results(command: Command, picture: str) -> None:
    id = made(command, picture)
    done = command("results", id)
    assert done.code == Exit.OK
    fields = dict(line.split(None, 1) for line in done.output.splitlines())
    assert fields["id"] == id
    assert fields["status"] == "completed"
    assert fields["picture"] == picture
    done = command("results", id, UNKNOWN)
    assert done.code == Exit.PARTLY
    title, first, second = done.output.splitlines()
    assert title.split()[:2] == ["id", "status"]
    assert first.split()[:2] == [id, "completed"]
    assert second == f"{UNKNOWN}  not known"
    done = command("results", UNKNOWN, "--json")
    assert done.code == Exit.NOT_FOUND
    assert done.document == {"videos": {}, "missing": [UNKNOWN]}
    assert command("results", id, "--json").document["videos"][id]["status"] == 3


def test_effects_and_models(command: Command) -> None:
    done = command("effects")
    assert done.code == Exit.OK
    assert "Hot Wind" in done.output
    assert "squish_89244231312" in done.output
    assert len(done.output.splitlines()) == 11
    assert command("effects", "--json").document["total"] == 10
    done = command("models")
    lines = done.output.splitlines()
    assert len(lines) == 9
    assert lines[1].split("  ")[0] == "AkoolImage2VideoFastV1"
    assert "768P: 6, 10; 1080P: 6" in done.output
    assert "3-15" in done.output
    assert command("models", "--json").document["models"][0]["value"] == "AkoolImage2VideoFastV1"
    assert command("models", "--type", "4711").output == "There are no models of type 4711.\n"


def test_credits(command: Command) -> None:
    done = command("credits")
    assert (done.code, done.output) == (Exit.OK, f"{command('credits', '--json').document['credits']:,.0f}\n")


def test_attach(command: Command, picture: str, tmp_path: Path) -> None:
    id = made(command, picture)
    done = command("attach", id)
    assert done.code == Exit.OK
    assert done.output.startswith(f"{id}.mp4  5 s, 720p, ")
    assert (tmp_path / f"{id}.mp4").read_bytes() == (tmp_path / "made.mp4").read_bytes()
    done = command("attach", id, "--no-save")
    assert done.output.splitlines()[1].startswith("http://127.0.0.1")
    assert command("attach", id, id, "--to", "a.mp4").code == Exit.USAGE


def test_audio(command: Command, picture: str, tmp_path: Path) -> None:
    id = made(command, picture)
    done = command("audio", id, "--json")
    assert done.code == Exit.OK
    assert done.document["video"]["only_add_audio"] is True
    assert done.document["file"] == f"{id}-audio.mp4"
    assert (tmp_path / f"{id}-audio.mp4").exists()


def test_delete(command: Command, sandbox: Sandbox, picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    id = made(command, picture)
    done = command("delete", id, UNKNOWN)
    assert done.code == Exit.PARTLY
    assert [line.split()[1] for line in done.output.splitlines()[1:]] == ["deleted", "kept"]
    assert "permission" in done.output
    id = made(command, picture)

    class Person(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Person("\n"))
    done = command("delete", id)
    assert done.code == Exit.OTHER
    assert f"Delete {id} at the service" in done.complaints
    assert sandbox.stats["requests"]["delete"] == 1
    monkeypatch.setattr("sys.stdin", Person("y\n"))
    assert command("delete", id).code == Exit.OK
    assert command("delete", UNKNOWN, "--yes", "--json").document["deletions"][0]["deleted"] is False


def test_webhook_verify(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "body").write_text(json.dumps(BODY_A))
    (tmp_path / "secret").write_text(A["client_secret"] + "\n")
    pair = ["--client-id", A["client_id"], "--client-secret-file", "secret"]
    done = command("webhook-verify", "body", *pair)
    assert done.code == Exit.OK
    assert done.output.splitlines()[:2] == ["id      6891abe782f7cd2a890c44ba", "status  completed"]
    monkeypatch.setenv("AKOOL_CLIENT_ID", A["client_id"])
    monkeypatch.setenv("AKOOL_CLIENT_SECRET", A["client_secret"])
    assert command("webhook-verify", "body", "--json").document["event"]["status"] == 3
    done = command("webhook-verify", "body", "--max-age", "60", "--json")
    assert (done.code, done.document["error"]["field"]) == (Exit.WEBHOOK, "timestamp")
    (tmp_path / "body").write_text(json.dumps({**BODY_A, "nonce": 7}))
    done = command("webhook-verify", "body")
    assert done.code == Exit.WEBHOOK
    assert "signature" in done.complaints
    assert command("webhook-verify", "no-such-file").code == Exit.FILE
    monkeypatch.delenv("AKOOL_CLIENT_SECRET")
    assert command("webhook-verify", "body").code == Exit.USAGE


@pytest.mark.parametrize(
    ("code", "exit", "name"),
    [
        (1109, Exit.ACCESS, "I2V_ERROR_AUTH"),
        (1006, Exit.MONEY, "I2V_ERROR_QUOTA"),
        (1003, Exit.USAGE, "I2V_ERROR_INVALID_REQUEST"),
        # A create that these answer may have been acted on.
        (4711, Exit.UNKNOWN, "I2V_ERROR_SERVICE"),
        (1015, Exit.UNKNOWN, "I2V_ERROR_SERVER"),
    ],
)
def test_what_the_service_refuses(
    command: Command, sandbox: Sandbox, picture: str, code: int, exit: Exit, name: str
) -> None:
    sandbox.fault("create", code=code, msg="as you like it")
    done = command("animate", picture, "zoom", "--json")
    assert done.code == exit
    error = done.document["error"]
    assert (error["name"], error["service_code"], error["service_message"]) == (name, code, "as you like it")
    assert "as you like it" in done.complaints
    assert "Traceback" not in done.complaints


def test_what_goes_wrong_on_the_way(command: Command, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", reply={"status": 502, "body": "bad gateway"})
    done = command("animate", picture, "zoom", "--json")
    assert (done.code, done.document["error"]["charge"]) == (Exit.UNKNOWN, "possible")
    sandbox.fault("results", times=-1, row={"status": 4, "error_reason": "too dark"})
    assert command("animate", picture, "zoom").code == Exit.FAILED
    sandbox.fault("results", times=-1, row={"status": 2, "video_url": None})
    done = command("animate", picture, "zoom", "--deadline", "3")
    assert done.code == Exit.TIME
    assert "image2video attach" in done.complaints
    sandbox.fault("video", times=-1, reply={"status": 404})
    assert command("animate", picture, "zoom").code == Exit.NOT_FOUND
    assert command("credits", "--base-url", "http://127.0.0.1:9").code == Exit.NETWORK
    assert command("animate", "no-address", "zoom").code == Exit.USAGE
    with Server(never_answer) as server:
        assert command("models", "--base-url", server.url, "--timeout", "0.3").code == Exit.TIME


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["animate"], ["animate", "a", "--shot", "zoom"], ["delete"], ["results"]]
)
def test_usage(command: Command, arguments: list[str]) -> None:
    done = command(*(arguments or ["--no-such-option"]))
    assert (done.code, done.output) == (2, "")
    assert "usage:" in done.complaints


def test_help_tells_the_exit_codes(command: Command) -> None:
    done = command("--help")
    assert done.code == 0
    for code, meaning in MEANINGS.items():
        assert f"{code.value:>3}  {meaning}" in done.output
    assert set(MEANINGS) == set(Exit)
    for name in ("animate", "batch", "results", "effects", "models", "credits", "audio", "delete", "attach"):
        assert f"\n    {name}" in done.output
        assert command(name, "--help").code == 0


def test_what_may_have_been_charged_is_not_tried_again() -> None:
    for kind in (errors.ServerError, errors.ServiceError, errors.HTTPError, errors.NetworkError):
        assert exit_for(kind("words", charge=_abi.I2V_CHARGE_POSSIBLE)) is Exit.UNKNOWN
        assert exit_for(kind("words")) is not Exit.UNKNOWN
    assert exit_for(errors.JobFailedError("words", charge=_abi.I2V_CHARGE_POSSIBLE)) is Exit.FAILED


def test_every_error_has_its_code() -> None:
    others = {kind.__name__ for kind in errors._CLASSES.values() if exit_for(kind("words")) is Exit.OTHER}
    assert others == {
        "BusyError",
        "JobCancelledError",
        "ClosedError",
        "ConflictError",
        "ForkedError",
        "InCallbackError",
        "InvalidStateError",
        "ProtocolError",
        "ServiceError",
        "SystemResourceError",
        "TooLargeError",
    }


def test_credentials_come_from_files_or_the_environment(
    command: Command, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AKOOL_API_KEY")
    done = command("credits")
    assert done.code == Exit.USAGE
    assert "AKOOL_API_KEY" in done.complaints
    (tmp_path / "key").write_text("sandbox-key\n")
    (tmp_path / "token").write_text("sandbox-token")
    (tmp_path / "secret").write_text("sandbox-client-secret-24\n")
    assert command("credits", "--api-key-file", "key").code == Exit.OK
    assert command("credits", "--bearer-token-file", "token").code == Exit.OK
    pair = ["--client-id", "sandbox-client-id", "--client-secret-file", "secret"]
    assert command("credits", *pair).code == Exit.OK
    assert command("credits", "--api-key-file", "nowhere").code == Exit.FILE
    (tmp_path / "key").write_text("a-wrong-key")
    done = command("credits", "--api-key-file", "key", "--json")
    assert done.code == Exit.ACCESS
    assert "a-wrong-key" not in done.output + done.complaints


def test_what_the_service_says_does_not_steer_the_terminal(
    command: Command, sandbox: Sandbox, picture: str
) -> None:
    sandbox.fault("create", code=1003, msg="red \x1b[31m and\nmore")
    done = command("animate", picture, "zoom")
    assert "\x1b" not in done.complaints
    assert "more" in done.complaints.splitlines()[-1]


def test_without_rich(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    assert command("effects").code == Exit.OK


# Its parts.


def test_history(tmp_path: Path) -> None:
    path = tmp_path / "state" / "durations.json"
    history = History(path)
    kind = kind_of("a/model", "720p", 5.063)
    assert kind == "a/model 720p 5s"
    assert kind_of(None, None, None) == "default 720p 5s"
    assert history.expected(kind) is None
    history.learn(kind, 40)
    assert History(path).expected(kind) == 40
    history.learn(kind, 60)
    assert history.expected(kind) == 45
    for nonsense in (0, -1, float("nan"), float("inf"), 1e9):
        history.learn(kind, nonsense)
    assert history.expected(kind) == 45
    assert [file.name for file in path.parent.iterdir()] == ["durations.json"]
    for each in range(MOST + 5):
        history.learn(f"kind {each}", 10)
    assert history.expected(kind) is None
    assert history.expected(f"kind {MOST + 4}") == 10


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"seconds": 5}',
        b'{"seconds": {"a": "x", "b": -1, "c": true, "d": null, "e": [1]}}',
        b'{"seconds": {"a": 1e400, "b": NaN}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_history_counts_as_empty(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "durations.json"
    path.write_bytes(damage)
    history = History(path)
    assert [history.expected(name) for name in "abcde"] == [None] * 5
    history.learn("a", 7)
    assert history.expected("a") == 7


def test_a_history_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "durations.json", tmp_path):
        history = History(path)
        history.learn("a", 7)
        assert history.expected("a") is None


def test_values_for_people() -> None:
    assert [clock(each) for each in (0, 7.4, 75, 3723)] == ["0:00", "0:07", "1:15", "1:02:03"]
    assert [span(each) for each in (0, 5, 61, 7200, 86400 * 6.9)] == [
        "expired",
        "less than a minute",
        "1 minute",
        "2 hours",
        "6 days",
    ]
    assert [size(each) for each in (5, 2100, 301_000, 2_100_000, 5e9)] == [
        "5 B",
        "2.1 kB",
        "301 kB",
        "2.1 MB",
        "5.0 GB",
    ]
    assert [number(each) for each in (None, 20.0, 2.5, 1234)] == ["", "20", "2.5", "1,234"]
    assert [numbers(each) for each in ((), (5, 10), (3, 4, 5), (5,))] == ["", "5, 10", "3-5", "5"]


def test_tables_fit() -> None:
    columns = [
        Column("id"),
        Column("what", least=10),
        Column("n", is_number=True),
        Column("url", is_optional=True),
    ]
    rows = [["abc", "some words, and more words", "5", "http://x/" + "y" * 30]]
    rows.append(["abcdef", "", "12,345", ""])
    for width in range(4, 120):
        lines = plain_table(columns, rows, width).splitlines()
        # What is to be copied is never broken, and else nothing is wider than the terminal.
        assert all(len(line) <= max(width, 14) or "http" in line for line in lines), width
        assert any("abcdef" in line for line in lines)
    assert plain_table(columns, rows, 60).splitlines() == [
        "id      what                             n",
        "------  --------------------------  ------",
        "abc     some words, and more words       5",
        "abcdef                              12,345",
    ]
    assert plain_table(columns, rows, 30).splitlines()[2:5] == [
        "abc     some words,          5",
        "        and more words",
        "abcdef                  12,345",
    ]
    assert plain_table(columns, rows, 12).splitlines()[:3] == [
        "abc",
        "  what: some",
        "    words, and",
    ]


# The ledger.


def waiting_id(sandbox: Sandbox, picture: str, ledger: str, to: str) -> str:
    """The id of a video whose client is gone, and that the ledger knows of."""
    sandbox.fault("results", times=-1, omit=True)
    with Client(
        api_key="sandbox-key", base_url=sandbox.url, ledger=ledger, poll_interval=(0.02, 0.1)
    ) as client:
        job = client.submit(picture, "zoom", to=to)
        while job.id is None:
            client.dispatch(1)
    sandbox.behave()
    return job.id


def test_resume(
    command: Command, sandbox: Sandbox, picture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = str(tmp_path / "jobs.sqlite")
    cat = tmp_path / "cat.mp4"
    id = waiting_id(sandbox, picture, ledger, "cat.mp4")
    # Wherever it is gone on with, the file is the one that was asked for.
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = command("jobs", "--ledger", ledger, "--open", "--json")
    assert done.code == Exit.OK
    (job,) = done.document["jobs"]
    assert (job["id"], job["path"], job["open"], job["held"]) == (id, str(cat), True, False)
    assert (job["request"]["prompt"], job["charge"]) == ("zoom", "certain")
    done = command("resume", "--ledger", ledger)
    assert done.code == Exit.OK
    assert done.output.startswith(f"{cat}  5 s, 720p, ")
    assert done.complaints.splitlines()[-1] == "cat.mp4: saved"
    assert cat.stat().st_size > 1000
    again = command("resume", "--ledger", ledger)
    assert (again.code, again.output) == (Exit.OK, "There is nothing to take up.\n")
    assert command("resume", "--ledger", ledger, "--json").document == {"jobs": []}
    assert sandbox.stats["creates_processed"] == 1


def test_resume_for_programs(
    command: Command, sandbox: Sandbox, picture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGE2VIDEO_LEDGER", "jobs.sqlite")
    ids = [waiting_id(sandbox, picture, "jobs.sqlite", f"{number}.mp4") for number in range(2)]
    document = command("resume", "--json", "--quiet").document
    assert [(job["id"], job["state"]) for job in document["jobs"]] == [(id, "saved") for id in ids]


def test_jobs(command: Command, sandbox: Sandbox, picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE2VIDEO_LEDGER", "jobs.sqlite")
    made(command, picture)
    sandbox.fault("create", code=1006, msg="too poor")
    assert command("animate", picture, "zoom", "--to", "b.mp4").code == Exit.MONEY
    sandbox.fault("create", close=True, when="after")
    assert command("animate", picture, "zoom", "--to", "c.mp4").code == Exit.UNKNOWN
    id = waiting_id(sandbox, picture, "jobs.sqlite", "d.mp4")
    # It needs no credentials, and asks nobody.
    monkeypatch.delenv("AKOOL_API_KEY")
    seen = sandbox.stats["total_api"]
    done = command("jobs")
    assert done.code == Exit.OK
    title, *lines = done.output.splitlines()
    assert title.split() == ["id", "state", "submitted", "credits", "file", "why"]
    for line, words in zip(
        lines, (["saved", "20", "made.mp4"], ["failed", "poor"], ["outcome unknown"], ["interrupted", id])
    ):
        assert all(word in line for word in words), line
    assert len(lines) == 4
    assert len(command("jobs", "--json").document["jobs"]) == 4
    assert len(command("jobs", "--open").output.splitlines()) == 2
    assert command("jobs", "--open", "--ledger", "jobs.sqlite").output.splitlines()[1].startswith(id)
    assert sandbox.stats["total_api"] == seen


def test_a_lost_create_is_looked_for(
    command: Command, sandbox: Sandbox, picture: str, tmp_path: Path
) -> None:
    sandbox.fault("create", close=True, when="after")
    looking = ["--ledger", "jobs.sqlite", "--reconcile"]
    done = command("animate", picture, "zoom", "--to", "a.mp4", *looking, "--json")
    assert done.code == Exit.OK
    assert done.document["id"] == sandbox.creates[0]["id"]
    assert "Looking for a video" in done.complaints
    assert (tmp_path / "a.mp4").exists()
    sandbox.fault("create", close=True, when="before")
    done = command("animate", picture, "zoom", "--to", "b.mp4", *looking)
    assert (done.code, done.output) == (Exit.UNKNOWN, "")
    assert "looks like it" in done.complaints
    assert sandbox.stats["creates_processed"] == 1


def test_resume_looks_for_what_was_on_the_wire(command: Command, sandbox: Sandbox, picture: str) -> None:
    code = """
import json, os, signal, time
from urllib.request import urlopen
import image2video
client = image2video.Client(api_key="sandbox-key", base_url=sys.argv[1], ledger=sys.argv[3])
client.submit(sys.argv[2], "zoom", to=sys.argv[3] + ".mp4")
while not json.load(urlopen(sys.argv[1] + "/_sandbox/creates")):
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""
    for ledger, options, expected in (("a", ["--reconcile"], Exit.OK), ("b", [], Exit.UNKNOWN)):
        sandbox.reset()
        sandbox.fault("create", hang=True, when="after")
        assert run_python(code, sandbox.url, picture, ledger).returncode < 0
        sandbox.behave()
        done = command("resume", "--ledger", ledger, "--json", *options)
        assert done.code == expected
        (job,) = done.document["jobs"]
        assert job["id"] == (sandbox.creates[0]["id"] if options else None)
        assert sandbox.stats["creates_processed"] == 1


def test_resume_looks_for_what_was_lost_earlier(
    command: Command, sandbox: Sandbox, picture: str, tmp_path: Path
) -> None:
    keeping = ["--ledger", "jobs.sqlite"]
    for file, when in (("a.mp4", "after"), ("b.mp4", "before")):
        sandbox.fault("create", close=True, when=when)
        assert command("animate", picture, file, "--to", file, *keeping).code == Exit.UNKNOWN
    assert command("resume", *keeping, "--json").document == {"jobs": []}
    done = command("resume", *keeping, "--json", "--reconcile")
    assert done.code == Exit.PARTLY
    assert [job["id"] for job in done.document["jobs"]] == [sandbox.creates[0]["id"], None]
    assert done.complaints.count("Looking for") == 1
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["a.mp4"]
    assert sandbox.stats["creates_processed"] == 1


def test_ledgers_that_do_not_work(
    command: Command, sandbox: Sandbox, picture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("resume", "jobs"):
        done = command(name)
        assert done.code == Exit.USAGE
        assert "IMAGE2VIDEO_LEDGER" in done.complaints
    (tmp_path / "text").write_text("no database " * 100)
    monkeypatch.setenv("IMAGE2VIDEO_LEDGER", "text")
    for arguments in (["resume"], ["jobs"], ["animate", picture, "zoom"]):
        done = command(*arguments, "--json")
        assert done.code == Exit.FILE
        assert done.document["error"]["name"] == "I2V_ERROR_LEDGER"
    assert sandbox.stats["creates_processed"] == 0
    # An empty name goes without.
    assert command("animate", picture, "zoom", "--ledger", "").code == Exit.OK
