"""Which event loop a server gets. Whether uvloop is installed, the tests say."""

from __future__ import annotations

import importlib.machinery
import sys
import types

import pytest

from runreel.errors import ConfigError
from runreel.shell.loops import loop_factory


@pytest.fixture
def uvloop(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Stands in for the library, as if it were installed."""
    module = types.ModuleType("uvloop")
    module.__spec__ = importlib.machinery.ModuleSpec("uvloop", None)
    module.new_event_loop = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uvloop", module)
    return module


@pytest.fixture
def no_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.mark.parametrize("name", ["auto", "uvloop"])
def test_uvloop_is_taken_where_it_is_installed(name: str, uvloop: types.ModuleType) -> None:
    assert loop_factory(name) is uvloop.new_event_loop


@pytest.mark.usefixtures("uvloop")
def test_who_asks_for_asyncio_gets_it() -> None:
    assert loop_factory("asyncio") is None


@pytest.mark.usefixtures("no_uvloop")
def test_asyncio_stands_in_where_it_is_not() -> None:
    assert loop_factory("auto") is None


@pytest.mark.usefixtures("no_uvloop")
def test_who_asks_for_what_is_not_there_is_told_so() -> None:
    with pytest.raises(ConfigError, match="pip install uvloop"):
        loop_factory("uvloop")
