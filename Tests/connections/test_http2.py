"""HTTP/2, frame by frame: a refusal before processing, and answers whose streams end badly."""

from __future__ import annotations

import socket

import pytest
from conftest import MakeClient
from misbehaving import CREATE, Certificate, Frames, OnRequest, Server, Service, answers, frames, well_behaved

import image2video
from image2video import Charge, JobState

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 0, 1, 2, 7, 8
ENHANCE_YOUR_CALM, HTTP_1_1_REQUIRED = 11, 13
MAX_CONCURRENT_STREAMS = 3


class Refusals:
    """Answers, but refuses the first creates: every one before anything of it is processed."""

    def __init__(self, service: Service, how: str, count: int) -> None:
        self.service, self.how, self.count = service, how, count
        self.refused = 0
        self.answer = answers(service)

    def on_request(self, connection: Frames, stream: int, path: str, body: bytes) -> None:
        if path != CREATE or self.refused == self.count:
            return self.answer(connection, stream, path, body)
        self.refused += 1
        if self.how == "stream":
            connection.refuse(stream, REFUSED_STREAM)
        elif self.how == "goaway":
            connection.go_away(stream - 1)
        elif self.how == "goaway, then closed":
            connection.go_away(0)
            connection.close()
        elif self.how == "goaway with an error":
            connection.go_away(0, ENHANCE_YOUR_CALM)
            connection.close()
        elif self.how == "goaway twice":
            connection.go_away(2**31 - 1)
            connection.go_away(stream - 1)
        return None


HOWS = ["stream", "goaway", "goaway, then closed", "goaway with an error", "goaway twice"]


@pytest.mark.parametrize("how", HOWS)
def test_what_was_not_processed_is_sent_again(
    make_client: MakeClient, service: Service, certificate: Certificate, how: str
) -> None:
    refusals = Refusals(service, how, 2)
    with Server(frames(refusals.on_request), certificate.context("h2")) as server:
        client = make_client(server.url)
        # A kept connection under way, which polls share.
        client.submit("http://127.0.0.1:9/p.png", "first").wait(30)
        client.submit("http://127.0.0.1:9/p.png", "second").wait(30)
        assert refusals.refused == 2
        assert len(service.made) == 2
        assert server.failures == []


def test_headers_alone_are_refused_while_the_body_is_on_its_way(
    make_client: MakeClient, service: Service, certificate: Certificate
) -> None:
    refused: list[int] = []

    def on_headers(connection: Frames, stream: int, path: str, body: bytes) -> None:
        if path == CREATE and not refused:
            refused.append(stream)
            connection.refuse(stream, REFUSED_STREAM)
            connection.paths.pop(stream)

    with Server(frames(answers(service), on_headers=on_headers), certificate.context("h2")) as server:
        make_client(server.url).submit("http://127.0.0.1:9/p.png", "p" * 3000).wait(30)
        assert refused
        assert len(service.made) == 1


def test_what_is_refused_each_time_costs_nothing(
    make_client: MakeClient, service: Service, certificate: Certificate
) -> None:
    refusals = Refusals(service, "stream", 1000)
    with Server(frames(refusals.on_request), certificate.context("h2")) as server:
        job = make_client(server.url).submit("http://127.0.0.1:9/p.png", "p")
        with pytest.raises(image2video.Image2VideoError) as caught:
            job.wait(30)
        assert caught.value.charge is Charge.NONE
        assert not isinstance(caught.value, image2video.OutcomeUnknownError)
        assert "before it processed it" in str(caught.value)
        assert refusals.refused == 3
        assert not service.made


@pytest.mark.parametrize("kept", [False, True])
def test_http_1_1_required_is_sent_once_over_that(
    make_client: MakeClient, service: Service, certificate: Certificate, kept: bool
) -> None:
    """One POST whole over HTTP/1.1, without a repeat of libcurl's own with none or the tail of the body."""
    refused: list[str] = []

    def on_request(connection: Frames, stream: int, path: str, body: bytes) -> None:
        refused.append(path)
        connection.refuse(stream, HTTP_1_1_REQUIRED)

    def talk(server: Server, connection: socket.socket, index: int) -> None:
        old = connection.selected_alpn_protocol() == "http/1.1"  # type: ignore[attr-defined]
        (well_behaved(service) if old else frames(on_request))(server, connection, index)

    with Server(talk, certificate.context("h2", "http/1.1")) as server:
        client = make_client(server.url, request_timeout=10)
        if kept:
            assert client.credits() == 4711
        client.submit("http://127.0.0.1:9/p.png", "p" * 2000).wait(30)
        assert client.credits() == 4711
        assert service.posts() == 1
        assert refused.count(CREATE) <= 1
        assert service.made["video-0"]["prompt"] == "p" * 2000
        # Known from the first refusal on.
        assert len(refused) == 1


def cut_in_many_ways(service: Service, how: str) -> OnRequest:
    """Acts on every create, and answers none."""
    answer = answers(service)

    def on_request(connection: Frames, stream: int, path: str, body: bytes) -> None:
        if path != CREATE:
            return answer(connection, stream, path, body)
        status, text = service.answer(path, body)
        if how == "cancelled":
            connection.refuse(stream, CANCEL)
        elif how == "internal error":
            connection.refuse(stream, INTERNAL_ERROR)
        elif how == "protocol error":
            connection.refuse(stream, PROTOCOL_ERROR)
        elif how == "no error":
            connection.refuse(stream, NO_ERROR)
        elif how == "refused after the headers of an answer":
            connection.h2.send_headers(stream, [(":status", "200")])
            connection.refuse(stream, REFUSED_STREAM)
        elif how == "HTTP/1.1 required after half of an answer":
            connection.answer(stream, status, text[:-9], ends=False)
            connection.refuse(stream, HTTP_1_1_REQUIRED)
        elif how == "goaway above, then closed":
            connection.go_away(stream)
            connection.close()
        elif how == "reset":
            connection.reset()
        elif how == "closed":
            connection.close()
        elif how == "half of the answer, ended":
            connection.answer(stream, status, text[: len(text) // 2])
        elif how == "half of the answer, closed":
            connection.answer(stream, status, text[: len(text) // 2], ends=False)
            connection.close()
        return None

    return on_request


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(
    "how",
    [
        "cancelled",
        "internal error",
        "protocol error",
        "no error",
        "refused after the headers of an answer",
        "HTTP/1.1 required after half of an answer",
        "goaway above, then closed",
        "reset",
        "closed",
        "half of the answer, ended",
        "half of the answer, closed",
    ],
)
def test_what_may_have_been_processed_is_not_sent_again(
    make_client: MakeClient, service: Service, certificate: Certificate, how: str, kept: bool
) -> None:
    with Server(frames(cut_in_many_ways(service, how)), certificate.context("h2")) as server:
        client = make_client(server.url)
        if kept:
            assert client.credits() == 4711
        job = client.submit("http://127.0.0.1:9/p.png", "p")
        with pytest.raises(image2video.OutcomeUnknownError) as caught:
            job.wait(30)
        assert caught.value.charge is Charge.POSSIBLE
        assert service.posts() == 1
        assert server.failures == []


def whole_in_many_ways(service: Service, how: str) -> OnRequest:
    """The whole answer to a create, after which the stream or the connection ends badly."""
    answer = answers(service)

    def on_request(connection: Frames, stream: int, path: str, body: bytes) -> None:
        if path != CREATE:
            return answer(connection, stream, path, body)
        status, text = service.answer(path, body)
        length = [("content-length", str(len(text) + 7))] if "too large" in how else []
        connection.answer(stream, status, text, *length, ends=False)
        if "reset stream" in how:
            connection.refuse(stream, INTERNAL_ERROR)
        elif "goaway" in how:
            connection.go_away(0, PROTOCOL_ERROR)
            connection.close()
        elif "connection reset" in how:
            connection.reset()
        elif "closed" in how:
            connection.close()
        elif "HTTP/1.1 required" in how:
            connection.refuse(stream, HTTP_1_1_REQUIRED)
        return None

    return on_request


@pytest.mark.parametrize(
    "how",
    [
        "reset stream",
        "goaway with an error",
        "connection reset",
        "closed",
        "nothing more",
        "length too large, closed",
        "length too large, reset stream",
        "HTTP/1.1 required",
    ],
)
def test_a_whole_answer_counts_however_its_stream_ends(
    make_client: MakeClient, service: Service, certificate: Certificate, how: str
) -> None:
    with Server(frames(whole_in_many_ways(service, how)), certificate.context("h2")) as server:
        client = make_client(server.url, request_timeout=2)
        job = client.submit("http://127.0.0.1:9/p.png", "p")
        job.wait(30)
        assert job.id == "video-0"
        assert job.state is JobState.COMPLETED
        assert service.posts() == 1
        assert server.failures == []


def test_no_streams_at_all_costs_nothing(
    make_client: MakeClient, service: Service, certificate: Certificate
) -> None:
    """A server that allows no stream refuses the one that was under way before its settings arrived."""
    refusals = Refusals(service, "stream", 1000)
    talk = frames(refusals.on_request, settings={MAX_CONCURRENT_STREAMS: 0})
    with Server(talk, certificate.context("h2")) as server:
        job = make_client(server.url, request_timeout=3).submit("http://127.0.0.1:9/p.png", "p")
        with pytest.raises(image2video.Image2VideoError) as caught:
            job.wait(40)
        assert not service.made
        assert caught.value.charge is Charge.NONE


def test_connections_have_a_bound_and_polls_share_theirs(
    make_client: MakeClient, service: Service, certificate: Certificate
) -> None:
    """Beyond a server's stream limit libcurl would open a connection for each request."""
    talk = frames(answers(service), settings={MAX_CONCURRENT_STREAMS: 2})
    with Server(talk, certificate.context("h2")) as server:
        client = make_client(server.url, max_requests=200)
        jobs = [client.submit("http://127.0.0.1:9/p.png", f"p{number}") for number in range(200)]
        for job in jobs:
            job.wait(60)
        assert len({job.id for job in jobs}) == 200
        assert server.most <= 64
