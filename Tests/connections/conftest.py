"""What the tests of connections share: certificates, the service's answers, and clients."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings/python/src"))
os.environ.setdefault("IMAGE2VIDEO_LIBRARY", str(ROOT / "build/lib/libimage2video.so.0"))

import image2video  # noqa: E402
from misbehaving import Certificate, Service  # noqa: E402

MakeClient = Callable[..., image2video.Client]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def make_client(certificate: Certificate) -> Iterator[MakeClient]:
    """Makes clients that poll often and trust the certificate, and closes them."""
    clients = []

    def make(base_url: str, **settings: Any) -> image2video.Client:
        settings.setdefault("poll_interval", (0.02, 0.1))
        settings.setdefault("max_rate", 10_000)
        if not {"bearer_token", "client_id"} & set(settings):
            settings.setdefault("api_key", "connections-key-0123456789")
        client = image2video.Client(base_url=base_url, ca_file=certificate.file, **settings)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
