"""Programs that end while jobs are running, each in its own way, and callbacks that raise."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from servers import (
    BUSY,
    Server,
    answer,
    asked_ids,
    lasting,
    never_answer,
    new_video,
    read_request,
    run_python,
)

Handle = Callable[[socket.socket], None]

START = """
import os, signal, sys, threading, time
import image2video
client = image2video.Client(api_key="k", base_url=sys.argv[1], poll_interval=(0.01, 0.02))
jobs = [client.submit("http://127.0.0.1:9/a.png", "a", on_event=lambda job, event: None) for _ in range(12)]
time.sleep(0.1)
"""

START_ASYNC = """
import asyncio, os, sys
import image2video

async def main():
    client = image2video.AsyncClient(api_key="k", base_url=sys.argv[1], poll_interval=(0.01, 0.02))
    jobs = [client.submit("http://127.0.0.1:9/a.png", "a") for _ in range(12)]
    waiting = [asyncio.ensure_future(job.wait()) for job in jobs]
    await asyncio.sleep(0.1)
    sys.kept = client, jobs
"""


def never_finish(connection: socket.socket) -> None:
    """A service that makes videos for ever."""
    while request := read_request(connection):
        line, body = request
        if "resultsByIds" in line:
            rows = [{"_id": id, "status": 2} for id in asked_ids(body)]
            answer(connection, {"code": 1000, "data": {"result": rows}})
        else:
            answer(connection, {"code": 1000, "data": {"_id": new_video(), "status": 2}})


WAYS = {
    "the end": ("", 0, ""),
    "sys.exit": ("sys.exit(42)", 42, ""),
    "an exception": ("raise LookupError('mine')", 1, "LookupError: mine"),
    "os._exit": ("os._exit(42)", 42, ""),
}


# Where creates hang, a program that ends by itself gives them a moment, so that one way is enough.
@pytest.mark.parametrize(
    ("handle", "way"), [(never_answer, "sys.exit"), *((never_finish, way) for way in WAYS)]
)
@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_program_ends_with_jobs_running(kind: str, way: str, handle: Handle) -> None:
    last, code, words = WAYS[way]
    if kind == "Client":
        program = START + last
    else:
        program = START_ASYNC + f"    {last or 'pass'}\n\nasyncio.run(main())\n"
    # Creates on the wire are given two seconds for their answers.
    with Server(handle) as server, lasting():
        done = run_python(program, server.url)
    assert (done.stdout, done.returncode) == ("", code)
    if words:
        assert done.stderr.rstrip().endswith(words)
        assert done.stderr.count("Traceback") == 1
    else:
        assert done.stderr == ""


def test_a_callback_that_raises_at_the_end_is_reported() -> None:
    """There is nobody left to raise it to: it goes where Python reports such things, and all others run."""
    code = """
import sys
import image2video
told = []

def on_event(job, event):
    if event == image2video.Event.DONE:
        told.append(job)
        raise LookupError(f"number {len(told)}")

def report(unraisable):
    print("unraisable:", type(unraisable.exc_value).__name__, unraisable.exc_value, len(told))

sys.unraisablehook = report
client = image2video.Client(api_key="k", base_url=sys.argv[1])
for _ in range(3):
    client.submit("http://127.0.0.1:9/a.png", "a", on_event=on_event)
"""
    with Server(never_finish) as server:
        done = run_python(code, server.url)
    assert done.returncode == 0
    assert "LookupError" in done.stdout + done.stderr
    assert "number 1" in done.stdout + done.stderr


def test_delivery_goes_on_after_a_callback_that_raises() -> None:
    """What one job's callback raises comes up where the program waits, and costs no other job its news."""
    code = """
import sys
import image2video
told = {}

def on_event(job, event):
    told.setdefault(job.id, []).append(event)
    raise LookupError(event)

client = image2video.Client(api_key="k", base_url=sys.argv[1], poll_interval=(0.01, 0.02))
jobs = [client.submit("http://127.0.0.1:9/a.png", "a", on_event=on_event) for _ in range(4)]
raised = 0
while any(not job.done for job in jobs):
    try:
        client.wait_all(timeout=60)
    except LookupError:
        raised += 1
ends = [events.count(image2video.Event.DONE) for events in told.values()]
print(raised > 0, sum(ends), {job.state.name for job in jobs})
client.close()
"""

    def finish(connection: socket.socket) -> None:
        while request := read_request(connection):
            if "resultsByIds" in request[0]:
                video = {"status": 3, "video_url": "http://127.0.0.1:9/v"}
                rows = [{"_id": id, **video} for id in asked_ids(request[1])]
                answer(connection, {"code": 1000, "data": {"result": rows}})
            else:
                answer(connection, {"code": 1000, "data": {"_id": new_video(), "status": 1}})

    with Server(finish) as server:
        done = run_python(code, server.url)
    assert (done.stdout, done.stderr, done.returncode) == ("True 4 {'COMPLETED'}\n", "", 0)


@pytest.mark.parametrize("call", ["jobs[0].wait()", "client.wait_all()", "client.dispatch(None)"])
def test_ctrl_c_ends_every_wait(call: str) -> None:
    code = f"""
start = time.monotonic()
try:
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    while True:
        {call}
except KeyboardInterrupt:
    print(time.monotonic() - start < {BUSY}, len(client.jobs))
"""
    with Server(never_finish) as server:
        done = run_python(START + code, server.url)
    assert (done.stdout, done.stderr, done.returncode) == ("True 12\n", "", 0)
