"""What the tests share: the library, the sandbox, and clients that look often."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import Sandbox, make_picture

ROOT = Path(__file__).resolve().parents[3]

if "IMAGE2VIDEO_LIBRARY" not in os.environ and (built := ROOT / "build/lib/libimage2video.so.0").exists():
    os.environ["IMAGE2VIDEO_LIBRARY"] = str(built)

import image2video  # noqa: E402


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    program = os.environ.get("I2V_SANDBOX") or str(ROOT / "tools/.build/debug/Sandbox")
    if not Path(program).exists():
        pytest.fail("the sandbox is not built: `make sandbox`, or set I2V_SANDBOX to its path", pytrace=False)
    sandbox = Sandbox(program)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The sandbox without faults and without memory."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def picture(running_sandbox: Sandbox) -> str:
    """The address of a picture."""
    return running_sandbox.upload("picture.png", make_picture())


MakeClient = Callable[..., image2video.Client]


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes clients that look often, and closes them."""
    clients = []

    def make(**settings: Any) -> image2video.Client:
        settings.setdefault("poll_interval", (0.02, 0.1))
        if not {"bearer_token", "client_id"} & set(settings):
            settings.setdefault("api_key", "sandbox-key")
        client = image2video.Client(**settings)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(sandbox: Sandbox, make_client: MakeClient) -> image2video.Client:
    return make_client(base_url=sandbox.url)
