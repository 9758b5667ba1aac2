"""Packages in separate folders, installed when a test first needs them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(__file__).parents[2] / ".cache" / "clients"


def install_with_pip(name: str, *requirements: str) -> Path:
    """Install the requirements with their dependencies; return the folder with the packages."""

    def pip(home: Path) -> list[str]:
        quiet = ("--quiet", "--disable-pip-version-check")
        return [
            sys.executable,
            "-m",
            "pip",
            "install",
            *quiet,
            "--target",
            str(home),
            *requirements,
        ]

    return install_once(name, f"{' '.join(requirements)} {sys.implementation.cache_tag}", pip)


def install_once(name: str, spec: str, command: Callable[[Path], Sequence[str]]) -> Path:
    """Return the folder for this ``spec``, filled by ``command`` the first time.

    The folder is filled elsewhere and then renamed, so that concurrent test runs do not collide.
    """
    home = CACHE / f"{name}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}"
    if home.exists():
        return home
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        scratch = Path(folder) / "whole"
        result = subprocess.run(command(scratch), capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if result.returncode:
            skip_unavailable(f"cannot install {spec}: {' '.join(result.stderr.split())[:300]}")
        try:
            scratch.rename(home)
        except OSError:
            if not home.exists():
                raise
    return home


def skip_unavailable(reason: str) -> NoReturn:
    """Skip the test; in CI, where everything should be installed, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
