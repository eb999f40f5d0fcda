"""What the tests of the sandbox share: one server, reset before each test, and some pictures.

Set I2V_SANDBOX to the path of the executable. Needs ffmpeg and ffprobe.
"""

import urllib.parse

import pytest

from support import Sandbox, create, draw


@pytest.fixture(scope="session")
def server():
    sandbox = Sandbox("--speed", "40")
    yield sandbox
    assert sandbox.stop() == (0, "")


@pytest.fixture
def sandbox(server):
    server.send("POST", "/_sandbox/reset")
    return server


@pytest.fixture(scope="session")
def picture_file(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("picture") / "tall cat.jpg", "300x500")


@pytest.fixture(scope="session")
def pictures(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    sizes = {"landscape": "640x400", "portrait": "400x640", "square": "480x480"}
    files = {name: draw(folder / f"{name}.png", size).read_bytes() for name, size in sizes.items()}
    return {name: server.upload(f"{name}.png", content) for name, content in files.items()}


@pytest.fixture
def video(sandbox, pictures):
    """The path and content of a finished video."""
    row = sandbox.finished(create(sandbox, pictures["landscape"])["_id"])
    path = urllib.parse.urlsplit(row["video_url"]).path
    return path, sandbox.send("GET", path)[2]
