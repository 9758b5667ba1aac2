"""Client libraries in environments of their own, the proxy's log, the search for leaked keys."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from runreel.config import LogSettings
from runreel.shell import logs
from support.canary import leaks

CACHE = Path(__file__).parents[2] / ".cache" / "clients"

OPENAI_1 = "openai<2"
OPENAI_FOR_NODE = ((22, "openai@7"), (20, "openai@6"))
"""By the major version of Node from which on they run, the newest first."""


@pytest.fixture(autouse=True)
def no_key_stays(tmp_path: Path) -> Iterator[None]:
    """Send the proxy's log to a file beside the cassettes; after the test none holds the key."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with (tmp_path / "proxy.log").open("w", encoding="utf-8") as stream:
        logs.configure(LogSettings(level="debug"), stream, is_terminal=False)
        yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    assert leaks(tmp_path) == []


@pytest.fixture(scope="session")
def openai_1() -> Path:
    """A folder of packages with the newest openai 1.x."""

    def pip(home: Path) -> list[str]:
        quiet = ("--quiet", "--disable-pip-version-check")
        return [sys.executable, "-m", "pip", "install", *quiet, "--target", str(home), OPENAI_1]

    return _installed("openai-1", f"{OPENAI_1} {sys.implementation.cache_tag}", pip)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """A folder of Node packages with the newest openai that runs on the Node present."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _unavailable("node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - the node of the path is what is tried
    major = int(version.removeprefix("v").partition(".")[0])
    packages = [package for oldest, package in OPENAI_FOR_NODE if major >= oldest]
    if not packages:
        _unavailable(f"openai needs Node {OPENAI_FOR_NODE[-1][0]} or newer, not {version.strip()}")

    def install(home: Path) -> list[str]:
        quiet = ("--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1")
        return [npm, "install", *quiet, "--prefix", str(home), packages[0]]

    return _installed("node", packages[0], install) / "node_modules"


@pytest.fixture(scope="session")
def curl() -> None:
    """The curl of the path."""
    if shutil.which("curl") is None:
        _unavailable("curl is not installed")


def _installed(name: str, spec: str, command: Callable[[Path], Sequence[str]]) -> Path:
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
            _unavailable(f"cannot install {spec}: {' '.join(done.stderr.split())[:300]}")
        try:
            scratch.rename(home)
        except OSError:
            if not home.exists():
                raise
    return home


def _unavailable(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
