"""Makes a wheel for one kind of machine when the library is inside; all else is in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from setuptools import Distribution, setup

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

LIBRARY = Path(__file__).parent / "src" / "image2video" / "lib"


class LibraryDistribution(Distribution):
    def has_ext_modules(self) -> bool:
        return any(LIBRARY.glob("*.so*"))


class LibraryWheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        """For any Python 3: the library is loaded through ctypes and knows nothing of Python."""
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(distclass=LibraryDistribution, cmdclass={"bdist_wheel": LibraryWheel})
