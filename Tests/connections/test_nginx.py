"""Creates through a real nginx: HTTP/2 whose connections end every few requests, and reloads under load."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import MakeClient
from misbehaving import Certificate, Server, Service, well_behaved

import image2video
from image2video import Charge

PICTURE = "http://127.0.0.1:9/p.png"
# `make connections` has more.
CREATES = int(os.environ.get("I2V_NGINX_CREATES", "400"))

# Not everybody's path leads there.
NGINX = shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + "/usr/sbin") or "nginx"

CONFIGURATION = """
worker_processes 2;
worker_shutdown_timeout 60s;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    log_format log '$connection $server_protocol $status $uri';
    access_log {folder}/access.log log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream service {{ server 127.0.0.1:{service}; }}
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        keepalive_requests {requests};
        http2_max_concurrent_streams {streams};
        location / {{ proxy_pass http://service; }}
    }}
}}
"""


class Nginx:
    def __init__(
        self, folder: Path, certificate: Certificate, service: int, requests: int, streams: int
    ) -> None:
        self.folder = folder
        for _ in range(20):
            # A port that is free now, unless somebody else takes it first.
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            text = CONFIGURATION.format(
                folder=folder, service=service, port=port, certificate=certificate.file, key=certificate.key,
                requests=requests, streams=streams,
            )  # fmt: skip
            (folder / "nginx.conf").write_text(text)
            command = [
                NGINX,
                "-c",
                str(folder / "nginx.conf"),
                "-p",
                str(folder),
                "-e",
                str(folder / "error.log"),
            ]
            started = subprocess.run(command, capture_output=True, text=True)
            if started.returncode == 0:
                break
            assert "Address already in use" in started.stderr, started.stderr
        self.url = f"https://localhost:{port}"
        end = time.monotonic() + 20
        while not (pid := self._read("pid")):
            assert time.monotonic() < end, "nginx did not start"
            time.sleep(0.02)
        self.pid = int(pid)

    def _read(self, name: str) -> str:
        file = self.folder / name
        return file.read_text().strip() if file.exists() else ""

    def reload(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def stop(self) -> None:
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            return
        end = time.monotonic() + 30
        while Path(f"/proc/{self.pid}").exists() and time.monotonic() < end:
            time.sleep(0.02)

    @property
    def log(self) -> list[list[str]]:
        return [line.split() for line in self._read("access.log").splitlines()]


@pytest.fixture
def make_nginx(tmp_path: Path, certificate: Certificate) -> Iterator[Callable[..., Nginx]]:
    running = []

    def make(service: int, requests: int = 50, streams: int = 128) -> Nginx:
        running.append(Nginx(tmp_path, certificate, service, requests, streams))
        return running[-1]

    yield make
    for nginx in running:
        nginx.stop()


@pytest.mark.parametrize("reloads", [False, True])
def test_creates_through_nginx(
    make_client: MakeClient, service: Service, make_nginx: Callable[..., Nginx], reloads: bool
) -> None:
    """None is lost, none is made twice, and none is called possible that was not sent."""
    with Server(well_behaved(service)) as upstream:
        nginx = make_nginx(upstream.port)
        client = make_client(nginx.url, max_requests=32, max_jobs=100_000)
        jobs = [client.submit(PICTURE, f"prompt {number}.") for number in range(CREATES)]
        begin = last = time.monotonic()
        while any(not job.done for job in jobs):
            client.dispatch(0.05)
            if reloads and time.monotonic() - last > 0.5:
                last = time.monotonic()
                nginx.reload()
            assert time.monotonic() - begin < 60 + CREATES / 10
        ends = Counter(job.state.name if not job.error else repr(job.error) for job in jobs)
        print(f"{CREATES} creates in {time.monotonic() - begin:.1f} s, reloads {reloads}: {dict(ends)}")
        assert set(ends) == {"COMPLETED"}
        # Every job has the video of its own prompt, and there is none beside.
        assert len(service.made) == CREATES
        assert all(
            service.made[job.id]["prompt"] == f"prompt {number}." for number, job in enumerate(jobs) if job.id
        )
        log = nginx.log
        assert {line[1] for line in log} == {"HTTP/2.0"}
        per_connection = Counter(line[0] for line in log)
        print(f"{len(log)} requests on {len(per_connection)} connections")


def test_a_server_that_went_away_for_good_is_told_truly(
    make_client: MakeClient, service: Service, make_nginx: Callable[..., Nginx]
) -> None:
    """nginx is stopped in the middle: each job has its video, or costs nothing, or is called possible."""
    with Server(well_behaved(service)) as upstream:
        nginx = make_nginx(upstream.port)
        client = make_client(nginx.url, max_requests=16, connect_timeout=2, job_deadline=6)
        jobs = [client.submit(PICTURE, f"prompt {number}.") for number in range(200)]
        while len(service.made) < 50:
            client.dispatch(0.01)
        nginx.stop()
        prompts = {request["prompt"] for request in service.made.values()}
        for job in jobs:
            if job.id is None:
                with pytest.raises(image2video.Image2VideoError) as caught:
                    job.wait(60)
                if caught.value.charge is Charge.NONE:
                    assert f"prompt {jobs.index(job)}." not in prompts
        assert len(service.made) == len(prompts)
