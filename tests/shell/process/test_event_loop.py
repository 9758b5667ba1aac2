"""Which event loop a server gets, where uvloop is installed and where it is not."""

from __future__ import annotations

import sys

import pytest
import uvloop

from runreel.errors import ConfigError
from runreel.shell.process.event_loop import find_loop_factory


@pytest.fixture
def no_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)


@pytest.mark.parametrize("name", ["auto", "uvloop"])
def test_uvloop_is_taken_where_it_is_installed(name: str) -> None:
    assert find_loop_factory(name) is uvloop.new_event_loop


def test_who_asks_for_asyncio_gets_it() -> None:
    assert find_loop_factory("asyncio") is None


@pytest.mark.usefixtures("no_uvloop")
def test_asyncio_stands_in_where_it_is_not() -> None:
    assert find_loop_factory("auto") is None


@pytest.mark.usefixtures("no_uvloop")
def test_who_asks_for_what_is_not_there_is_told_so() -> None:
    with pytest.raises(ConfigError, match="pip install uvloop"):
        find_loop_factory("uvloop")
