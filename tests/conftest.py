"""What all tests share: how hard properties are tried, and expectations kept in files.

``pytest --update-golden`` rewrites those files, to be reviewed as a diff. ``HYPOTHESIS_PROFILE`` is
``fast`` (50 examples), ``ci`` (300, the same each time) or ``deep`` (20,000). With
``RUNREEL_LOOP=uvloop`` all servers run on that event loop, those in the tests' own process too.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from runreel.shell.process.event_loop import LoopFactory, find_loop_factory
from support import sample_data

settings.register_profile("fast", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, derandomize=True)
settings.register_profile("deep", max_examples=20_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "fast"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden expectations")


@pytest.hookimpl(tryfirst=True)  # -m selects by the marker
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mark_slow_folders(items)
    sample_data.deselect_without_data(config, items, sample_data.FOLDER)


if "RUNREEL_LOOP" in os.environ:

    def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, LoopFactory]:
        has_own_clock = item.get_closest_marker("own_clock") is not None
        name = "asyncio" if has_own_clock else os.environ["RUNREEL_LOOP"]
        return {name: find_loop_factory(name) or asyncio.new_event_loop}


_TESTS = Path(__file__).parent
_SLOW_FOLDERS = frozenset({"cli", "clients", "plugin", "pytest_plugin", "shell", "simulator"})
"""Folders whose tests start servers and processes."""


def mark_slow_folders(items: list[pytest.Item]) -> None:
    """Mark the tests of these folders as slow."""
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0] if _TESTS in item.path.parents else ""
        if folder in _SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the file that holds it, or write it there where that is asked for."""
    update = request.config.getoption("--update-golden")

    def compare(path: Path, found: str) -> None:
        if update:
            path.write_bytes(found.encode())
        assert found == path.read_bytes().decode()

    return compare


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Whatever is made is open to everybody, unless its maker says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)
