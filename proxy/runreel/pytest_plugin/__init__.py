"""The pytest plugin: the fixture and the marker ``runreel``, and their options.

Loaded in every pytest run of an environment that has runreel, so it imports next to nothing; what
it is made of is in ``runreel.pytest_plugin``, imported when a test uses it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from runreel.pytest_plugin.options import CHECK_ORPHANS, NAME, OPTIONS, Option

if TYPE_CHECKING:
    from runreel.pytest_plugin.hooks import RunreelHooks
    from runreel.pytest_plugin.proxy.session import RunreelSession

MARKER_HELP = (
    'runreel(name, mode="replay", upstream=..., speed=..., ignore=[...], strict=..., '
    "on_unplayed=..., record_errors=..., restore=..., block_network=..., allowed_hosts=[...]): "
    "answer what the test asks of an LLM from a cassette; see docs/pytest.md"
)


@dataclass(frozen=True, slots=True)
class ProcessStart:
    """What no test has changed yet."""

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
    """Register the marker, and keep the environment as it is before any test."""
    config.addinivalue_line("markers", MARKER_HELP)
    config.stash[_START] = ProcessStart(time.time(), dict(os.environ))
    if config.getoption(CHECK_ORPHANS):
        from runreel.pytest_plugin.watch import register_orphan_check  # noqa: PLC0415 - seldom asked for

        register_orphan_check(config, config.stash[_START].environment)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each marked test the fixture, and load what it needs before any test runs."""
    using = [item for item in items if isinstance(item, pytest.Function) and _uses_runreel(item)]
    if using:
        get_hooks(config).add_fixture(using)


def _uses_runreel(item: pytest.Function) -> bool:
    return NAME in item.fixturenames or item.get_closest_marker(NAME) is not None


def get_hooks(config: pytest.Config) -> RunreelHooks:
    """What is behind the fixture, made at its first use; raises ``pytest.UsageError``."""
    if _HOOKS not in config.stash:
        from runreel.pytest_plugin.suite import register_hooks  # noqa: PLC0415 - unused by most runs of pytest

        start = config.stash[_START]
        config.stash[_HOOKS] = register_hooks(
            config, environment=start.environment, start_time=start.time
        )
    return config.stash[_HOOKS]


@pytest.fixture
def runreel(request: pytest.FixtureRequest) -> Iterator[RunreelSession]:
    """A session of the test's own: ``base_url``, ``cassette``, ``report()``.

    OPENAI_BASE_URL and its like point at it while the test runs, so ``OpenAI()`` just works.
    """
    yield from get_hooks(request.config).provide_session(request.node)
