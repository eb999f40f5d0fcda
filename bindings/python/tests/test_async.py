"""The client for asyncio."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from servers import BUSY, HANG, Sandbox, Server, lasting, never_answer, run_python

import image2video
from image2video import AsyncClient, AsyncJob, Event, JobState, VideoStatus

PICTURE = "http://127.0.0.1:9/a.png"


async def until(condition: Callable[[], object]) -> None:
    """Waits for a condition, which must come to hold."""
    end = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        await asyncio.sleep(0.01)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs a test, and sees that it leaves nothing behind."""
    complaints: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        await asyncio.wait_for(coroutine, 2 * HANG)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert left == set()

    asyncio.run(main())
    assert complaints == []


def client_of(sandbox: Sandbox | Server, **settings: Any) -> AsyncClient:
    settings.setdefault("poll_interval", (0.02, 0.1))
    return AsyncClient(api_key="sandbox-key", base_url=sandbox.url, **settings)


def test_animate(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            path = await client.animate(picture, "zoom", to=tmp_path / "a.mp4")
            assert path == tmp_path / "a.mp4"
            assert path.stat().st_size > 1000
        assert client.closed
        assert repr(client) == "<AsyncClient: closed>"
        await client.close()

    run(main())
    assert sandbox.stats["creates_processed"] == 1


def test_many_at_once_in_one_thread(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    threads = []

    async def main() -> None:
        before = len(os.listdir("/proc/self/task"))
        async with client_of(sandbox) as client:
            tasks = [client.animate(picture, "zoom", to=tmp_path / f"{n}.mp4") for n in range(20)]
            waiting = asyncio.ensure_future(asyncio.gather(*tasks))
            while not waiting.done():
                threads.append(len(os.listdir("/proc/self/task")) - before)
                await asyncio.sleep(0.05)
            assert len({str(path) for path in await waiting}) == 20

    run(main())
    assert max(threads) == 1, "the library's own thread"
    assert len(list(tmp_path.iterdir())) == 20
    assert sandbox.stats["requests"]["results"] < 100


def test_the_loop_sleeps_while_jobs_run(sandbox: Sandbox, picture: str) -> None:
    """No polling: the loop is woken for news alone."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with client_of(sandbox, poll_interval=(3, 30)) as client:
            # The test waits for the events themselves, however long they take.
            sandbox.fault("create", latency_ms=500)
            job = client.submit(picture, "a")
            passes = 0
            run_once = loop._run_once  # type: ignore[attr-defined]

            def counted() -> None:
                nonlocal passes
                passes += 1
                run_once()

            loop._run_once = counted  # type: ignore[attr-defined]
            with pytest.raises(image2video.WaitTimeoutError):
                await job.wait(1)
            assert passes <= 6, passes

    run(main())


def test_the_same_surface() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(image2video.Client) - public(AsyncClient) == {"dispatch", "fileno"}
    assert public(AsyncClient) - public(image2video.Client) == set()
    assert public(AsyncJob) - public(image2video.Job) == {"events"}
    assert public(image2video.Job) - public(AsyncJob) == set()


def test_the_questions(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            credits, effects, models = await asyncio.gather(
                client.credits(), client.effects(), client.models()
            )
            assert (credits > 0, effects.total, models[0].type) == (True, 10, 1501)
            job, other = client.submit(picture, "a"), client.submit(picture, effect_code=effects[0])
            await client.wait_all()
            results = await client.results([job, other, "0" * 24])
            assert list(results) == [job.id, other.id]
            assert results.missing == ("0" * 24,)
            assert dict(await client.results([])) == {}
            assert await client.delete() == []
            with pytest.raises(image2video.InvalidStateError):
                await client.delete(job)
            (deletion,) = await client.delete(job, force=True)
            assert deletion.deleted
            new = client.update_audio(other, to=tmp_path / "a.mp4")
            assert (await new.wait()).only_add_audio
            attached = client.attach(new)
            assert (await attached.wait()).id == new.id == attached.id
            assert client.spending.deducted == 45
            assert client.estimate(picture, "a") == (20, 20, image2video.EstimateBasis.OBSERVED)
            with pytest.raises(image2video.InvalidArgumentError):
                await client.credits(timeout=0)

    run(main())


def test_a_batch_as_completed(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            jobs = client.submit_batch(picture, "zoom", count=3, to=tmp_path / "a.mp4")
            seen = []
            async for job in client.as_completed():
                assert job.done
                assert (await job.wait(0)).status is VideoStatus.COMPLETED
                seen.append(job)
                if len(seen) == 1:
                    jobs.append(client.submit(picture, "one more"))
            assert len(seen) == 4
            assert set(seen) == set(jobs)
            assert [job async for job in client.as_completed()] == []
            assert set(await client.wait_all(jobs)) == set(jobs)
            # To be saved after the fact.
            more = jobs[-1].fetch(tmp_path / "b.mp4")
            await more.wait()
            assert more.state is JobState.SAVED

    run(main())


def test_as_completed_has_its_time_and_its_jobs(sandbox: Sandbox) -> None:
    async def main() -> None:
        with Server(never_answer) as server:
            async with client_of(server) as client:
                job = client.submit(PICTURE, "a")
                ends = pytest.raises(image2video.WaitTimeoutError, match="1 jobs are still going on")
                with lasting(0.19), ends:
                    await client.wait_all(timeout=0.2)
                with pytest.raises(TimeoutError):
                    await job.wait(0)
                async with client_of(server) as other:
                    with pytest.raises(image2video.InvalidArgumentError, match="another client"):
                        other.as_completed([job])

    run(main())


def test_what_hinders_a_job_is_an_event(sandbox: Sandbox, picture: str) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            sandbox.fault("results", times=-1, reply={"status": 503, "body": ""})
            job = client.submit(picture, "a")
            events: list[int] = []
            async for event in job.events():
                events.append(event)
                if event is Event.WARNING:
                    assert isinstance(job.error, image2video.Image2VideoError)
                    assert not job.done
                    sandbox.behave()
            assert events[-1] is Event.DONE
            assert events.count(Event.WARNING) == 1
            assert job.error is None

    run(main())


def test_events(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            called: list[int] = []
            job = client.submit(
                picture, "a", to=tmp_path / "a.mp4", on_event=lambda job, event: called.append(event)
            )
            events = [event async for event in job.events()]
            assert events[0] is Event.CREATED
            assert events[-1] is Event.DONE
            assert events.count(Event.DONE) == events.count(Event.CREATED) == 1
            assert {Event.STATUS, Event.PROGRESS} < set(events)
            assert called[0] is Event.CREATED
            assert called[-1] is Event.DONE
            # Of a job that has ended nothing but that; of one under way what is known comes first.
            assert [event async for event in job.events()] == [Event.DONE]
            late = client.submit(picture, "b")
            while late.id is None:
                await asyncio.sleep(0.01)
            iteration = late.events()
            assert await iteration.__anext__() is Event.CREATED
            await late.wait()
            assert [event async for event in iteration][-1] is Event.DONE
            # Several may listen.
            third = client.submit(picture, "c")

            async def listen() -> int:
                return [int(event) async for event in third.events()][-1]

            assert list(await asyncio.gather(listen(), listen())) == [Event.DONE, Event.DONE]

    run(main())


def test_cancelling_animate_cancels_the_job(sandbox: Sandbox, picture: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with client_of(sandbox, poll_interval=(3, 30)) as client:
            task = asyncio.ensure_future(client.animate(picture, "a", to=tmp_path / "a.mp4"))
            await asyncio.sleep(0.01)
            (job,) = client.jobs
            while job.id is None:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(image2video.JobCancelledError):
                await job.wait(HANG)
            assert client.jobs == []

    run(main())
    assert list(tmp_path.iterdir()) == []


def test_cancelling_a_wait_leaves_the_job(sandbox: Sandbox, picture: str) -> None:
    async def main() -> None:
        sandbox.fault("create", latency_ms=1500)
        async with client_of(sandbox) as client:
            job = client.submit(picture, "a")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(job.wait(), 0.1)
            task = asyncio.ensure_future(client.wait_all())
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not job.done
            assert (await job.wait()).status is VideoStatus.COMPLETED

    run(main())


def test_cancelling_a_question_ends_it(sandbox: Sandbox) -> None:
    async def main() -> None:
        with Server(never_answer) as server:
            async with client_of(server) as client:
                task = asyncio.ensure_future(client.credits())
                await until(lambda: server.connections)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await until(lambda: client._delivery._operations == {})

    run(main())


def test_close_while_tasks_wait(sandbox: Sandbox) -> None:
    async def main() -> None:
        with Server(never_answer) as server:
            client = client_of(server)
            job = client.submit(PICTURE, "a")

            async def listen() -> list[int]:
                return [event async for event in job.events()]

            waiting: list[Awaitable[Any]] = [
                job.wait(),
                client.wait_all(),
                client.credits(),
                listen(),
                client.animate(PICTURE, "b", to="/tmp/never.mp4"),
            ]
            tasks = [asyncio.ensure_future(each) for each in waiting]
            await until(lambda: server.connections)
            await asyncio.sleep(0.2)
            # Two seconds for the creates, whose answers would have had ids.
            with lasting():
                await client.close()
                ends = asyncio.gather(*tasks, return_exceptions=True)
                answers: list[Any] = await asyncio.wait_for(ends, HANG)
            assert isinstance(answers[0], image2video.OutcomeUnknownError)
            assert job in answers[1]
            assert isinstance(answers[2], image2video.JobCancelledError)
            assert answers[3][-1] is Event.DONE
            assert isinstance(answers[4], (image2video.OutcomeUnknownError, image2video.JobCancelledError))
            for call in (client.credits, lambda: client.animate(PICTURE, "a", to="/tmp/never.mp4")):
                with pytest.raises(image2video.ClosedError):
                    await call()
            with pytest.raises(image2video.ClosedError):
                client.submit(PICTURE, "a")

    run(main())


def test_what_fails_is_raised(sandbox: Sandbox, picture: str) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            sandbox.fault("create", code=1003, msg="as you like it")
            job = client.submit(picture, "a")
            with pytest.raises(image2video.InvalidRequestError, match="as you like it") as caught:
                await job.wait()
            assert caught.value.job is job
            with pytest.raises(image2video.InvalidArgumentError) as refused:
                await client.animate(picture, "a")
            assert refused.value.field == "to"

    run(main())


def test_what_a_callback_raises_goes_to_the_loop(sandbox: Sandbox, picture: str) -> None:
    complaints: list[Any] = []

    def on_event(job: AsyncJob, event: int) -> None:
        if event == Event.CREATED:
            raise LookupError("mine")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(context["exception"]))
        async with client_of(sandbox) as client:
            assert (await client.submit(picture, "a", on_event=on_event).wait(HANG)).id

    asyncio.run(main())
    assert [str(error) for error in complaints] == ["mine"]


def test_it_keeps_to_one_loop(sandbox: Sandbox, picture: str) -> None:
    client = client_of(sandbox)
    with pytest.raises(RuntimeError, match="loop"):
        client.submit(picture, "a")

    async def use() -> None:
        assert await client.credits() > 0

    # One after the other is well, since the first has been closed. Jobs go on meanwhile.
    asyncio.run(use())

    async def start() -> AsyncJob:
        return client.submit(picture, "a")

    async def finish(job: AsyncJob) -> None:
        assert (await job.wait(HANG)).status is VideoStatus.COMPLETED
        assert [each async for each in client.as_completed([job])] == [job]

    asyncio.run(finish(asyncio.run(start())))

    async def elsewhere() -> None:
        await client.credits()
        raised: list[BaseException] = []

        def in_thread() -> None:
            try:
                asyncio.run(use())
            except image2video.InvalidStateError as error:
                raised.append(error)

        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join(5)
        assert len(raised) == 1
        await client.close()

    asyncio.run(elsewhere())


def test_a_forgotten_client_ends(sandbox: Sandbox) -> None:
    async def main() -> None:
        before = len(os.listdir("/proc/self/task"))
        client = client_of(sandbox)
        job = client.submit(PICTURE, "a")
        gone = weakref.ref(client)
        del client, job
        gc.collect()
        assert gone() is None
        # The kernel lists a thread for a moment after it was joined.
        await until(lambda: len(os.listdir("/proc/self/task")) <= before)

    run(main())


def test_from_env(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKOOL_API_KEY", "sandbox-key")
    monkeypatch.setenv("AKOOL_BASE_URL", sandbox.url)

    async def main() -> None:
        async with AsyncClient.from_env() as client:
            assert await client.credits() > 0

    run(main())


def test_ctrl_c_ends_the_loop() -> None:
    code = """
import asyncio, os, signal, sys, threading, time
import image2video

async def main():
    async with image2video.AsyncClient(api_key="k", base_url=sys.argv[1]) as client:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        await client.animate("http://127.0.0.1:9/a.png", "a", to=sys.argv[2])

start = time.monotonic()
try:
    asyncio.run(main())
except KeyboardInterrupt:
    # Its create was on the wire: two seconds for the answer, which would tell what was paid for.
    print(time.monotonic() - start < float(sys.argv[3]))
"""
    with Server(never_answer) as server:
        done = run_python(code, server.url, "/tmp/never.mp4", str(2 + BUSY))
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork(sandbox: Sandbox) -> None:
    async def main() -> None:
        async with client_of(sandbox) as client:
            job = client.submit(PICTURE, "a")
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    for call in (lambda: job.id, lambda: client.submit(PICTURE, "a")):
                        with pytest.raises(image2video.ForkedError):
                            call()
                    status = 0
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            job.cancel()

    run(main())
