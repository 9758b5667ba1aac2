"""The choice of the event loop, with and without uvloop installed."""

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
def test_uvloop_is_used_if_it_is_installed(name: str) -> None:
    assert find_loop_factory(name) is uvloop.new_event_loop


def test_asyncio_is_used_on_request() -> None:
    assert find_loop_factory("asyncio") is None


@pytest.mark.usefixtures("no_uvloop")
def test_auto_is_asyncio_without_uvloop() -> None:
    assert find_loop_factory("auto") is None


@pytest.mark.usefixtures("no_uvloop")
def test_a_missing_uvloop_is_an_error() -> None:
    with pytest.raises(ConfigError, match="pip install uvloop"):
        find_loop_factory("uvloop")
