"""The pytest hooks for tests that use runreel: they start a session, check it, and end it.

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
from runreel.pytest_plugin.failures import ItemUnderTest, build_record_command
from runreel.pytest_plugin.marker import MarkerArguments, parse_markers
from runreel.pytest_plugin.network import NetworkGuard
from runreel.pytest_plugin.options import NAME
from runreel.pytest_plugin.proxy.environment import ClientRoute
from runreel.pytest_plugin.proxy.server import ProxyPool
from runreel.pytest_plugin.run import ItemRun
from runreel.pytest_plugin.session import RunreelSession
from runreel.pytest_plugin.settings import RECORD, SuiteSettings, needs_no_key

HookWrapper: TypeAlias = Generator[None, object, object]
ReportWrapper: TypeAlias = Generator[None, pytest.TestReport, pytest.TestReport]

RUN = pytest.StashKey[ItemRun]()
IS_UNUSED = pytest.StashKey[bool]()


class RunreelWarning(pytest.PytestWarning):
    """A problem of a cassette that does not fail the test."""


class RunreelHooks:
    """Hooks around the tests of a process that use runreel; they own the proxies."""

    def __init__(
        self, suite: SuiteSettings, proxies: ProxyPool, route: ClientRoute, *, start_time: float
    ) -> None:
        """Create the hooks.

        ``route`` is for clients that fixtures of a wider scope create. ``start_time`` is the start
        of pytest, in seconds since 1970-01-01.
        """
        self._suite = suite
        self._route = route
        self._proxies = proxies
        self._start_time = start_time
        self._open: list[ItemRun] = []

    def add_fixture(self, items: Iterable[pytest.Function]) -> None:
        """Give tests the fixture, whether they request it by name or by marker."""
        for item in items:
            item.fixturenames = _put_runreel_first(item)

    def provide_session(self, item: pytest.Item) -> Iterator[RunreelSession]:
        """Yield the session of a test, as its fixture; fail the test if it cannot be created."""
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
        cassette = locate_cassette(item, arguments.name, folder=self._suite.folder)
        proxy = self._proxies.get(cassette.root)
        is_recorded = cassette.path.exists()
        append = settings.mode == RECORD and self._is_from_this_run(cassette.path)
        test = _format_node_id(item)
        session = RunreelSession.create(
            proxy,
            cassette.name,
            append=append,
            settings=settings,
            arguments=arguments,
            record_command=build_record_command(test),
        )
        item_under_test = ItemUnderTest(
            test=test,
            cassette=os.path.relpath(cassette.path, item.config.invocation_params.dir),
            mode=self._suite.choose_mode(arguments.mode),
            is_recorded=is_recorded,
            upstream="" if settings.upstream else session.upstream,
        )
        guard = NetworkGuard(settings.allowed_hosts)
        has_dummy_keys = needs_no_key(session.mode, session.upstream)
        route = ClientRoute(proxy.url, session.upstream, has_dummy_keys, self._suite.env)
        return ItemRun(item_under_test, session, proxy, settings, guard, route)

    def _is_from_this_run(self, path: Path) -> bool:
        """Return whether a test of this run, in any worker, has already recorded the cassette.

        Then another test shares it, whose exchanges must not be lost.
        """
        return path.exists() and path.stat().st_mtime >= self._start_time

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> HookWrapper:
        """Lead clients to the proxy from before the first fixture of a test, of whatever scope."""
        if NAME not in getattr(item, "fixturenames", ()):
            return (yield)
        with self._route.set_variables():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> HookWrapper:
        """Check the requests of the fixtures."""
        return (yield from _check_phase(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> HookWrapper:
        """Check the requests of the test."""
        return (yield from _check_phase(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> ReportWrapper:
        """Note whether the test passed, or failed as expected."""
        report = yield
        run = item.stash.get(RUN, None)
        if run is not None and report.when == "call":
            run.passed = report.passed or hasattr(report, "wasxfail")
        if item.stash.get(IS_UNUSED, False):
            vars(report)["runreel_unused"] = (
                True  # pytest-xdist sends it to the process with the summary
            )
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> HookWrapper:
        """End the session after the last fixture, and check the rest of the requests."""
        try:
            outcome = yield
        except BaseException:
            _add_section(item, "teardown", self._end_run(item, cleanly=False))
            raise
        failure_text = self._end_run(item, cleanly=True)
        if failure_text:
            raise _build_failure(failure_text) from None
        return outcome

    def _end_run(self, item: pytest.Item, *, cleanly: bool) -> str:
        """End the session of a test, if it has one; return the reasons for which the test fails."""
        run = item.stash.get(RUN, None)
        if run is None:
            return ""
        del item.stash[RUN]
        self._open.remove(run)
        result = run.end(passed=run.passed and cleanly)
        texts = [result.failures]
        if result.unplayed and run.settings.on_unplayed == "warn":
            item.warn(RunreelWarning(result.unplayed))
        elif run.settings.on_unplayed == "fail":
            texts.append(result.unplayed)
        if run.settings.on_unused == "fail":
            texts.append(result.unused)
        else:
            item.stash[IS_UNUSED] = bool(result.unused)
        return "\n\n".join(filter(None, texts))

    def stop(self) -> None:
        """Discard the recordings of interrupted tests, and end the proxies."""
        for run in self._open:
            with suppress(RunreelError):  # the interruption may have ended the proxy as well
                run.session.end(keep=False)
        self._proxies.stop()


def _build_failure(text: str) -> BaseException:
    """Build a test failure without a traceback: it would show the plugin's code, not the test's."""
    return pytest.fail.Exception(text, pytrace=False)


def _put_runreel_first(item: pytest.Function) -> list[str]:
    """Return the fixtures of a test, ``runreel`` first in its scope: others may create clients."""
    definitions = item._fixtureinfo.name2fixturedefs
    others = [name for name in item.fixturenames if name != NAME]
    wider = [
        name for name in others if name in definitions and definitions[name][-1].scope != "function"
    ]
    return [*wider, NAME, *(name for name in others if name not in wider)]


def _format_node_id(item: pytest.Item) -> str:
    """Return the node id as a command-line argument for the folder in which pytest was started."""
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    return "::".join((file, *str(item.nodeid).split("::")[1:]))


def _check_phase(item: pytest.Item, when: str) -> HookWrapper:
    """Fail a test that passes or skips despite failures; add them to the report of a failed one."""
    try:
        outcome = yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except pytest.skip.Exception:
        _raise_if_failed(item)
        raise
    except BaseException:
        _add_section(item, when, _describe_new_failures(item) or _describe_unused(item))
        raise
    _raise_if_failed(item)
    return outcome


def _raise_if_failed(item: pytest.Item) -> None:
    failure_text = _describe_new_failures(item)
    if failure_text:
        raise _build_failure(failure_text) from None


def _describe_new_failures(item: pytest.Item) -> str:
    run = item.stash.get(RUN, None)
    return run.describe_new_failures() if run is not None else ""


def _describe_unused(item: pytest.Item) -> str:
    run = item.stash.get(RUN, None)
    return run.describe_unused() if run is not None else ""


def _add_section(item: pytest.Item, when: str, text: str) -> None:
    if text:
        item.add_report_section(when, NAME, text)
