"""Packages in separate folders, installed when a test first needs them."""

from __future__ import annotations

import fcntl
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

    Concurrent test runs wait for the one that fills it. It is filled elsewhere and then renamed,
    so that a run that is killed leaves nothing behind.
    """
    home = CACHE / f"{name}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            _fill(home, spec, command)
    return home


def _fill(home: Path, spec: str, command: Callable[[Path], Sequence[str]]) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        scratch = Path(folder) / "whole"
        result = subprocess.run(command(scratch), capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if result.returncode:
            skip_unavailable(f"cannot install {spec}: {' '.join(result.stderr.split())[:300]}")
        scratch.rename(home)


def skip_unavailable(reason: str) -> NoReturn:
    """Skip the test; in CI, where everything should be installed, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
