"""Packages in folders of their own, installed when a test first asks for them."""

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


def install_with_pip(name: str, requirement: str) -> Path:
    """A folder of packages that holds what the requirement asks for, and all that this needs."""

    def pip(home: Path) -> list[str]:
        quiet = ("--quiet", "--disable-pip-version-check")
        return [sys.executable, "-m", "pip", "install", *quiet, "--target", str(home), requirement]

    return install_once(name, f"{requirement} {sys.implementation.cache_tag}", pip)


def install_once(name: str, spec: str, command: Callable[[Path], Sequence[str]]) -> Path:
    """The folder that ``command`` has filled, the first time that this ``spec`` was asked for.

    It is renamed into place when it is whole, so that two runs at once do not meet.
    """
    home = CACHE / f"{name}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}"
    if home.exists():
        return home
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        scratch = Path(folder) / "whole"
        done = subprocess.run(command(scratch), capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            skip_unavailable(f"cannot install {spec}: {' '.join(done.stderr.split())[:300]}")
        try:
            scratch.rename(home)
        except OSError:
            if not home.exists():
                raise
    return home


def skip_unavailable(why: str) -> NoReturn:
    """Skip the test; where everything should be there, fail it."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
