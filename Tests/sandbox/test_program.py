"""The program: options, a clean end, its folder."""

import signal

from support import CREATE, Sandbox, create, single


def test_options_and_a_clean_end(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    port_file = tmp_path / "port"
    options = (
        f"--port-file {port_file} --prefix /gateway --credits 45 --job-seconds 0 --api-key k --bearer-token t"
    )
    sandbox = Sandbox(*options.split(), environment={"TMPDIR": str(temporary)})
    assert sandbox.line == f"listening on http://127.0.0.1:{port_file.read_text()}\n"
    assert len(list(temporary.iterdir())) == 1

    body = single("https://example.invalid/cat.png", resolution="4k", video_length=5)
    reply = sandbox.post(f"/gateway{CREATE}", body, {"x-api-key": "k"})
    assert reply["code"] == 1000
    refused = sandbox.post(CREATE, body, {"Authorization": "Bearer t"})
    assert refused["code"] == 1006
    stats = sandbox.stats()
    assert (stats["credits_left"], stats["creates_processed"], stats["requests"]["create"]) == (15, 1, 2)

    # Ended in the middle of a render.
    assert sandbox.stop(signal.SIGINT) == (0, "")
    assert list(temporary.iterdir()) == []


def test_a_named_folder_stays_and_is_used_again(tmp_path, picture_file):
    folder = tmp_path / "data"
    options = ("--data", str(folder), "--job-seconds", "0")
    files = []
    for _ in range(2):
        sandbox = Sandbox(*options)
        url = sandbox.upload("cat.png", picture_file.read_bytes())
        row = sandbox.finished(create(sandbox, url)["_id"])
        assert row["status"] == 3
        assert sandbox.stop() == (0, "")
        files.append(sorted((path, path.stat().st_mtime_ns) for path in (folder / "videos").iterdir()))
    assert len(files[0]) == 1 and files[0] == files[1]
    assert not list(folder.rglob("scratch/*"))
