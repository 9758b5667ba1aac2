"""What happens around a test that uses runreel: its session, its verdict, its end.

Registered with pytest when the first such test is collected.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest

from runreel.errors import RunreelError
from runreel.pytest_plugin.cassette_path import locate_cassette
from runreel.pytest_plugin.failures import ItemUnderTest
from runreel.pytest_plugin.marker import MarkerArguments, parse_markers
from runreel.pytest_plugin.network import NetworkGuard
from runreel.pytest_plugin.options import NAME
from runreel.pytest_plugin.proxy.server import ProxyPool
from runreel.pytest_plugin.proxy.session import RunreelSession
from runreel.pytest_plugin.run import ItemRun
from runreel.pytest_plugin.settings import RECORD, SuiteSettings

HookWrapper: TypeAlias = Generator[None, object, object]
ReportWrapper: TypeAlias = Generator[None, pytest.TestReport, pytest.TestReport]

RUN = pytest.StashKey[ItemRun]()


class RunreelWarning(pytest.PytestWarning):
    """Something about a cassette that does not fail the test."""


class RunreelHooks:
    """The tests of a process that use runreel, and the proxies behind them."""

    def __init__(self, suite: SuiteSettings, servers: ProxyPool, *, start_time: float) -> None:
        """``started`` is when pytest did, in seconds since 1970-01-01."""
        self._suite = suite
        self._servers = servers
        self._start_time = start_time
        self._open: list[ItemRun] = []

    def add_fixture(self, items: Iterable[pytest.Function]) -> None:
        """Give tests the fixture, by whichever way they have asked for it."""
        for item in items:
            item.fixturenames = _put_runreel_first(item)

    def provide_session(self, item: pytest.Item) -> Iterator[RunreelSession]:
        """The session of a test, for as long as its fixture lives; fails where it cannot be had."""
        try:
            run = self._start_run(item, parse_markers(item.iter_markers(NAME)))
        except RunreelError as error:
            raise _build_failure(f"runreel: {error}") from None
        item.stash[RUN] = run
        self._open.append(run)
        with run.patch_environment():
            yield run.session

    def _start_run(self, item: pytest.Item, arguments: MarkerArguments) -> ItemRun:
        settings = self._suite.build_item_settings(arguments)
        where = locate_cassette(item, arguments.name, folder=self._suite.folder)
        server = self._servers.get(where.root)
        is_recorded = where.path.exists()
        append = settings.mode == RECORD and self._is_from_this_run(where.path)
        session = RunreelSession.create(
            server.control, where.name, append=append, settings=settings, arguments=arguments
        )
        subject = ItemUnderTest(
            test=_format_node_id(item),
            cassette=os.path.relpath(where.path, item.config.invocation_params.dir),
            mode=self._suite.choose_mode(arguments.mode),
            is_recorded=is_recorded,
        )
        return ItemRun(subject, session, server, settings, NetworkGuard(settings.allowed_hosts))

    def _is_from_this_run(self, path: Path) -> bool:
        """Whether this run of the suite has recorded the cassette already, in any of its workers.

        Then it is another test's as well, which must not be lost.
        """
        return path.exists() and path.stat().st_mtime >= self._start_time

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> HookWrapper:
        """Judge what the fixtures have asked for."""
        return (yield from _check_phase(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> HookWrapper:
        """Judge what the test has asked for."""
        return (yield from _check_phase(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> ReportWrapper:
        """Remember whether the test did what is expected of it."""
        report = yield
        run = item.stash.get(RUN, None)
        if run is not None and report.when == "call":
            run.passed = report.passed or hasattr(report, "wasxfail")
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> HookWrapper:
        """End the session after the last fixture, and judge what is left."""
        try:
            outcome = yield
        except BaseException:
            _add_section(item, "teardown", self._end_run(item, cleanly=False))
            raise
        objections = self._end_run(item, cleanly=True)
        if objections:
            raise _build_failure(objections) from None
        return outcome

    def _end_run(self, item: pytest.Item, *, cleanly: bool) -> str:
        """End the session of a test, if it has one; returns what speaks against the test."""
        run = item.stash.get(RUN, None)
        if run is None:
            return ""
        del item.stash[RUN]
        self._open.remove(run)
        objections, unplayed = run.end(passed=run.passed and cleanly)
        if unplayed and run.settings.on_unplayed == "warn":
            item.warn(RunreelWarning(unplayed))
        if unplayed and run.settings.on_unplayed == "fail":
            return "\n\n".join(filter(None, (objections, unplayed)))
        return objections

    def stop(self) -> None:
        """Discard what interrupted tests have recorded, and end the proxies."""
        for run in self._open:
            with suppress(RunreelError):  # the interruption may have ended the proxy as well
                run.session.end(keep=False)
        self._servers.stop()


def _build_failure(text: str) -> BaseException:
    """The failure of a test, told without a traceback: that would show our code, and not theirs."""
    return pytest.fail.Exception(text, pytrace=False)


def _put_runreel_first(item: pytest.Function) -> list[str]:
    """The fixtures of a test, ours before all others of its scope: they may make clients."""
    known = item._fixtureinfo.name2fixturedefs
    others = [name for name in item.fixturenames if name != NAME]
    wider = [name for name in others if name in known and known[name][-1].scope != "function"]
    return [*wider, NAME, *(name for name in others if name not in wider)]


def _format_node_id(item: pytest.Item) -> str:
    """The node id, as one would type it where pytest was started."""
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    return "::".join((file, *str(item.nodeid).split("::")[1:]))


def _check_phase(item: pytest.Item, when: str) -> HookWrapper:
    """Fail a test that passes or skips although something speaks against it; else say it too."""
    try:
        outcome = yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except pytest.skip.Exception:
        _raise_if_failed(item)
        raise
    except BaseException:
        _add_section(item, when, _describe_new_failures(item))
        raise
    _raise_if_failed(item)
    return outcome


def _raise_if_failed(item: pytest.Item) -> None:
    objections = _describe_new_failures(item)
    if objections:
        raise _build_failure(objections) from None


def _describe_new_failures(item: pytest.Item) -> str:
    run = item.stash.get(RUN, None)
    return run.describe_new_failures() if run is not None else ""


def _add_section(item: pytest.Item, when: str, text: str) -> None:
    if text:
        item.add_report_section(when, NAME, text)
