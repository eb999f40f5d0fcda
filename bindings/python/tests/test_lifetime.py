"""Clients and jobs begin and end in any order, in threads and across forks."""

from __future__ import annotations

import gc
import os
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import BUSY, HANG, Sandbox, Server, lasting, never_answer, run_python, wait_until

import image2video
from image2video import Client, Event, Job, JobState

MakeClient = Callable[..., Client]
PICTURE = "http://127.0.0.1:9/a.png"


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def test_close_with_jobs_under_way(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    before = threads()
    with make_client(base_url=sandbox.url) as client:
        jobs = [client.submit(picture, "a") for _ in range(10)]
        assert threads() == before + 1
    assert threads() == before
    assert client.closed
    assert repr(client) == "<Client: closed>"
    for job in jobs:
        assert job.done
        assert job.state is JobState.FAILED
        with pytest.raises((image2video.JobCancelledError, image2video.OutcomeUnknownError)):
            job.wait()
    client.close()
    for call in (client.fileno, client.dispatch, lambda: client.submit(picture, "a")):
        with pytest.raises(image2video.ClosedError):
            call()


def test_close_while_other_threads_wait(make_client: MakeClient) -> None:
    with Server(never_answer) as server:
        client = make_client(base_url=server.url)
        job = client.submit(PICTURE, "a")
        raised: list[BaseException] = []

        def run(call: Callable[[], object]) -> None:
            try:
                call()
            except image2video.Image2VideoError as error:
                raised.append(error)

        calls: list[Callable[[], object]] = [job.wait, client.wait_all, lambda: client.dispatch(None)]
        waiting = [threading.Thread(target=run, args=(call,)) for call in calls]
        for thread in waiting:
            thread.start()
        wait_until(lambda: server.connections)
        time.sleep(0.3)
        # Two seconds for the create, whose answer would have had an id.
        with lasting():
            client.close()
            for thread in waiting:
                thread.join(HANG)
        assert {type(error) for error in raised} <= {
            image2video.ClosedError,
            image2video.OutcomeUnknownError,
        }
        assert isinstance(job.error, image2video.OutcomeUnknownError)


def test_jobs_and_videos_outlive_their_client(
    sandbox: Sandbox, picture: str, make_client: MakeClient
) -> None:
    client = make_client(base_url=sandbox.url)
    job = client.submit(picture, "a")
    video = job.wait(HANG)
    client.close()
    text = repr(job), repr(video), video.raw
    del client
    gc.collect()
    assert (repr(job), repr(video), video.raw) == text
    assert job.wait() == video
    del job
    gc.collect()
    assert video.raw == text[2]


def test_a_forgotten_client_ends(sandbox: Sandbox) -> None:
    before = threads()
    client = Client(api_key="sandbox-key", base_url=sandbox.url)
    job = client.submit(PICTURE, "a", on_event=lambda job, event: None)
    gone = weakref.ref(client)
    # The client and the job know each other.
    del client, job
    gc.collect()
    assert gone() is None
    # The kernel lists a thread for a moment after it was joined.
    wait_until(lambda: threads() <= before)


def test_a_job_keeps_its_client(sandbox: Sandbox, picture: str) -> None:
    job = Client(api_key="sandbox-key", base_url=sandbox.url, poll_interval=(0.02, 0.1)).submit(picture, "a")
    gc.collect()
    assert job.wait(HANG).id == job.id
    job.client.close()


def test_many_jobs_leave_nothing_behind(client: Client, sandbox: Sandbox, picture: str) -> None:
    sandbox.fault("create", times=-1, code=1003)
    gone: list[weakref.ref[Job]] = []
    for _ in range(50):
        gone.append(weakref.ref(client.submit(picture, "a", on_event=lambda job, event: None)))
    client.wait_all(timeout=HANG)
    gc.collect()
    assert [job for job in gone if job() is not None] == []


def test_threads_share_a_client(client: Client, sandbox: Sandbox, picture: str) -> None:
    told: list[int] = []
    inside = 0
    ended: list[Job] = []

    def on_event(job: Job, event: int) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1, "two callbacks at a time"
        time.sleep(0.001)
        if event == Event.DONE:
            told.append(event)
        inside -= 1

    def work() -> None:
        for number in range(5):
            job = client.submit(picture, f"{number}", on_event=on_event)
            job.wait(HANG)
            ended.append(job)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(HANG)
    assert len(ended) == 30
    assert {job.state for job in ended} == {JobState.COMPLETED}
    assert len(told) == 30
    assert sandbox.stats["creates_processed"] == 30


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork(sandbox: Sandbox, picture: str, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url)
    job = client.submit(picture, "a")
    video = client.submit(picture, "b").wait(HANG)
    with make_client(base_url=sandbox.url) as other:
        other.submit(picture, "never asked about").cancel()
        child = os.fork()
        if child == 0:
            os._exit(_child(client, job, video, sandbox.url, picture))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert job.wait(HANG).id == job.id
    assert client.submit(picture, "c").wait(HANG).id is not None


def _child(client: Client, job: Job, video: image2video.Video, url: str, picture: str) -> int:
    try:
        calls: list[Callable[[], object]] = [client.dispatch, client.fileno, client.wait_all, job.wait]
        calls += [job.cancel, lambda: job.state, lambda: client.submit(picture, "a")]
        for call in calls:
            try:
                call()
            except image2video.ForkedError as error:
                assert error.status == image2video.Status.FORKED
            else:
                raise AssertionError(call)
        assert "parent" in repr(client) + repr(job)
        client.close()
        gc.collect()
        with Client(api_key="sandbox-key", base_url=url, poll_interval=(0.02, 0.1)) as fresh:
            assert fresh.submit(picture, "in the child").wait(HANG).id is not None
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_the_library_itself_refuses_a_forked_client(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(base_url=sandbox.url)
    child = os.fork()
    if child == 0:
        status = client._library.i2v_client_dispatch(client._handle, 0, None, None)
        status_of_destroy = client._library.i2v_client_destroy(client._handle)
        os._exit(status * 10 + status_of_destroy)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 55


def test_a_process_ends_at_once_while_the_service_hangs() -> None:
    code = """
import sys, time
import image2video
client = image2video.Client(api_key="k", base_url=sys.argv[1])
job = client.submit("http://127.0.0.1:9/a.png", "a")
start = time.monotonic()
try:
    job.wait(5)
except TimeoutError as error:
    print(type(error).__name__, 5 <= time.monotonic() - start)
"""
    # With two seconds for the create, whose answer would have had an id.
    with Server(never_answer) as server, lasting(5):
        done = run_python(code, server.url)
    assert (done.stdout, done.stderr, done.returncode) == ("WaitTimeoutError True\n", "", 0)


@pytest.mark.parametrize("leftover", ["client, job", "job", "client", "job.video"])
def test_a_process_ends_quietly_whatever_is_left(sandbox: Sandbox, picture: str, leftover: str) -> None:
    code = f"""
import sys
import image2video
client = image2video.Client(api_key="sandbox-key", base_url=sys.argv[1], poll_interval=(0.02, 0.1))
job = client.submit(sys.argv[2], "a", on_event=lambda job, event: None)
while job.id is None:
    client.dispatch(1)
sys.kept = {leftover}
"""
    done = run_python(code, sandbox.url, picture)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_ctrl_c_ends_a_wait(tmp_path: Path) -> None:
    code = """
import os, signal, sys, threading, time
import image2video
client = image2video.Client(api_key="k", base_url=sys.argv[1])
def interrupt():
    while not client.jobs:
        time.sleep(0.01)
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)

start = time.monotonic()
try:
    threading.Thread(target=interrupt).start()
    client.animate("http://127.0.0.1:9/a.png", "a", to=sys.argv[2])
except KeyboardInterrupt:
    print(time.monotonic() - start < float(sys.argv[3]), len(client.jobs))
"""
    with Server(never_answer) as server:
        done = run_python(code, server.url, str(tmp_path / "a.mp4"), str(BUSY))
    assert (done.stdout, done.stderr, done.returncode) == ("True 1\n", "", 0)


def test_close_after_ctrl_c_never_hangs() -> None:
    """Signals come at random moments of quick calls; whatever they interrupt, close() ends."""
    code = """
import os, random, signal, sys, threading, time
import image2video

main = threading.get_ident()
stop = threading.Event()

def disturb():
    while not stop.is_set():
        time.sleep(random.uniform(0, 0.002))
        signal.pthread_kill(main, signal.SIGINT)

def interrupt(*_):
    # Once for each round, and only inside of it.
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt

armed = False
interrupted = 0
signal.signal(signal.SIGINT, interrupt)
client = image2video.Client(api_key="k", base_url=sys.argv[1])
threading.Thread(target=disturb, daemon=True).start()
while interrupted < 100:
    try:
        armed = True
        while True:
            client.dispatch(0)
    except KeyboardInterrupt:
        interrupted += 1
signal.signal(signal.SIGINT, signal.SIG_IGN)
stop.set()
client.close()
assert client.closed
print(interrupted)
"""
    with Server(never_answer) as server:
        done = run_python(code, server.url)
    assert (done.stdout, done.stderr, done.returncode) == ("100\n", "", 0)
