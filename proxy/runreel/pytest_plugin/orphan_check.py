"""The hooks of ``--runreel-check-orphans``: they observe all processes of a run, and report."""

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
    """Register the hooks for this run; raise ``pytest.UsageError`` for invalid settings."""
    folder = load_suite_settings(config, environment).folder
    config.pluginmanager.register(OrphanCheck(config, folder=folder), "runreel-orphan-check")


class XdistWorker(Protocol):
    """A worker of pytest-xdist, as the controlling process sees it."""

    workeroutput: Mapping[str, Any]


class OrphanCheck:
    """Hooks that note collected and finished tests; the process with the terminal reports."""

    def __init__(self, config: pytest.Config, *, folder: str) -> None:
        """Create the hooks; ``folder`` is the cassette folder, relative to a test file's folder."""
        self._config = config
        self._folder = folder
        self._usage = CassetteUsage()
        self._report: OrphanReport | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a completely collected test file; with --last-failed, none is complete."""
        path = self._config.rootpath / str(report.nodeid)
        if report.passed and path.is_file() and not self._config.getoption("lf", default=False):
            self._usage.complete_files.add(str(path))

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note the cassette that the test has if it uses runreel."""
        try:
            name = parse_markers(item.iter_markers(NAME)).name
        except UsageError:
            name = None  # reported as a failure of the test itself
        self._usage.collected_files.add(str(item.path))
        self._usage.cassette_of_test[str(item.nodeid)] = str(
            locate_cassette(item, name, folder=self._folder).path
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> ReportWrapper:
        """Attach the path of the open cassette to the report."""
        report = yield
        run = item.stash.get(RUN, None)
        if run is not None:
            setattr(report, _CASSETTE_ATTRIBUTE, str(run.session.cassette))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the cassette that a test of any process opened."""
        cassette = getattr(report, _CASSETTE_ATTRIBUTE, None)
        if cassette is not None:
            self._usage.opened.add(cassette)
        if report.when == "call" and not report.skipped:
            self._usage.finished_tests.add(str(report.nodeid))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: XdistWorker) -> None:
        """Add the observations of a worker; a crashed worker sends none."""
        usage = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
        if usage is not None:
            self._usage.complete_files.update(usage["complete_files"])
            self._usage.collected_files.update(usage["collected_files"])
            self._usage.cassette_of_test.update(usage["cassette_of_test"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Check for orphans, which fail a run without other failures; a worker sends its data."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_WORKER_OUTPUT] = {
                "complete_files": list(self._usage.complete_files),
                "collected_files": list(self._usage.collected_files),
                "cassette_of_test": self._usage.cassette_of_test,
            }
            return
        self._report = find_orphans(self._usage, self._find_test_files(), folder=self._folder)
        if self._report.orphans and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the orphans, and the folders that were not checked."""
        if self._report is not None:
            terminalreporter.section("cassettes")
            for line in format_orphan_report(self._report, self._config.invocation_params.dir):
                terminalreporter.line(line)

    def _find_test_files(self) -> Mapping[Path, Collection[Path]]:
        """Find all test files in the folders of the collected ones, by folder."""
        patterns: list[str] = self._config.getini("python_files")
        folders = {
            Path(file).parent for file in self._usage.complete_files | self._usage.collected_files
        }
        return {
            folder: {file for pattern in patterns for file in folder.glob(pattern)}
            for folder in folders
        }
