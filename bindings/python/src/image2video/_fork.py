"""Notices forks: what was made before one must not be touched in the child."""

from __future__ import annotations

import os

generation = 0
"""How many forks lie between this process and the one that imported the package."""


def _count() -> None:
    global generation
    generation += 1


os.register_at_fork(after_in_child=_count)
