"""What was submitted outlives its process: the ledger, resume(), reconcile(), and the bounds of a client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from servers import BUSY, HANG, Sandbox, Server, lasting, never_answer, run_python

import image2video
from image2video import Client, Event, Job, JobState, LedgerError, prune_ledger, read_ledger

MakeClient = Callable[..., Client]
PICTURE = "http://127.0.0.1:9/a.png"

# A client of a process of its own.
BEGIN = """
import json, os, signal, time
from urllib.request import Request, urlopen
import image2video
url, picture, ledger, folder = sys.argv[1:]
HANG = 60

def ask(path, document=None):
    body = None if document is None else json.dumps(document).encode()
    return json.load(urlopen(Request(url + "/_sandbox/" + path, data=body), timeout=HANG))

def client(**settings):
    return image2video.Client(
        api_key="sandbox-key", base_url=url, ledger=ledger, poll_interval=(0.02, 0.1), **settings)

def until(condition):
    end = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < end
        own.dispatch(0.02)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def keeper(sandbox: Sandbox, make_client: MakeClient, ledger: Path) -> Client:
    return make_client(base_url=sandbox.url, ledger=ledger)


def run_own(code: str, sandbox: Sandbox, picture: str, ledger: Path) -> subprocess.CompletedProcess[str]:
    return run_python(BEGIN + code, sandbox.url, picture, str(ledger), str(ledger.parent))


def until(condition: Callable[[], object], client: Client) -> None:
    end = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < end
        client.dispatch(0.02)


def lost(sandbox: Sandbox, client: Client, picture: str, when: str = "after", **options: str) -> Job:
    """A job whose create was sent and not answered."""
    sandbox.fault("create", close=True, when=when)
    job = client.submit(picture, "lost", **options)  # type: ignore[arg-type]
    with pytest.raises(image2video.OutcomeUnknownError) as caught:
        job.wait(HANG)
    assert caught.value.charge == image2video.Charge.POSSIBLE
    assert not caught.value.retryable
    assert job.id is None
    return job


# What is in it.


def test_a_record_has_all_of_a_job(keeper: Client, picture: str, ledger: Path, tmp_path: Path) -> None:
    begin = time.time()
    job = keeper.submit(picture, "zoom", to=tmp_path / "a.mp4")
    video = job.wait(HANG)
    keeper.check_ledger()
    (record,) = read_ledger(ledger)
    assert record.number == 1
    assert record.request is not None
    assert (record.request["image_url"], record.request["prompt"]) == (picture, "zoom")
    assert (record.id, record.path, record.url) == (job.id, tmp_path / "a.mp4", video.video_url)
    assert (record.state, record.status) == (JobState.SAVED, image2video.Status.OK)
    assert record.charge is image2video.Charge.CERTAIN
    assert record.service_status is image2video.VideoStatus.COMPLETED
    assert (record.estimate, record.deduction_credit) == (100, 20)
    assert (record.is_open, record.is_held, record.message) == (False, False, None)
    assert record.sent is not None and record.expires is not None
    assert begin - 0.001 <= record.submitted <= record.sent <= record.changed <= time.time() + 0.001
    assert 6.9 * 86400 < record.expires - record.sent < 7.1 * 86400
    assert record.raw["submission"] == record.submission
    assert record == read_ledger(ledger)[0]
    assert len({record, read_ledger(ledger)[0]}) == 1
    assert "raw" not in repr(record)


def test_an_id_is_not_told_before_it_is_on_disk(
    keeper: Client, sandbox: Sandbox, picture: str, ledger: Path
) -> None:
    sandbox.fault("create", latency_ms=2000)
    job = keeper.submit(picture, "zoom")
    until(lambda: [record for record in read_ledger(ledger) if record.sent], keeper)
    with sqlite3.connect(ledger, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: sandbox.creates, keeper)
        end = time.monotonic() + 0.8
        while time.monotonic() < end:
            keeper.dispatch(0.02)
            assert (job.id, job.video, job.state) == (None, None, JobState.SUBMITTING)
        other.execute("ROLLBACK")
    until(lambda: job.id, keeper)
    assert [record.id for record in read_ledger(ledger)] == [job.id]


def test_jobs_of_one_create_and_those_of_none(
    keeper: Client, sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    with make_client(base_url=sandbox.url) as other:
        elsewhere = other.submit(picture, "elsewhere").wait(HANG)
    keeper.submit_batch(picture, "a", count=2)
    keeper.attach(elsewhere)
    keeper.wait_all(timeout=HANG)
    *batch, attached = read_ledger(ledger)
    assert [record.raw["endpoint"] for record in batch] == ["batch", "batch"]
    assert batch[0].submission == batch[1].submission != attached.submission
    assert (attached.id, attached.request, attached.state) == (elsewhere.id, None, JobState.COMPLETED)


def test_secrets_stay_out_of_it(
    sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    pair = {"client_id": "sandbox-client-id", "client_secret": "sandbox-client-secret-24"}
    secrets: list[str] = []
    # Long enough to be hidden: the sandbox takes its client secret as a key.
    key, token = pair["client_secret"], sandbox.token(*pair.values())
    for credentials in ({"api_key": key}, {"bearer_token": token}, pair):
        with make_client(base_url=sandbox.url, ledger=ledger, **credentials) as client:
            client.credits()
            headers = sandbox.requests[-1]["headers"]
            sent = [value for name, value in headers.items() if name in ("x-api-key", "authorization")]
            secrets += [sent[0].split()[-1], list(credentials.values())[-1]]
            # What is written down has the service's own words in it.
            sandbox.fault("create", code=1006, msg=f"not for {secrets[-1]} and {secrets[-2]}")
            client.submit(picture, "refused")
            client.submit(picture, "b")
            assert len(client.wait_all(timeout=HANG)) == 2
            # Beside it are its log and its index, as long as it is open.
            files = sorted(ledger.parent.glob(ledger.name + "*"))
            assert [file.name[len(ledger.name) :] for file in files] == ["", "-shm", "-wal"]
            for file in files:
                assert file.stat().st_mode & 0o077 == 0
                for secret in secrets:
                    assert secret.encode() not in file.read_bytes(), file
    assert len(set(secrets)) == 3
    messages = [record.message for record in read_ledger(ledger) if record.message is not None]
    assert all("not for" in message for message in messages)
    assert len(messages) == 3
    assert len(read_ledger(ledger)) == 6


def test_prune(keeper: Client, sandbox: Sandbox, picture: str, ledger: Path) -> None:
    keeper.submit(picture, "ended").wait(HANG)
    sandbox.fault("results", times=-1, omit=True)
    going = keeper.submit(picture, "going on")
    until(lambda: going.id is not None, keeper)
    assert prune_ledger(ledger, timedelta(days=1)) == 0
    assert prune_ledger(ledger, 60) == 0
    assert len(read_ledger(ledger)) == 2
    time.sleep(0.01)
    assert prune_ledger(ledger, 0.001) == 1
    assert [record.id for record in read_ledger(ledger)] == [going.id]
    for wrong in (-1, float("nan"), timedelta(seconds=-1)):
        with pytest.raises(image2video.InvalidArgumentError) as caught:
            prune_ledger(ledger, wrong)
        assert caught.value.field == "older_than"
    with pytest.raises(TypeError):
        prune_ledger(ledger, "1")  # type: ignore[arg-type]


# Going on.


CRASH = """
own = client(max_requests=1)
own.submit(picture, "saved", to=folder + "/saved.mp4").wait(HANG)

def fault(*rules):
    ask("faults", rules)

fault(dict(route="video", stall_after=3000))
fetching = own.submit(picture, "fetching", to=folder + "/fetching.mp4")
until(lambda: fetching.progress.received > 0)
unlisted = dict(route="results", times=-1, omit=True)
fault(unlisted)
waiting = own.submit(picture, "waiting", to=folder + "/waiting.mp4")
until(lambda: waiting.id is not None)
fault(unlisted, dict(route="create", hang=True, when="after"))
sending = own.submit(picture, "sending", to=folder + "/sending.mp4")
until(lambda: len(ask("creates")) == 4)
queued = own.submit(picture, "queued", to=folder + "/queued.mp4")
until(lambda: len(image2video.read_ledger(ledger)) == 5)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_resume_after_a_kill(sandbox: Sandbox, picture: str, keeper: Client, ledger: Path) -> None:
    assert keeper.resume() == []
    killed = run_own(CRASH, sandbox, picture, ledger)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    sandbox.behave()
    before = {(record.request or {})["prompt"]: record for record in read_ledger(ledger)}
    assert [name for name, record in before.items() if record.is_open] == [
        "fetching",
        "waiting",
        "sending",
        "queued",
    ]
    assert [record.state.name for record in before.values() if isinstance(record.state, JobState)] == [
        "SAVED",
        "FETCHING",
        "WAITING",
        "SUBMITTING",
        "SUBMITTING",
    ]
    assert before["queued"].sent is None
    told: list[tuple[str, Event | int]] = []
    jobs = keeper.resume(on_event=lambda job, event: told.append((job.path.stem if job.path else "", event)))
    assert [job.path and job.path.stem for job in jobs] == ["fetching", "waiting", "sending", "queued"]
    assert keeper.resume() == []
    fetching, waiting, sending, queued = jobs
    assert (fetching.id, waiting.id) == (before["fetching"].id, before["waiting"].id)
    assert set(keeper.wait_all(timeout=HANG)) == set(jobs)
    for job in (fetching, waiting, queued):
        assert job.state is JobState.SAVED, job
    # Those that have their id already are not created again; each ends once.
    assert [name for name, event in told if event == Event.CREATED] == ["queued"]
    assert sorted(name for name, event in told if event == Event.DONE) == sorted(
        ["fetching", "waiting", "sending", "queued"]
    )
    with pytest.raises(image2video.OutcomeUnknownError):
        sending.wait()
    sending.reconcile().wait(HANG)
    assert sending.state is JobState.SAVED
    assert sorted(create["prompt"] for create in sandbox.creates) == [
        "fetching",
        "queued",
        "saved",
        "sending",
        "waiting",
    ]
    files = {path.stem: path.read_bytes() for path in ledger.parent.glob("*.mp4")}
    assert len(files) == 5
    assert list(ledger.parent.glob("*.part*")) == []
    from hashlib import sha256

    for create in sandbox.creates:
        assert sha256(files[create["prompt"]]).hexdigest() == create["sha256"]
    assert not any(record.is_open for record in read_ledger(ledger))


MANY = """
own = client()
jobs = [own.submit(picture, str(number), to=f"{folder}/{number}.mp4") for number in range(30)]
until(lambda: all(job.id for job in jobs))
os.kill(os.getpid(), signal.SIGKILL)
"""
TAKE = """
import pathlib
own = client()
pathlib.Path(folder, f"{os.getpid()}.here").touch()
until(lambda: len(list(pathlib.Path(folder).glob("*.here"))) == 2)
# In small bites, by turns.
jobs = []
while taken := own.resume(limit=1):
    jobs += taken
    time.sleep(0.01)
own.wait_all(timeout=HANG)
print(json.dumps([job.id for job in jobs if job.state == image2video.JobState.SAVED]))
"""


def test_two_processes_resume_at_once(sandbox: Sandbox, picture: str, ledger: Path) -> None:
    sandbox.fault("results", times=-1, omit=True)
    killed = run_own(MANY, sandbox, picture, ledger)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    sandbox.behave()
    done: list[subprocess.CompletedProcess[str]] = []
    both = [
        threading.Thread(target=lambda: done.append(run_own(TAKE, sandbox, picture, ledger)))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    assert [process.stderr for process in done] == ["", ""]
    first, second = (json.loads(process.stdout) for process in done)
    assert first and second, "one came too late"
    assert len(first) + len(second) == 30
    assert set(first) | set(second) == {create["id"] for create in sandbox.creates}
    assert len(list(ledger.parent.glob("*.mp4"))) == 30


def test_what_a_living_process_has_is_left_to_it(
    keeper: Client, sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    sandbox.fault("results", times=-1, omit=True)
    job = keeper.submit(picture, "a")
    until(lambda: job.id is not None, keeper)
    with make_client(base_url=sandbox.url, ledger=ledger) as other:
        assert other.resume() == []
        keeper.close()
        sandbox.behave()
        (resumed,) = other.resume()
        assert resumed.id == job.id
        assert resumed.wait(HANG).id == job.id


def test_resume_takes_what_it_is_told(keeper: Client, sandbox: Sandbox, make_client: MakeClient) -> None:
    for wrong in (0, -1):
        with pytest.raises(image2video.InvalidArgumentError):
            keeper.resume(limit=wrong)
    with pytest.raises(TypeError):
        keeper.resume(limit=2.5)  # type: ignore[arg-type]
    assert keeper.resume(limit=10**9) == []
    without = make_client(base_url=sandbox.url)
    for call in (without.resume, without.check_ledger):
        with pytest.raises(image2video.InvalidStateError, match="ledger"):
            call()
    keeper.close()
    for call in (keeper.resume, keeper.check_ledger):
        with pytest.raises(image2video.ClosedError):
            call()


def test_resume_in_asyncio(sandbox: Sandbox, picture: str, ledger: Path) -> None:
    def make() -> image2video.AsyncClient:
        return image2video.AsyncClient(
            api_key="sandbox-key", base_url=sandbox.url, ledger=ledger, poll_interval=(0.02, 0.1)
        )

    async def main() -> None:
        sandbox.fault("results", times=-1, omit=True)
        async with make() as client:
            job = client.submit(picture, "a", to=ledger.parent / "a.mp4")
            async for event in job.events():
                if event == Event.CREATED:
                    break
        sandbox.behave()
        async with make() as client:
            client.check_ledger()
            (resumed,) = client.resume()
            assert (await resumed.wait(HANG)).id == resumed.id == job.id
            assert (ledger.parent / "a.mp4").exists()
            sandbox.fault("create", close=True, when="after")
            astray = client.submit(picture, "lost")
            with pytest.raises(image2video.OutcomeUnknownError):
                await astray.wait(HANG)
            events = [event async for event in astray.reconcile().events()]
            assert events[0] == Event.CREATED
            assert events[-1] == Event.DONE
            assert (await astray.wait()).id == astray.id

    asyncio.run(main())
    assert sandbox.stats["creates_processed"] == 2


# Looking for what was lost.


@pytest.mark.parametrize("webhook", [False, True])
def test_reconcile_finds_the_video(
    keeper: Client, sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path, webhook: bool
) -> None:
    options = {"webhookurl": "http://127.0.0.1:9/hook"} if webhook else {}
    if webhook:
        # With the nonce, not even what looks exactly alike confuses it.
        with make_client(base_url=sandbox.url) as other:
            for _ in range(3):
                other.submit(picture, "lost", webhookurl="http://127.0.0.1:9/hook").wait(HANG)
    file = ledger.parent / "found.mp4"
    job = lost(sandbox, keeper, picture, to=str(file), **options)
    made = sandbox.creates[-1]
    told: list[Event | int] = []
    assert job.reconcile(on_event=lambda job, event: told.append(event)) is job
    video = job.wait(HANG)
    assert job.id == video.id == made["id"]
    assert (told[0], told[-1]) == (Event.CREATED, Event.DONE)
    assert file.stat().st_size > 1000
    assert sandbox.stats["creates_processed"] == (4 if webhook else 1)
    (record,) = read_ledger(ledger)
    assert (record.id, record.state, record.charge) == (job.id, JobState.SAVED, image2video.Charge.CERTAIN)
    if webhook:
        assert record.request is not None
        assert record.submission in record.request["webhookurl"]
    with pytest.raises(image2video.InvalidStateError):
        job.reconcile()


def test_reconcile_leaves_what_could_be_anybodys(
    keeper: Client, sandbox: Sandbox, make_client: MakeClient, picture: str
) -> None:
    with make_client(base_url=sandbox.url) as other:
        other.submit(picture, "lost").wait(HANG)
    job = lost(sandbox, keeper, picture)
    with pytest.raises(image2video.OutcomeUnknownError, match="2 videos"):
        job.reconcile().wait(HANG)
    assert job.id is None
    # Once the other one is somebody's, one is left.
    keeper.attach(next(create["id"] for create in sandbox.creates)).wait(HANG)
    assert job.reconcile().wait(HANG).id == sandbox.creates[-1]["id"]


def test_reconcile_when_nothing_was_made(keeper: Client, sandbox: Sandbox, picture: str) -> None:
    job = lost(sandbox, keeper, picture, when="before")
    for _ in range(2):
        with pytest.raises(image2video.OutcomeUnknownError) as caught:
            job.reconcile().wait(HANG)
        assert caught.value.job is job
    assert job.state is JobState.FAILED
    assert sandbox.stats["creates_processed"] == 0


def test_what_an_earlier_client_lost_is_looked_for(
    keeper: Client, sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    file = ledger.parent / "found.mp4"
    lost(sandbox, keeper, picture, to=str(file))
    keeper.close()
    with make_client(base_url=sandbox.url, ledger=ledger) as later:
        assert later.resume() == []
        told: list[Event | int] = []
        (job,) = later.reconcile(on_event=lambda job, event: told.append(event))
        assert job.wait(HANG).id == sandbox.creates[0]["id"]
        assert (told[0], told[-1]) == (Event.CREATED, Event.DONE)
        assert later.reconcile() == []
        with pytest.raises(image2video.InvalidArgumentError):
            later.reconcile(limit=0)
    assert file.stat().st_size > 1000
    assert sandbox.stats["creates_processed"] == 1


def test_reconcile_without_a_ledger(client: Client, sandbox: Sandbox, picture: str) -> None:
    assert lost(sandbox, client, picture).reconcile().wait(HANG).id == sandbox.creates[0]["id"]
    with pytest.raises(image2video.InvalidStateError):
        client.submit(picture, "on its way").reconcile()
    with pytest.raises(image2video.InvalidStateError):
        client.reconcile()


# What can be wrong with it.


def newer(ledger: Path) -> None:
    with sqlite3.connect(ledger) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def damaged(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)


def text(ledger: Path) -> None:
    ledger.write_text("This is no database, but a text that is longer than a header. " * 20)


def foreign(ledger: Path) -> None:
    ledger.unlink()
    with sqlite3.connect(ledger) as database:
        database.execute("CREATE TABLE job(number)")
    database.close()


def folder(ledger: Path) -> None:
    ledger.unlink()
    ledger.mkdir()


def nowhere(ledger: Path) -> None:
    ledger.unlink()
    ledger.parent.rmdir()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (newer, "newer version"),
        (damaged, "malformed|damaged|not a database"),
        (text, "not a database"),
        (foreign, "something else"),
        (folder, "cannot be opened"),
        (nowhere, "cannot be opened"),
    ],
)
def test_a_ledger_that_does_not_work(
    sandbox: Sandbox,
    make_client: MakeClient,
    picture: str,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    words: str,
) -> None:
    (tmp_path / "kept").mkdir()
    ledger = tmp_path / "kept" / "jobs.sqlite"
    make_client(base_url=sandbox.url, ledger=ledger).close()
    spoil(ledger)
    before = ledger.read_bytes() if ledger.is_file() else None
    calls: list[Callable[[], object]] = [
        lambda: make_client(base_url=sandbox.url, ledger=ledger),
        lambda: read_ledger(ledger),
        lambda: prune_ledger(ledger, 0),
    ]
    for call in calls:
        with pytest.raises(LedgerError, match=words) as caught:
            call()
        assert isinstance(caught.value, OSError)
        assert caught.value.status is image2video.Status.LEDGER
        assert caught.value.field == "ledger"
    client = make_client(base_url=sandbox.url, ledger=ledger, ledger_required=False)
    for call in (client.check_ledger, client.resume):
        with pytest.raises(LedgerError, match=words):
            call()
    assert client.submit(picture, "all the same").wait(HANG).id is not None
    client.close()
    # Nobody's file is touched.
    if spoil is not foreign:
        assert (ledger.read_bytes() if ledger.is_file() else None) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(make_client: MakeClient, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    place.mkdir(mode=0o500)
    with pytest.raises(LedgerError):
        make_client(ledger=place / "jobs.sqlite")


def test_there_is_none_to_read(tmp_path: Path) -> None:
    with pytest.raises(LedgerError):
        read_ledger(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []
    for wrong in ("a\0b", "\udcff"):
        with pytest.raises(image2video.InvalidArgumentError) as caught:
            read_ledger(wrong)
        assert caught.value.field == "path"
    with pytest.raises(TypeError):
        read_ledger(b"bytes")  # type: ignore[arg-type]


def test_nothing_is_sent_that_cannot_be_written_down(
    keeper: Client, sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    lenient = make_client(base_url=sandbox.url, ledger=ledger, ledger_required=False)
    with sqlite3.connect(ledger) as database:
        database.execute("ALTER TABLE job RENAME TO gone")
    database.close()
    with pytest.raises(LedgerError) as caught:
        keeper.submit(picture, "a").wait(HANG)
    assert caught.value.charge == image2video.Charge.NONE
    assert sandbox.stats["creates_processed"] == 0
    with pytest.raises(LedgerError):
        keeper.check_ledger()
    assert lenient.submit(picture, "a").wait(HANG).id is not None
    with pytest.raises(LedgerError):
        lenient.check_ledger()


def test_a_ledger_that_others_lock_holds_nothing_else_up(
    keeper: Client, sandbox: Sandbox, picture: str, ledger: Path
) -> None:
    sandbox.fault("results", times=-1, omit=True)
    keeper.submit(picture, "going on")
    until(lambda: sandbox.stats["requests"].get("results", 0) > 0, keeper)
    other = sqlite3.connect(ledger, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits = keeper.submit(picture, "waits for the lock")
    before = sandbox.stats["requests"]["results"]
    until(lambda: sandbox.stats["requests"]["results"] > before + 3, keeper)
    assert sandbox.stats["creates_processed"] == 1
    # It was not for long: the create leaves after all.
    other.execute("ROLLBACK")
    until(lambda: waits.id is not None, keeper)
    # For longer than a create waits, and the end does not wait as long either.
    other.execute("BEGIN IMMEDIATE")
    refused = keeper.submit(picture, "refused")
    with pytest.raises(LedgerError) as caught:
        refused.wait(HANG)
    assert (caught.value.charge, caught.value.retryable) == (image2video.Charge.NONE, True)
    with lasting():
        keeper.close()
    other.close()
    assert sandbox.stats["creates_processed"] == 2


@contextmanager
def locked(ledger: Path, how: str, seconds: float) -> Iterator[Callable[[], float]]:
    """Another is at work on the file, for so long at most; gives a clock of how long already."""
    other = sqlite3.connect(ledger, isolation_level=None, check_same_thread=False)
    other.execute(f"BEGIN {how}")
    begin = time.monotonic()
    timer = threading.Timer(seconds, other.rollback)
    timer.start()
    try:
        yield lambda: time.monotonic() - begin
    finally:
        timer.cancel()
        timer.join()
        other.close()


def test_a_ledger_that_others_are_just_making_is_waited_for(
    sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    with locked(ledger, "EXCLUSIVE", 0.8) as waited:
        client = make_client(base_url=sandbox.url, ledger=ledger)
        assert waited() > 0.7
    assert client.submit(picture, "first").wait(HANG).id is not None
    client.close()


def test_a_ledger_that_others_lock_is_waited_for_by_who_takes_jobs_up(
    keeper: Client, sandbox: Sandbox, picture: str, ledger: Path
) -> None:
    sandbox.fault("create", close=True)
    with pytest.raises(image2video.OutcomeUnknownError):
        keeper.submit(picture, "lost").wait(HANG)
    calls: list[tuple[Callable[[], list[Job]], int]] = [(keeper.resume, 0), (keeper.reconcile, 1)]
    for take_up, count in calls:
        with locked(ledger, "IMMEDIATE", 0.8) as waited:
            assert len(take_up()) == count
            assert waited() > 0.7


def test_a_ledger_that_others_keep_locked_is_waited_for_five_seconds(
    sandbox: Sandbox, make_client: MakeClient, ledger: Path
) -> None:
    with locked(ledger, "EXCLUSIVE", 20) as waited:
        with pytest.raises(LedgerError) as caught:
            make_client(base_url=sandbox.url, ledger=ledger)
        assert caught.value.retryable
        assert 4.9 < waited() < 10


def test_a_database_of_something_else_is_told_as_that_when_its_owner_lets_go(
    sandbox: Sandbox, make_client: MakeClient, ledger: Path
) -> None:
    with sqlite3.connect(ledger) as database:
        database.execute("CREATE TABLE diary(day TEXT)")
    database.close()
    with locked(ledger, "EXCLUSIVE", 0.8) as waited:
        with pytest.raises(LedgerError, match="something else") as caught:
            make_client(base_url=sandbox.url, ledger=ledger)
        assert not caught.value.retryable
        assert 0.7 < waited() < 4


def test_a_video_that_must_be_gone_is_not_looked_for_for_ever(
    sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    sandbox.fault("results", times=-1, omit=True)
    client = make_client(base_url=sandbox.url, ledger=ledger)
    job = client.submit(picture, "long ago")
    until(lambda: job.id is not None, client)
    client.close()
    with sqlite3.connect(ledger) as database:
        database.execute("UPDATE job SET submitted = submitted - 8 * 86400000, expires = NULL")
    database.close()
    client = make_client(base_url=sandbox.url, ledger=ledger)
    (job,) = client.resume()
    with pytest.raises(image2video.VideoExpiredError):
        job.wait(HANG)
    client.close()
    assert [record.is_open for record in read_ledger(ledger)] == [False]


def test_a_batch_that_was_taken_up_in_part_is_paid_for_once(
    sandbox: Sandbox, make_client: MakeClient, picture: str, ledger: Path
) -> None:
    slow = make_client(base_url=sandbox.url, ledger=ledger, max_requests=1)
    sandbox.fault("create", latency_ms=1500, when="after")
    slow.submit(picture, "goes first")
    until(lambda: sandbox.stats["creates_processed"] == 1, slow)
    batch = slow.submit_batch(picture, "three", count=3)
    until(lambda: len(read_ledger(ledger)) == 4, slow)
    # As if it had not stirred for a minute.
    with sqlite3.connect(ledger) as database:
        database.execute("UPDATE holder SET until = 0")
    database.close()
    quick = make_client(base_url=sandbox.url, ledger=ledger)
    taken = quick.resume(limit=2)
    assert len(taken) == 2
    until(lambda: taken[1].id is not None, quick)
    for job in batch[1:]:
        assert job.wait(HANG).id is not None
    with pytest.raises(LedgerError):
        batch[0].wait(HANG)
    assert [job.id for job in batch[1:]].count(taken[1].id) == 0
    assert len(sandbox.creates) == 4
    assert {create["id"] for create in sandbox.creates} <= {record.id for record in read_ledger(ledger)}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_beside_a_ledger(keeper: Client, sandbox: Sandbox, picture: str, ledger: Path) -> None:
    job = keeper.submit(picture, "a")
    child = os.fork()
    if child == 0:
        os._exit(_child(keeper, sandbox.url, ledger))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    # What the child did has not touched what the parent has.
    assert job.wait(HANG).id is not None
    keeper.check_ledger()
    assert [record.state for record in read_ledger(ledger)] == [JobState.COMPLETED]


def _child(client: Client, url: str, ledger: Path) -> int:
    try:
        calls: list[Callable[[], object]] = [
            client.resume,
            client.check_ledger,
            lambda: Client(api_key="sandbox-key", base_url=url, ledger=ledger),
            lambda: Client(api_key="sandbox-key", base_url=url, ledger=ledger.parent / "other.sqlite"),
            lambda: read_ledger(ledger),
            lambda: prune_ledger(ledger, 0),
        ]
        for call in calls:
            try:
                call()
            except image2video.ForkedError as error:
                assert error.status == image2video.Status.FORKED
            else:
                raise AssertionError(call)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


# The bounds of a client.


def test_busy(make_client: MakeClient) -> None:
    with Server(never_answer) as server:
        client = make_client(base_url=server.url, max_jobs=1)
        job = client.submit(PICTURE, "a")
        calls: list[Callable[[], object]] = [lambda: client.submit(PICTURE, "b"), client.credits]
        for call in calls:
            with pytest.raises(image2video.BusyError) as caught:
                call()
            assert caught.value.status is image2video.Status.BUSY
            assert (caught.value.charge, caught.value.retryable) == (image2video.Charge.NONE, True)
        job.cancel()
        client.wait_all(timeout=HANG)
        client.submit(PICTURE, "b")


def test_a_video_that_is_too_large(
    sandbox: Sandbox, make_client: MakeClient, picture: str, tmp_path: Path
) -> None:
    # More than an int32 can hold, and less than there is.
    with make_client(base_url=sandbox.url, max_video_bytes=2**40) as roomy:
        roomy.animate(picture, "a", to=tmp_path / "roomy.mp4")
    client = make_client(base_url=sandbox.url, max_video_bytes=1000)
    with pytest.raises(image2video.TooLargeError) as caught:
        client.animate(picture, "a", to=tmp_path / "a.mp4")
    assert caught.value.charge == image2video.Charge.CERTAIN
    assert [path.name for path in tmp_path.iterdir()] == ["roomy.mp4"]


def test_the_rate_of_requests(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url, max_rate=10)
    # Twenty at once, and ten more in a second.
    with lasting(0.8):
        for _ in range(30):
            client.credits()


@pytest.mark.parametrize(
    "settings",
    [
        {"max_rate": 0},
        {"max_rate": float("nan")},
        {"max_jobs": 0},
        {"max_jobs": 10_000_001},
        {"max_video_bytes": 0},
        {"max_video_bytes": 2**70},
        {"ledger": "\udcff"},
    ],
)
def test_settings_out_of_range(settings: dict[str, object]) -> None:
    (name,) = settings
    with pytest.raises(image2video.InvalidArgumentError) as caught:
        Client(api_key="k", **settings)  # type: ignore[arg-type]
    assert caught.value.field == name


@pytest.mark.parametrize("settings", [{"ledger": 5}, {"ledger_required": 1}, {"max_jobs": 2.0}])
def test_settings_of_another_type(settings: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Client(api_key="k", **settings)  # type: ignore[arg-type]


def test_a_ledger_that_cannot_be_written_is_told_to_jobs_that_go_on(
    make_client: MakeClient, sandbox: Sandbox, picture: str, ledger: Path
) -> None:
    events: list[int] = []
    sandbox.fault("results", times=-1, row={"status": 2, "video_url": None})
    client = make_client(base_url=sandbox.url, ledger=ledger)
    job = client.submit(picture, "a", on_event=lambda job, event: events.append(event))
    while job.status != image2video.VideoStatus.PROCESSING:
        client.dispatch(0.1)
    with closing(sqlite3.connect(ledger, isolation_level=None)) as others:
        others.execute("BEGIN IMMEDIATE")
        other = client.submit(picture, "b")
        while Event.WARNING not in events:
            client.dispatch(0.1)
        assert isinstance(job.error, LedgerError)
        assert job.state is JobState.WAITING
        with pytest.raises(LedgerError):
            other.wait(60)
        assert isinstance(job.error, LedgerError)
        others.execute("ROLLBACK")
    while job.error is not None:
        client.dispatch(0.1)
    sandbox.behave()
    assert job.wait(60).id == job.id
    assert events.count(Event.WARNING) == events.count(Event.DONE) == 1
