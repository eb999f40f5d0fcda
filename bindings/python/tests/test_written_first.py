"""No create leaves before the ledger has it as sent, whatever way leads to the wire.

A server looks into the ledger at the moment when a create arrives, while another program locks the file."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import (
    HANG,
    Sandbox,
    Server,
    answer,
    asked_ids,
    new_video,
    read_request,
    start_python,
    wait_until,
)

import image2video
from image2video import Client, Job

MakeClient = Callable[..., Client]
Reply = Callable[["Witness", socket.socket, str, int], None]
PICTURE = "http://127.0.0.1:9/a.png"
CREATES = 20


def make_video(witness: Witness, connection: socket.socket, prompt: str, number: int) -> None:
    time.sleep(0.01)
    answer(connection, {"code": 1000, "data": {"_id": new_video(), "status": 1}})


class Witness:
    """A service that notes of each create whether its row said then that it was sent."""

    def __init__(self, ledger: Path, reply: Reply = make_video) -> None:
        self._ledger, self._reply = ledger, reply
        self._lock = threading.Lock()
        self.arrivals: list[tuple[str, bool]] = []
        self.tokens = 0
        self.is_down = False

    def _is_written(self, prompt: str) -> bool:
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True)) as database:
                rows = database.execute(
                    "SELECT sent FROM job WHERE json_extract(request, '$.prompt') = ?1", [prompt]
                ).fetchall()
        except sqlite3.OperationalError:
            # Moved away while this create was on its way.
            return False
        return bool(rows) and all(sent is not None for (sent,) in rows)

    def __call__(self, connection: socket.socket) -> None:
        while request := read_request(connection):
            line, body = request
            if "getToken" in line:
                self.tokens += 1
                answer(connection, {"code": 1000, "token": f"token-number-{self.tokens:016}"})
            elif "resultsByIds" in line:
                video = {"status": 3, "video_url": "http://127.0.0.1:9/v"}
                rows = [{"_id": id, **video} for id in asked_ids(body)]
                answer(connection, {"code": 1000, "data": {"result": rows}})
            elif "createBySourcePrompt" in line:
                prompt = json.loads(body)["prompt"]
                with self._lock:
                    self.arrivals.append((prompt, self._is_written(prompt)))
                    number = sum(1 for other, _ in self.arrivals if other == prompt)
                self._reply(self, connection, prompt, number)
            elif self.is_down:
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            else:
                answer(connection, {"code": 1000, "data": {"credit": 1}})

    @property
    def prompts(self) -> list[str]:
        with self._lock:
            return [prompt for prompt, _ in self.arrivals]

    @property
    def unwritten(self) -> list[str]:
        with self._lock:
            return [prompt for prompt, is_written in self.arrivals if not is_written]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


@contextlib.contextmanager
def locked(ledger: Path, seconds: float) -> Iterator[None]:
    """Another program is at work on the file, for the first seconds of the block."""
    ready = threading.Event()

    def work() -> None:
        with contextlib.closing(sqlite3.connect(ledger, isolation_level=None, timeout=HANG)) as database:
            database.execute("BEGIN IMMEDIATE")
            ready.set()
            time.sleep(seconds)
            database.execute("ROLLBACK")

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        thread.join()


def submit_all(client: Client) -> list[Job]:
    return [client.submit(PICTURE, f"wish {number}") for number in range(CREATES)]


def wait_all(client: Client, jobs: list[Job]) -> None:
    for job in jobs:
        with contextlib.suppress(image2video.Image2VideoError):
            job.wait(HANG)


def reaches(client: Client, condition: Callable[[], object]) -> None:
    end = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < end
        client.dispatch(0.01)


@pytest.mark.parametrize("seconds", [0.1, 0.4, 2])
@pytest.mark.parametrize("requests", [1, 4])
def test_a_lock_lets_nothing_leave_unwritten(
    make_client: MakeClient, ledger: Path, requests: int, seconds: float
) -> None:
    witness = Witness(ledger)
    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=requests)
        jobs = submit_all(client)
        reaches(client, lambda: len(witness.prompts) >= 2)
        with locked(ledger, seconds):
            wait_all(client, jobs)
    assert witness.unwritten == []
    assert sorted(witness.prompts) == sorted(f"wish {number}" for number in range(CREATES))


def refuse_first(witness: Witness, connection: socket.socket, prompt: str, number: int) -> None:
    if number == 1:
        answer(connection, {"code": 1005, "msg": "too frequent"})
    else:
        make_video(witness, connection, prompt, number)


def test_a_refused_create_is_written_before_it_is_sent_again(make_client: MakeClient, ledger: Path) -> None:
    witness = Witness(ledger, refuse_first)
    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=4)
        jobs = submit_all(client)
        reaches(client, lambda: len(witness.prompts) >= 2)
        with locked(ledger, 0.6):
            wait_all(client, jobs)
    assert witness.unwritten == []
    assert len(witness.prompts) == 2 * CREATES


def refuse_token(witness: Witness, connection: socket.socket, prompt: str, number: int) -> None:
    if number == 1:
        answer(connection, {"code": 1101, "msg": "the token has expired"})
    else:
        make_video(witness, connection, prompt, number)


def test_a_create_is_written_before_it_leaves_with_a_new_token(make_client: MakeClient, ledger: Path) -> None:
    witness = Witness(ledger, refuse_token)
    with Server(witness) as server:
        client = make_client(
            base_url=server.url, ledger=ledger, max_requests=4, client_id="an-id", client_secret="a-secret"
        )
        jobs = submit_all(client)
        reaches(client, lambda: len(witness.prompts) >= 2)
        with locked(ledger, 0.6):
            wait_all(client, jobs)
    assert witness.unwritten == []
    assert witness.tokens > 1
    assert sorted(witness.prompts) == sorted(f"wish {number % CREATES}" for number in range(2 * CREATES))


def test_a_place_that_a_cancelled_job_frees_goes_to_nothing_unwritten(
    make_client: MakeClient, ledger: Path
) -> None:
    witness = Witness(ledger)
    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=2)
        jobs = submit_all(client)
        reaches(client, lambda: len(witness.prompts) >= 2)
        with locked(ledger, 0.6):
            for job in jobs[1::2]:
                client.dispatch(0.02)
                job.cancel()
            wait_all(client, jobs)
    assert witness.unwritten == []
    assert set(witness.prompts) >= {f"wish {number}" for number in range(0, CREATES, 2)}
    assert len(set(witness.prompts)) == len(witness.prompts)


def test_the_trial_of_a_host_that_failed_is_written_first(make_client: MakeClient, ledger: Path) -> None:
    witness = Witness(ledger)
    witness.is_down = True
    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=4)
        for _ in range(2):
            with pytest.raises(image2video.Image2VideoError):
                client.credits(timeout=3)
        with locked(ledger, 0.6):
            jobs = submit_all(client)
            wait_all(client, jobs)
    assert witness.unwritten == []
    assert len(set(witness.prompts)) == len(witness.prompts) == CREATES


def test_the_end_of_a_client_sends_nothing_unwritten(make_client: MakeClient, ledger: Path) -> None:
    witness = Witness(ledger)
    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=4)
        submit_all(client)
        reaches(client, lambda: len(witness.prompts) >= 2)
        with locked(ledger, 0.4):
            client.close()
        first = witness.prompts
        again = make_client(base_url=server.url, ledger=ledger, max_requests=4)
        with locked(ledger, 0.4):
            wait_all(again, again.resume())
    assert witness.unwritten == []
    assert len(set(witness.prompts)) == len(witness.prompts)
    assert set(first) <= set(witness.prompts)


@pytest.mark.parametrize("seconds", [0.5, 6])
def test_every_end_is_told_though_the_ledger_is_locked_at_the_end(
    make_client: MakeClient, ledger: Path, seconds: float
) -> None:
    witness = Witness(ledger)
    ends: list[Job] = []

    def on_event(job: Job, event: image2video.Event | int) -> None:
        if event is image2video.Event.DONE:
            ends.append(job)

    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=1)
        jobs = [client.submit(PICTURE, f"wish {number}", on_event=on_event) for number in range(CREATES)]
        reaches(client, lambda: len(witness.prompts) >= 2)
        with locked(ledger, seconds):
            client.close()
    assert len(ends) == len(set(ends)) == len(jobs)
    assert witness.unwritten == []


def test_a_ledger_that_is_moved_sends_nothing(make_client: MakeClient, ledger: Path) -> None:
    witness = Witness(ledger)
    with Server(witness) as server:
        client = make_client(base_url=server.url, ledger=ledger, max_requests=1)
        jobs = submit_all(client)
        reaches(client, lambda: len(witness.prompts) >= 2)
        parts = [Path(f"{ledger}{part}") for part in ("", "-wal", "-shm")]
        for part in parts:
            part.rename(f"{part}.away")
        time.sleep(0.3)
        arrived = len(witness.prompts)
        time.sleep(1.5)
        # One may have been on its way.
        assert len(witness.prompts) <= arrived + 1
        for part in parts:
            Path(f"{part}.away").rename(part)
        wait_all(client, jobs)
    assert sorted(witness.prompts) == sorted(f"wish {number}" for number in range(CREATES))


SAVE = """
import os, sys, time
import image2video
url, picture, ledger, folder = sys.argv[1:]
client = image2video.Client(api_key="sandbox-key", base_url=url, ledger=ledger, poll_interval=(0.02, 0.1))
jobs = [client.submit(picture, f"wish {n}", to=f"{folder}/{n}.mp4") for n in range(5)]
print("submitted", flush=True)
for job in jobs:
    job.wait()
print("saved", flush=True)
time.sleep(60)
"""


def test_what_was_saved_while_the_ledger_was_locked_ends_as_saved(
    sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path, tmp_path: Path
) -> None:
    """The host is told that its videos are saved; its process is gone before that could be written."""
    sandbox.fault("results", times=-1, row={"status": 2, "video_url": None})
    folder = tmp_path / "videos"
    folder.mkdir()
    with start_python(SAVE, sandbox.url, picture, str(ledger), str(folder)) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "submitted\n"
        wait_until(lambda: [job.service_status for job in image2video.read_ledger(ledger)] == [2] * 5)
        # Longer than the library waits before it goes on without its ledger.
        with locked(ledger, 7):
            sandbox.behave()
            assert host.stdout.readline() == "saved\n"
            host.kill()
            host.wait()
    saved = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(saved) == 5
    client = make_client(base_url=sandbox.url, ledger=ledger)
    jobs = client.resume()
    wait_all(client, jobs)
    assert [job.state for job in jobs] == [image2video.JobState.SAVED] * len(jobs)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == saved
    client.close()
    assert not any(record.is_open for record in image2video.read_ledger(ledger))
