"""The pytest plugin: the fixture and the marker ``runreel``, and their options.

pytest loads this module in every run of an environment that has runreel, so it imports very little.
The other modules of the package are imported when a test uses the fixture or the marker.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runreel.pytest_plugin.options import CHECK_ORPHANS, NAME, OPTIONS, Option

if TYPE_CHECKING:
    from runreel.pytest_plugin.hooks import RunreelHooks
    from runreel.pytest_plugin.session import RunreelSession

MARKER_HELP = (
    'runreel(name, mode="replay", upstream=..., speed=..., ignore=[...], volatile=[...], '
    "patterns=[...], strict=..., order=..., on_unplayed=..., record_errors=..., restore=..., "
    "block_network=..., allowed_hosts=[...]): "
    "answer the LLM requests of the test from a cassette; see docs/pytest.md"
)


@dataclass(frozen=True, slots=True)
class ProcessStart:
    """The time and the environment at the start of pytest, before any test changes them."""

    time: float
    """Seconds since 1970-01-01."""
    environment: Mapping[str, str]


_START = pytest.StashKey[ProcessStart]()
_HOOKS = pytest.StashKey["RunreelHooks"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with its name in ini files."""
    group = parser.getgroup("runreel", "replay of LLM traffic")
    for option in OPTIONS:
        parser.addini(option.ini, option.help, type=option.type)
        if option.on_command_line:
            _add_option(group, option)
    group.addoption(
        CHECK_ORPHANS, action="store_true", help="list cassettes that no test used, and exit with 1"
    )


def _add_option(group: pytest.OptionGroup, option: Option) -> None:
    if option.type == "bool":
        group.addoption(option.flag, action="store_true", default=None, help=option.help)
    else:
        choices = option.choices or None
        group.addoption(option.flag, metavar=option.metavar, choices=choices, help=option.help)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and save the environment before any test changes it."""
    config.addinivalue_line("markers", MARKER_HELP)
    config.stash[_START] = ProcessStart(time.time(), dict(os.environ))
    if config.getoption(CHECK_ORPHANS):
        from runreel.pytest_plugin.orphan_check import register_orphan_check  # noqa: PLC0415 - seldom requested

        register_orphan_check(config, config.stash[_START].environment)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Give each marked test the fixture, and import the plugin's modules before any test runs.

    The suite's own hooks come first, because they may add the marker.
    """
    yield
    selected = [item for item in items if isinstance(item, pytest.Function) and _uses_runreel(item)]
    if selected:
        get_hooks(config).add_fixture(selected)


def _uses_runreel(item: pytest.Function) -> bool:
    return NAME in item.fixturenames or item.get_closest_marker(NAME) is not None


def get_hooks(config: pytest.Config) -> RunreelHooks:
    """Return the hooks of this run, created and registered at the first call.

    Raises ``pytest.UsageError`` for invalid settings.
    """
    if _HOOKS not in config.stash:
        from runreel.pytest_plugin.suite import register_hooks  # noqa: PLC0415 - most runs of pytest do not need it

        start = config.stash[_START]
        config.stash[_HOOKS] = register_hooks(
            config, environment=start.environment, start_time=start.time
        )
    return config.stash[_HOOKS]


@pytest.fixture
def runreel(request: pytest.FixtureRequest) -> Iterator[RunreelSession]:
    """Provide the session of the test: ``base_url``, ``cassette``, ``report()``.

    OPENAI_BASE_URL and similar variables point to it during the test, so ``OpenAI()`` just works.
    """
    yield from get_hooks(request.config).provide_session(request.node)
