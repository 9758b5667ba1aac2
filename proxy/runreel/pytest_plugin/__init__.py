"""The pytest plugin: the fixture and the marker ``runreel``, and their options.

pytest loads this module in every run of an environment that has runreel, so it imports very little.
The other modules of the package are imported when a test uses the fixture or the marker.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runreel.pytest_plugin.options import (
    ALLOW_NETWORK,
    BLOCK_NETWORK,
    CHECK_ORPHANS,
    NAME,
    OPTIONS,
    Option,
)

if TYPE_CHECKING:
    from runreel.pytest_plugin.hooks import RunreelHooks
    from runreel.pytest_plugin.proxy.address import ReservedAddress
    from runreel.pytest_plugin.session import RunreelSession

MARKER_HELP = (
    'runreel(name, mode="replay", upstream=..., speed=..., ignore=[...], volatile=[...], '
    "patterns=[...], bind=[...], strict=..., order=..., on_unplayed=..., record_errors=..., "
    "restore=..., on_unused=..., block_network=..., allowed_hosts=[...]): "
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
_ADDRESS = pytest.StashKey["ReservedAddress"]()
_VARIABLES = pytest.StashKey[ExitStack]()
"""Restores the environment that tests without runreel get."""

_USE = re.compile(
    rb"mark\.runreel\b"
    rb"|(?:usefixtures|getfixturevalue|add_marker)\([^)]*[\"']runreel[\"']"
    rb"|def\s+\w+\s*\([^)]*\brunreel\b"
)
"""A use of the marker or the fixture in the source of a test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with its name in ini files."""
    group = parser.getgroup("runreel", "replay of LLM traffic")
    for option in OPTIONS:
        parser.addini(option.ini, option.help, type=option.type, default=None)
        if option.on_command_line:
            _add_option(group, option)
    group.addoption(
        ALLOW_NETWORK,
        dest=BLOCK_NETWORK.ini,
        action="store_false",
        default=None,
        help="let replayed tests connect to other machines",
    )
    group.addoption(
        CHECK_ORPHANS, action="store_true", help="list cassettes that no test used, and exit with 1"
    )


def _add_option(group: pytest.OptionGroup, option: Option) -> None:
    if option.type == "bool":
        group.addoption(option.flag, action="store_true", default=None, help=option.help)
    else:
        choices = option.choices or None
        group.addoption(option.flag, metavar=option.metavar, choices=choices, help=option.help)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Lead clients to the proxy before any module of the suite is imported and creates them."""
    _start(early_config)


def _start(config: pytest.Config) -> None:
    """Save the environment; if tests use runreel, set the variables for clients. Only once."""
    if _START in config.stash:
        return
    config.stash[_START] = ProcessStart(time.time(), dict(os.environ))
    starts = _list_starts(config)
    if NAME in config.getini("usefixtures") or any(
        _mentions_runreel(config, each) for each in starts
    ):
        from runreel.pytest_plugin.suite import set_variables_early  # noqa: PLC0415 - most runs of pytest do not need it

        config.stash[_VARIABLES] = set_variables_early(
            config, _get_address(config), config.stash[_START].environment
        )


def _list_starts(config: pytest.Config) -> Sequence[Path]:
    """Return the files and folders in which pytest will look for tests."""
    arguments = [name.partition("::")[0] for name in config.known_args_namespace.file_or_dir]
    folder = config.invocation_params.dir
    parents = [each / "conftest.py" for each in (config.rootpath, *folder.parents)]
    return [*(folder / name for name in arguments or config.getini("testpaths") or ["."]), *parents]


def _mentions_runreel(config: pytest.Config, start: Path) -> bool:
    """Return whether a file of tests at ``start`` or below it uses runreel, or has cassettes."""
    if start.is_file():
        return _uses_in_source(start)
    skipped, tests = config.getini("norecursedirs"), (*config.getini("python_files"), "conftest.py")
    for folder, folders, files in os.walk(start):
        folders[:] = [name for name in folders if not _matches(name, skipped)]
        for name in files:
            if name.endswith(".cassette"):
                return True
            if _matches(name, tests) and _uses_in_source(Path(folder, name)):
                return True
    return False


def _uses_in_source(path: Path) -> bool:
    try:
        source = path.read_bytes()
    except OSError:  # pytest will say so
        return False
    return b"runreel" in source and _USE.search(source) is not None


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _get_address(config: pytest.Config) -> ReservedAddress:
    """Return the address of the proxies of this run, reserved at the first call."""
    if _ADDRESS not in config.stash:
        from runreel.pytest_plugin.suite import reserve_address  # noqa: PLC0415 - most runs of pytest do not need it

        config.stash[_ADDRESS] = reserve_address(config)
    return config.stash[_ADDRESS]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and save the environment before any test changes it."""
    config.addinivalue_line("markers", MARKER_HELP)
    _start(config)
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


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Restore the environment in the process that starts pytest-xdist's workers."""
    if session.config.pluginmanager.hasplugin("dsession"):
        _restore_environment(session.config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Restore the environment: only tests that use runreel get another one from now on."""
    _restore_environment(session.config)


def _restore_environment(config: pytest.Config) -> None:
    if _VARIABLES in config.stash:
        config.stash[_VARIABLES].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the tests that use runreel and have sent no request."""
    reports = terminalreporter.stats.get("", ())
    tests = [each.nodeid for each in reports if hasattr(each, "runreel_unused")]
    if tests:
        from runreel.pytest_plugin.failures import describe_unused_tests  # noqa: PLC0415 - seldom needed

        terminalreporter.section("runreel: tests without a request")
        terminalreporter.line(describe_unused_tests(tests))


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
            config, _get_address(config), environment=start.environment, start_time=start.time
        )
    return config.stash[_HOOKS]


@pytest.fixture
def runreel(request: pytest.FixtureRequest) -> Iterator[RunreelSession]:
    """Provide the session of the test: ``base_url``, ``cassette``, ``report()``.

    OPENAI_BASE_URL and similar variables point to it during the test, so ``OpenAI()`` just works.
    """
    yield from get_hooks(request.config).provide_session(request.node)
