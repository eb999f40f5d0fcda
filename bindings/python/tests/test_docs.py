"""The documentation builds, and has all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
# With the modules that have what both clients share, to show it with each.
MODULES = ["image2video", "image2video._base", "image2video._snapshot", "image2video.job"]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="pdoc evaluates annotations, and X | Y came with 3.10")
def test_the_docs_build_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("pdoc")
    command = [sys.executable, "-W", "error", "-m", "pdoc", "-d", "restructuredtext", "-o", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*command, *MODULES], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (tmp_path / "image2video.html").read_text()
    for name in (
        "BaseClient.submit",
        "AsyncClient.animate",
        "Model.Resolution",
        "Video.remaining",
        "open_webhook",
    ):
        assert f'id="{name}"' in page
    assert "Inherited Members" in page
