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
from runreel.pytest_plugin.cassette_path import place
from runreel.pytest_plugin.failures import Subject
from runreel.pytest_plugin.marker import Marked, marked
from runreel.pytest_plugin.network import Guard
from runreel.pytest_plugin.options import NAME
from runreel.pytest_plugin.proxy.server import Servers
from runreel.pytest_plugin.proxy.session import Session
from runreel.pytest_plugin.run import Run
from runreel.pytest_plugin.settings import RECORD, Suite

Wrapper: TypeAlias = Generator[None, object, object]
Reporting: TypeAlias = Generator[None, pytest.TestReport, pytest.TestReport]

RUN = pytest.StashKey[Run]()


class RunreelWarning(pytest.PytestWarning):
    """Something about a cassette that does not fail the test."""


class Runs:
    """The tests of a process that use runreel, and the proxies behind them."""

    def __init__(self, suite: Suite, servers: Servers, *, started: float) -> None:
        """``started`` is when pytest did, in seconds since 1970-01-01."""
        self._suite = suite
        self._servers = servers
        self._started = started
        self._open: list[Run] = []

    def prepare(self, items: Iterable[pytest.Function]) -> None:
        """Give tests the fixture, by whichever way they have asked for it."""
        for item in items:
            item.fixturenames = _with_runreel_first(item)

    def run(self, item: pytest.Item) -> Iterator[Session]:
        """The session of a test, for as long as its fixture lives; fails where it cannot be had."""
        try:
            run = self._begun(item, marked(item.iter_markers(NAME)))
        except RunreelError as error:
            raise _failure(f"runreel: {error}") from None
        item.stash[RUN] = run
        self._open.append(run)
        with run.surroundings():
            yield run.session

    def _begun(self, item: pytest.Item, said: Marked) -> Run:
        settings = self._suite.for_test(said)
        where = place(item, said.name, folder=self._suite.folder)
        server = self._servers.at(where.root)
        is_recorded = where.path.exists()
        append = settings.mode == RECORD and self._is_new(where.path)
        session = Session.begun(
            server.control, where.name, append=append, settings=settings, said=said
        )
        subject = Subject(
            test=_typed(item),
            cassette=os.path.relpath(where.path, item.config.invocation_params.dir),
            mode=self._suite.mode(said.mode),
            is_recorded=is_recorded,
        )
        return Run(subject, session, server, settings, Guard(settings.allowed_hosts))

    def _is_new(self, path: Path) -> bool:
        """Whether this run of the suite has recorded the cassette already, in any of its workers.

        Then it is another test's as well, which must not be lost.
        """
        return path.exists() and path.stat().st_mtime >= self._started

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Wrapper:
        """Judge what the fixtures have asked for."""
        return (yield from _judged(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Wrapper:
        """Judge what the test has asked for."""
        return (yield from _judged(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Reporting:
        """Remember whether the test did what is expected of it."""
        report = yield
        run = item.stash.get(RUN, None)
        if run is not None and report.when == "call":
            run.passed = report.passed or hasattr(report, "wasxfail")
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Wrapper:
        """End the session after the last fixture, and judge what is left."""
        try:
            outcome = yield
        except BaseException:
            _add_section(item, "teardown", self._ended(item, cleanly=False))
            raise
        objections = self._ended(item, cleanly=True)
        if objections:
            raise _failure(objections) from None
        return outcome

    def _ended(self, item: pytest.Item, *, cleanly: bool) -> str:
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


def _failure(why: str) -> BaseException:
    """The failure of a test, told without a traceback: that would show our code, and not theirs."""
    return pytest.fail.Exception(why, pytrace=False)


def _with_runreel_first(item: pytest.Function) -> list[str]:
    """The fixtures of a test, ours before all others of its scope: they may make clients."""
    known = item._fixtureinfo.name2fixturedefs
    others = [name for name in item.fixturenames if name != NAME]
    wider = [name for name in others if name in known and known[name][-1].scope != "function"]
    return [*wider, NAME, *(name for name in others if name not in wider)]


def _typed(item: pytest.Item) -> str:
    """The node id, as one would type it where pytest was started."""
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    return "::".join((file, *str(item.nodeid).split("::")[1:]))


def _judged(item: pytest.Item, when: str) -> Wrapper:
    """Fail a test that passes or skips although something speaks against it; else say it too."""
    try:
        outcome = yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except pytest.skip.Exception:
        _demand_no_objections(item)
        raise
    except BaseException:
        _add_section(item, when, _objections(item))
        raise
    _demand_no_objections(item)
    return outcome


def _demand_no_objections(item: pytest.Item) -> None:
    objections = _objections(item)
    if objections:
        raise _failure(objections) from None


def _objections(item: pytest.Item) -> str:
    run = item.stash.get(RUN, None)
    return run.objections() if run is not None else ""


def _add_section(item: pytest.Item, when: str, text: str) -> None:
    if text:
        item.add_report_section(when, NAME, text)
