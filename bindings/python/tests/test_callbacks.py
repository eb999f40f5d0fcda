"""When callbacks run, and where what they raise comes up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import BUSY, HANG, Sandbox, run_python, wait_until

import image2video
from image2video import Client, Event, Job, JobState

MakeClient = Callable[..., Client]


def test_events_in_their_order(client: Client, picture: str, tmp_path: Path) -> None:
    events: list[int] = []
    seen: list[str] = []
    threads = set()

    def on_event(job: Job, event: int) -> None:
        events.append(event)
        threads.add(threading.get_ident())

    def on_progress(job: Job) -> None:
        seen.append(getattr(job.state, "name", "?"))

    client.animate(picture, "a", to=tmp_path / "a.mp4", on_event=on_event, on_progress=on_progress)
    assert events[0] is Event.CREATED
    assert events[-1] is Event.DONE
    assert events.count(Event.CREATED) == events.count(Event.DONE) == 1
    assert Event.STATUS in events
    assert Event.PROGRESS in events
    assert len(seen) == len(events)
    assert seen[-1] == "SAVED"
    assert threads == {threading.get_ident()}


def test_what_hinders_a_job_is_told_while_it_goes_on(
    client: Client, sandbox: Sandbox, picture: str, tmp_path: Path
) -> None:
    events: list[int] = []
    sandbox.fault("results", times=-1, code=1109)
    job = client.submit(
        picture, "a", to=tmp_path / "a.mp4", on_event=lambda job, event: events.append(event)
    )
    while Event.WARNING not in events:
        client.dispatch(0.1)
    assert isinstance(job.error, image2video.AuthError)
    assert job.error.charge is image2video.Charge.CERTAIN
    assert not job.done
    assert job.state is image2video.JobState.WAITING
    with pytest.raises(image2video.WaitTimeoutError):
        job.wait(0.3)
    sandbox.behave()
    assert job.wait(60).id == job.id
    assert job.error is None
    assert events.count(Event.WARNING) == events.count(Event.DONE) == 1


def test_a_start_that_fails_calls_nothing(client: Client) -> None:
    events: list[int] = []
    with pytest.raises(ValueError):
        client.submit("no address", "a", on_event=lambda job, event: events.append(event))
    client.dispatch(0.1)
    assert events == []


def test_what_a_callback_raises_comes_up_where_it_was_waited(
    client: Client, picture: str, capfd: pytest.CaptureFixture[str]
) -> None:
    events: list[int] = []

    def on_event(job: Job, event: int) -> None:
        events.append(event)
        if event == Event.CREATED:
            raise KeyError("mine")

    job = client.submit(picture, "a", on_event=on_event)
    with pytest.raises(KeyError, match="mine"):
        job.wait(HANG)
    # The job goes on, and nothing of it is lost.
    assert job.wait(HANG).id == job.id
    assert events[0] is Event.CREATED
    assert events[-1] is Event.DONE
    assert events.count(Event.CREATED) == events.count(Event.DONE) == 1
    assert capfd.readouterr() == ("", "")


def test_several_callbacks_raise_at_once(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", times=-1, code=1003)
    told = []

    def on_event(job: Job, event: int) -> None:
        told.append(job)
        raise RuntimeError(str(len(told)))

    jobs = [client.submit(picture, "a", on_event=on_event) for _ in range(3)]
    # All have failed before anything is delivered.
    wait_until(lambda: all(job.state is JobState.FAILED for job in jobs))
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="1") as caught:
        client.dispatch(HANG)
    assert str(caught.value.__context__) == "2"
    assert caught.value.__context__ is not None
    assert str(caught.value.__context__.__context__) == "3"
    assert set(told) == set(jobs)
    assert client.jobs == []
    assert client.dispatch() == 0


def test_an_iteration_goes_on_after_what_a_callback_raised(
    client: Client, sandbox: Sandbox, picture: str
) -> None:
    sandbox.fault("create", times=-1, code=1003)

    def on_event(job: Job, event: int) -> None:
        raise KeyError

    jobs = [client.submit(picture, "a", on_event=on_event) for _ in range(3)]
    ended: list[Job] = []
    raised = 0
    completed = client.as_completed(timeout=HANG)
    while len(ended) < 3:
        try:
            ended.append(next(completed))
        except KeyError:
            raised += 1
    assert set(ended) == set(jobs)
    assert 1 <= raised <= 3
    assert list(completed) == []


def test_both_callbacks_run_when_the_first_raises(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", code=1003)
    progress: list[Job] = []

    def on_event(job: Job, event: int) -> None:
        raise KeyError

    job = client.submit(picture, "a", on_event=on_event, on_progress=progress.append)
    with pytest.raises(KeyError):
        client.dispatch(HANG)
    assert progress == [job]


def test_a_callback_must_not_wait_or_close_but_may_submit(client: Client, picture: str) -> None:
    refused: list[BaseException] = []
    more: list[Job] = []

    def on_event(job: Job, event: int) -> None:
        if event != Event.CREATED or more:
            return
        attempts: list[Callable[[], object]] = [job.wait, client.dispatch, client.wait_all, client.close]
        attempts.append(lambda: client.animate(picture, "b", to="never.mp4"))
        for attempt in attempts:
            try:
                attempt()
            except image2video.InCallbackError as error:
                refused.append(error)
        more.append(client.submit(picture, "c", on_event=on_event))

    client.submit(picture, "a", on_event=on_event)
    ended = client.wait_all(timeout=HANG)
    assert len(refused) == 5
    assert len(ended) == 2
    assert more[0] in ended


def test_close_delivers_what_is_due(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url)
    events: list[tuple[Job, int]] = []

    def on_event(job: Job, event: int) -> None:
        events.append((job, event))
        raise LookupError("at the end")

    jobs = [client.submit(picture, "a", on_event=on_event) for _ in range(3)]
    with pytest.raises(LookupError, match="at the end"):
        client.close()
    assert client.closed
    for job in jobs:
        assert [event for other, event in events if other is job][-1] == Event.DONE
        assert isinstance(job.error, (image2video.JobCancelledError, image2video.OutcomeUnknownError))


def test_ctrl_c_is_never_lost_among_callbacks() -> None:
    """Events come fast while the signal comes: it ends the program at once, and nothing else is said."""
    code = """
import os, signal, socket, sys, threading, time
sys.path.insert(0, sys.argv[1])
from servers import Server, answer, asked_ids, new_video, read_request
import image2video

def handle(connection):
    number = 0
    while request := read_request(connection):
        number += 1
        status = 1 + number % 2
        if "resultsByIds" in request[0]:
            data = {"result": [{"_id": id, "status": status} for id in asked_ids(request[1])]}
        else:
            data = {"_id": new_video(), "status": status}
        answer(connection, {"code": 1000, "data": data})

with Server(handle) as server:
    client = image2video.Client(api_key="k", base_url=server.url, poll_interval=(0.01, 0.01))
    for _ in range(20):
        job = client.submit("http://127.0.0.1:9/a.png", "a", on_event=lambda job, event: None)
        start = time.monotonic()
        try:
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            job.wait(60)
        except KeyboardInterrupt:
            assert time.monotonic() - start < float(sys.argv[2]), time.monotonic() - start
        else:
            raise AssertionError("the signal was lost")
    print("every signal came")
    client.close()
"""
    done = run_python(code, str(Path(__file__).parent), str(BUSY))
    assert (done.stdout, done.stderr, done.returncode) == ("every signal came\n", "", 0)
