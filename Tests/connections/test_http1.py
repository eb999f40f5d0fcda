"""HTTP/1.1: answers that belong to another request, connections that were idle, answers that end badly."""

from __future__ import annotations

import gzip
import os
import socket
import time
import zlib
from email.utils import formatdate
from pathlib import Path

import pytest
from conftest import MakeClient
from misbehaving import (
    CREATE,
    CREDITS,
    TOKEN,
    Certificate,
    Reader,
    Server,
    Service,
    Talk,
    reset,
    response,
)

import image2video
from image2video import Charge, JobState

PICTURE = "http://127.0.0.1:9/p.png"
# `make connections` has more.
CREATES = int(os.environ.get("I2V_CREATES", "120"))


def leaves_more_behind(service: Service, how: str) -> Talk:
    """Answers every request and leaves a second answer on the connection: with the first or a moment later."""

    def second(path: str, body: bytes) -> bytes:
        if path == CREATE:
            # Another video, which is ready, so that it would be taken.
            return response(*service.answer(path, b'{"image_url":"x","prompt":"of nobody"}'))
        if path == TOKEN:
            return response(200, b'{"code":1000,"token":"a-token-of-somebody"}')
        if path == CREDITS:
            return response(200, service.json({"credit": 1}))
        if path.startswith("/video/"):
            return response(200, service.video(next(iter(service.made))))
        return response(200, service.json({"result": []}))

    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        while request := reader.request():
            first = response(*service.answer(*request))
            if how == "at once":
                connection.sendall(first + second(*request))
            else:
                connection.sendall(first)
                time.sleep(0.002)
                connection.sendall(second(*request))

    return talk


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("how", ["at once", "late"])
def test_every_file_is_its_own_jobs(
    make_client: MakeClient,
    service: Service,
    certificate: Certificate,
    tmp_path: Path,
    how: str,
    secure: bool,
) -> None:
    context = certificate.context("http/1.1") if secure else None
    with Server(leaves_more_behind(service, how), context) as server:
        service.media = server.url
        client = make_client(server.url)
        jobs = []
        for number in range(CREATES // 2):
            jobs.append(client.submit(PICTURE, f"prompt {number}.", to=tmp_path / f"{number}.mp4"))
            # Some alone, and some at once.
            if number % 7 == 0:
                jobs[-1].wait(60)
        for number, job in enumerate(jobs):
            job.wait(120)
            assert job.path and f"prompt {number}.".encode() in job.path.read_bytes()
        assert len({job.id for job in jobs}) == len(jobs)
        ours = [id for id, request in service.made.items() if request["prompt"] != "of nobody"]
        assert sorted(ours) == sorted(str(job.id) for job in jobs)


@pytest.mark.parametrize("how", ["at once", "late"])
def test_logins_and_questions_have_their_own_answers(
    make_client: MakeClient, service: Service, how: str
) -> None:
    with Server(leaves_more_behind(service, how)) as server:
        client = make_client(server.url, client_id="id", client_secret="a-secret-of-sixteen-characters")
        for number in range(20):
            assert client.credits() == 4711
            job = client.submit(PICTURE, f"prompt {number}.")
            job.wait(30)
            assert list(client.results(job.id)) == [job.id]


def idle(service: Service, how: str, closed: list[int]) -> Talk:
    """Ends a connection after its first answer while it is idle, without a word that libcurl looks for."""

    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        request = reader.request()
        if not request:
            return
        connection.sendall(response(*service.answer(*request)))
        if how == "408":
            connection.sendall(response(408, b"too slow"))
        elif how == "close notify":
            connection.setblocking(False)
            try:
                connection.unwrap()  # type: ignore[attr-defined]
            except OSError:
                pass
            connection.setblocking(True)
        elif how == "closed":
            return
        elif how == "reset":
            time.sleep(0.02)
            return reset(connection)
        # What comes now is never answered.
        closed.append(index)
        time.sleep(0.05)
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass

    return talk


@pytest.mark.parametrize("how", ["408", "close notify", "closed", "reset"])
def test_no_create_meets_a_connection_that_ended_while_idle(
    make_client: MakeClient, service: Service, certificate: Certificate, how: str
) -> None:
    with Server(idle(service, how, []), certificate.context("http/1.1")) as server:
        client = make_client(server.url, request_timeout=5)
        for number in range(5):
            assert client.credits() == 4711
            time.sleep(0.03)
            client.submit(PICTURE, f"p{number}").wait(30)
        assert service.posts() == 5


def ends_badly(service: Service, how: str, create: bytes | None = None) -> Talk:
    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        while request := reader.request():
            status, body = service.answer(*request)
            if request[0] != CREATE:
                connection.sendall(response(status, body))
                continue
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            half = body[: len(body) // 2]
            if how == "reset":
                connection.sendall(response(status, body, length=len(body) + 1))
                time.sleep(0.1)
                return reset(connection)
            if how == "no last chunk":
                connection.sendall(head + b"%x\r\n%s\r\n" % (len(body), body))
                return None
            if how == "chunk cut":
                connection.sendall(head + b"%x\r\n%s" % (len(body) + 5, body))
                return None
            if how == "broken chunk behind":
                connection.sendall(head + b"%x\r\n%s\r\nno number\r\n" % (len(body), body))
                return None
            if how == "length too large, closed":
                connection.sendall(response(status, body, length=len(body) + 100))
                return None
            if how == "length too large, then nothing":
                connection.sendall(response(status, body, length=len(body) + 100))
                time.sleep(6)
                return None
            if how == "half, length too large":
                connection.sendall(response(status, half, length=len(body) + 100))
                return None
            if how == "half, no last chunk":
                connection.sendall(head + b"%x\r\n%s\r\n" % (len(half), half))
                return None
            if how == "half, reset":
                connection.sendall(response(status, half, length=len(body)))
                time.sleep(0.1)
                return reset(connection)
            if how == "all but the last brace, closed":
                connection.sendall(response(status, body[:-1], length=len(body)))
                return None
            if how == "no headers":
                connection.sendall(body)
                return None
            raise AssertionError(how)
        return None

    return talk


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    "how",
    [
        "reset",
        "no last chunk",
        "chunk cut",
        "broken chunk behind",
        "length too large, closed",
        "length too large, then nothing",
    ],
)
def test_a_whole_answer_counts_however_its_connection_ends(
    make_client: MakeClient, service: Service, certificate: Certificate, how: str, secure: bool
) -> None:
    context = certificate.context("http/1.1") if secure else None
    with Server(ends_badly(service, how), context) as server:
        job = make_client(server.url, request_timeout=2).submit(PICTURE, "p")
        job.wait(30)
        assert job.id == "video-0"
        assert service.posts() == 1
        assert server.failures == []


@pytest.mark.parametrize(
    "how",
    [
        "half, length too large",
        "half, no last chunk",
        "half, reset",
        "all but the last brace, closed",
        "no headers",
    ],
)
def test_a_part_of_an_answer_does_not_count(make_client: MakeClient, service: Service, how: str) -> None:
    with Server(ends_badly(service, how)) as server:
        job = make_client(server.url, request_timeout=2).submit(PICTURE, "p")
        with pytest.raises(image2video.OutcomeUnknownError) as caught:
            job.wait(30)
        assert caught.value.charge is Charge.POSSIBLE
        assert job.id is None
        assert service.posts() == 1


def test_answers_that_break_off_when_whole_do_not_close_the_host(
    make_client: MakeClient, service: Service
) -> None:
    """The breaker counts hosts that fail, and this one does not."""
    with Server(ends_badly(service, "no last chunk")) as server:
        client = make_client(server.url, max_requests=1)
        jobs = [client.submit(PICTURE, f"p{number}") for number in range(12)]
        begin = time.monotonic()
        for job in jobs:
            job.wait(30)
        assert {job.state for job in jobs} == {JobState.COMPLETED}
        assert time.monotonic() - begin < 15


def labelled(service: Service, label: str, change: object) -> Talk:
    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        while request := reader.request():
            status, body = service.answer(*request)
            data = change(body) if callable(change) else body
            connection.sendall(response(status, data, f"Content-Encoding: {label}"))

    return talk


def same(body: bytes) -> bytes:
    return body


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("utf-8", same),
        ("foo", same),
        ("UTF8, binary", same),
        ("", same),
        ("identity", same),
        ("none", same),
        # The label is right, or wrong.
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("foo", gzip.compress),
        ("gzip", same),
        ("br", same),
        ("zstd", same),
        ("deflate", same),
    ],
)
def test_no_label_of_an_encoding_loses_an_id(
    make_client: MakeClient, service: Service, label: str, change: object
) -> None:
    with Server(labelled(service, label, change)) as server:
        job = make_client(server.url).submit(PICTURE, "p" * 900)
        job.wait(30)
        assert job.id == "video-0"
        assert service.posts() == 1


@pytest.mark.parametrize(
    "value", ["99999999999999999999", "9223372036854775808", "86400", "never", "date", "7200, 7200"]
)
def test_a_long_wait_is_taken_as_long(make_client: MakeClient, service: Service, value: str) -> None:
    """Whoever asks for a day is not asked again within the time that there is."""
    asked: list[int] = []
    if value == "date":
        value = formatdate(time.time() + 7200, usegmt=True)

    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        while reader.request():
            asked.append(index)
            connection.sendall(response(429, b"{}", f"Retry-After: {value}"))

    with Server(talk) as server:
        job = make_client(server.url, job_deadline=8).submit(PICTURE, "p")
        with pytest.raises(image2video.RateLimitError) as caught:
            job.wait(30)
        assert caught.value.charge is Charge.NONE
        assert len(asked) == 1 if value != "never" else len(asked) > 1


@pytest.mark.parametrize("status", [421, 425])
def test_a_wrong_connection_is_left_for_a_new_one(
    make_client: MakeClient, service: Service, tmp_path: Path, status: int
) -> None:
    """421 and 425 say that nothing was processed: for creates, questions and downloads alike."""
    refused: list[str] = []

    def talk(server: Server, connection: socket.socket, index: int) -> None:
        reader = Reader(connection)
        while request := reader.request():
            if request[0].split("/")[1] + request[0][-4:] not in refused:
                refused.append(request[0].split("/")[1] + request[0][-4:])
                connection.sendall(response(status, b"<html>not here</html>"))
            else:
                connection.sendall(response(*service.answer(*request)))

    with Server(talk) as server:
        service.media = server.url
        job = make_client(server.url).submit(PICTURE, "p", to=tmp_path / "a.mp4")
        job.wait(30)
        assert job.state is JobState.SAVED
        assert len(service.made) == 1
        assert len(refused) == 3
