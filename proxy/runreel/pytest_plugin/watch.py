"""What ``--runreel-check-orphans`` watches in each process of a run, and what it says then."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.cassette_path import place
from runreel.pytest_plugin.hooks import RUN
from runreel.pytest_plugin.marker import marked
from runreel.pytest_plugin.options import NAME
from runreel.pytest_plugin.orphans import Seen, Verdict, judge, told
from runreel.pytest_plugin.suite import suite_of

Reporting: TypeAlias = Generator[None, pytest.TestReport, pytest.TestReport]

_SENT_HOME = "runreel_collected"
_OPENED = "runreel_cassette"


def watch(config: pytest.Config, environment: Mapping[str, str]) -> None:
    """Watch this run of pytest; raises ``pytest.UsageError`` for settings that cannot be."""
    folder = suite_of(config, environment).folder
    config.pluginmanager.register(Watch(config, folder=folder), "runreel-watch")


class Worker(Protocol):
    """A worker of pytest-xdist, as the process with the terminal sees it."""

    workeroutput: Mapping[str, Any]


class Watch:
    """Sees what is collected and what runs; the process that has the terminal judges and tells."""

    def __init__(self, config: pytest.Config, *, folder: str) -> None:
        """``folder`` is the suite's folder of cassettes, as a path from a test file's folder."""
        self._config = config
        self._folder = folder
        self._seen = Seen()
        self._verdict: Verdict | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a test file that was collected: not with --last-failed, which leaves tests out."""
        path = self._config.rootpath / str(report.nodeid)
        if report.passed and path.is_file() and not self._config.getoption("lf", default=False):
            self._seen.whole.add(str(path))

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note which cassette a test has, if it has one."""
        try:
            name = marked(item.iter_markers(NAME)).name
        except UsageError:
            name = None  # the test says so itself, as a failure
        self._seen.files.add(str(item.path))
        self._seen.own[str(item.nodeid)] = str(place(item, name, folder=self._folder).path)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Reporting:
        """Send the cassette that is open along with the report."""
        report = yield
        run = item.stash.get(RUN, None)
        if run is not None:
            setattr(report, _OPENED, str(run.session.cassette))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test has opened, in whichever process."""
        opened = getattr(report, _OPENED, None)
        if opened is not None:
            self._seen.opened.add(opened)
        if report.when == "call" and not report.skipped:
            self._seen.ran.add(str(report.nodeid))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Worker) -> None:
        """Take over what a worker has collected; one that crashed sends nothing."""
        sent = getattr(node, "workeroutput", {}).get(_SENT_HOME)
        if sent is not None:
            self._seen.whole.update(sent["whole"])
            self._seen.files.update(sent["files"])
            self._seen.own.update(sent["own"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge; orphans are a failure of a run that has no other."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            seen = self._seen
            output[_SENT_HOME] = {
                "whole": list(seen.whole),
                "files": list(seen.files),
                "own": seen.own,
            }
            return
        self._verdict = judge(self._seen, self._test_files(), folder=self._folder)
        if self._verdict.orphans and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is left over, and what was not judged."""
        if self._verdict is not None:
            terminalreporter.section("cassettes")
            for line in told(self._verdict, self._config.invocation_params.dir):
                terminalreporter.line(line)

    def _test_files(self) -> Mapping[Path, Collection[Path]]:
        """All test files, by folder, beside those that were collected."""
        patterns: list[str] = self._config.getini("python_files")
        homes = {Path(file).parent for file in self._seen.whole | self._seen.files}
        return {
            home: {file for pattern in patterns for file in home.glob(pattern)} for home in homes
        }
