"""The examples do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
from servers import HANG, Sandbox, Server, pass_on, wait_until

from image2video import read_ledger

ROOT = Path(__file__).resolve().parents[3]


# The examples poll as often as suits the service, which takes its time. Here they poll more often.
RUN = """
import functools, runpy, sys
import image2video
for kind in (image2video.Client, image2video.AsyncClient):
    kind.from_env = functools.partial(kind.from_env, poll_interval=(0.02, 0.1))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def start_example(name: str, sandbox: Sandbox, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "bindings" / "python" / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AKOOL_API_KEY": "sandbox-key",
        "AKOOL_CLIENT_ID": "sandbox-client-id",
        "AKOOL_CLIENT_SECRET": "sandbox-client-secret-24",
        "AKOOL_BASE_URL": sandbox.url,
    }
    program = ROOT / "examples" / "python" / name
    return subprocess.Popen(
        [sys.executable, "-c", RUN, program, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_example(name: str, sandbox: Sandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    with start_example(name, sandbox, *arguments) as process:
        output, complaints = process.communicate(timeout=HANG)
        return subprocess.CompletedProcess(process.args, process.returncode, output, complaints)


@pytest.mark.parametrize("name", ["save_one.py", "many.py", "webhook.py", "go_on.py"])
def test_examples_are_short(name: str) -> None:
    assert len((ROOT / "examples" / "python" / name).read_text().splitlines()) <= 60


def test_save_one(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    file = tmp_path / "cat.mp4"
    done = run_example("save_one.py", sandbox, picture, "zoom", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{file}: 5.0 s, 20.0 credits\n"
    assert "bytes" in done.stderr
    assert b"ftyp" in file.read_bytes()[:16]


def test_save_one_says_what_went_wrong(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    done = run_example("save_one.py", sandbox, "cat.png", "zoom", str(tmp_path / "cat.mp4"))
    assert done.returncode == 1
    assert "image_url" in done.stderr
    assert "I2V_ERROR_INVALID_ARGUMENT" in done.stderr
    assert "Traceback" not in done.stderr


def test_many(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    done = run_example("many.py", sandbox, str(tmp_path), picture, picture, picture)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "waiting" in done.stderr
    assert "saved" in done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.mp4", "1.mp4", "2.mp4"]
    assert sandbox.stats["creates_processed"] == 3


def all_have_ids(ledger: str, count: int) -> bool:
    return len([record for record in read_ledger(ledger) if record.id]) == count


def test_go_on(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    ledger = str(tmp_path / "jobs.sqlite")
    sandbox.fault("results", times=-1, omit=True)
    arguments = [ledger, str(tmp_path), picture, picture]
    with start_example("go_on.py", sandbox, *arguments) as killed:
        wait_until(lambda: Path(ledger).exists() and all_have_ids(ledger, 2))
        killed.kill()
    sandbox.behave()
    # Again the same: only what is missing is made.
    done = run_example("go_on.py", sandbox, *arguments)
    assert done.returncode == 0, done.stderr
    assert "2 taken up" in done.stdout
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["0.mp4", "1.mp4"]
    assert sandbox.stats["creates_processed"] == 2


def test_webhook(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    told_of_both = {2: "delivered", 3: "delivered"}
    port: Future[int] = Future()
    sandbox.fault("results", times=-1, row={"status": 2, "video_url": None})
    # The relay before it, as a reverse proxy would be, has a port before the example has one.
    with Server(lambda connection: pass_on(connection, port.result(HANG))) as proxy:
        with start_example("webhook.py", sandbox, picture, str(file), "0", f"{proxy.url}/hook") as process:
            assert process.stderr is not None
            told = process.stderr.readline()
            assert told.startswith("listening on port ")
            port.set_result(int(told.split()[-1]))
            # It ends after all webhooks were told, in whatever order they came.
            wait_until(lambda: {each["status"]: each["state"] for each in sandbox.webhooks} == told_of_both)
            sandbox.behave()
            output, complaints = process.communicate(timeout=HANG)
    assert (process.returncode, complaints) == (0, "")
    *events, last = output.splitlines()
    assert last == str(file)
    assert any("status=COMPLETED" in event for event in events)
    assert file.stat().st_size > 1000
