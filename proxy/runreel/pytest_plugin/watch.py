"""What ``--runreel-check-orphans`` watches in each process of a run, and what it says then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.cassette_path import locate_cassette
from runreel.pytest_plugin.hooks import RUN, ReportWrapper
from runreel.pytest_plugin.marker import parse_markers
from runreel.pytest_plugin.options import NAME
from runreel.pytest_plugin.orphans import (
    CassetteUsage,
    OrphanReport,
    find_orphans,
    format_orphan_report,
)
from runreel.pytest_plugin.suite import load_suite_settings

_WORKER_OUTPUT = "runreel_collected"
_CASSETTE_ATTRIBUTE = "runreel_cassette"


def register_orphan_check(config: pytest.Config, environment: Mapping[str, str]) -> None:
    """Watch this run of pytest; raises ``pytest.UsageError`` for settings that cannot be."""
    folder = load_suite_settings(config, environment).folder
    config.pluginmanager.register(OrphanCheck(config, folder=folder), "runreel-watch")


class XdistWorker(Protocol):
    """A worker of pytest-xdist, as the process with the terminal sees it."""

    workeroutput: Mapping[str, Any]


class OrphanCheck:
    """Sees what is collected and what runs; the process that has the terminal judges and tells."""

    def __init__(self, config: pytest.Config, *, folder: str) -> None:
        """``folder`` is the suite's folder of cassettes, as a path from a test file's folder."""
        self._config = config
        self._folder = folder
        self._usage = CassetteUsage()
        self._report: OrphanReport | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a test file that was collected: not with --last-failed, which leaves tests out."""
        path = self._config.rootpath / str(report.nodeid)
        if report.passed and path.is_file() and not self._config.getoption("lf", default=False):
            self._usage.complete_files.add(str(path))

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note which cassette a test has, if it has one."""
        try:
            name = parse_markers(item.iter_markers(NAME)).name
        except UsageError:
            name = None  # the test says so itself, as a failure
        self._usage.collected_files.add(str(item.path))
        self._usage.cassette_of_test[str(item.nodeid)] = str(
            locate_cassette(item, name, folder=self._folder).path
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> ReportWrapper:
        """Send the cassette that is open along with the report."""
        report = yield
        run = item.stash.get(RUN, None)
        if run is not None:
            setattr(report, _CASSETTE_ATTRIBUTE, str(run.session.cassette))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test has opened, in whichever process."""
        opened = getattr(report, _CASSETTE_ATTRIBUTE, None)
        if opened is not None:
            self._usage.opened.add(opened)
        if report.when == "call" and not report.skipped:
            self._usage.finished_tests.add(str(report.nodeid))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: XdistWorker) -> None:
        """Take over what a worker has collected; one that crashed sends nothing."""
        sent = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
        if sent is not None:
            self._usage.complete_files.update(sent["whole"])
            self._usage.collected_files.update(sent["files"])
            self._usage.cassette_of_test.update(sent["own"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge; orphans are a failure of a run that has no other."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            seen = self._usage
            output[_WORKER_OUTPUT] = {
                "whole": list(seen.complete_files),
                "files": list(seen.collected_files),
                "own": seen.cassette_of_test,
            }
            return
        self._report = find_orphans(self._usage, self._find_test_files(), folder=self._folder)
        if self._report.orphans and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is left over, and what was not judged."""
        if self._report is not None:
            terminalreporter.section("cassettes")
            for line in format_orphan_report(self._report, self._config.invocation_params.dir):
                terminalreporter.line(line)

    def _find_test_files(self) -> Mapping[Path, Collection[Path]]:
        """All test files, by folder, beside those that were collected."""
        patterns: list[str] = self._config.getini("python_files")
        homes = {
            Path(file).parent for file in self._usage.complete_files | self._usage.collected_files
        }
        return {
            home: {file for pattern in patterns for file in home.glob(pattern)} for home in homes
        }
