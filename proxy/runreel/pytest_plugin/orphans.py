"""Orphans, for ``--runreel-check-orphans``: cassettes that no test uses.

A cassette is in use if a test opened it, or if it belongs to a test that did not run (deselected,
skipped or not reached). A cassette folder is checked only if all test files beside it were
collected completely; for other folders the report says why not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path

from runreel.pytest_plugin.names import SUFFIX


@dataclass(slots=True)
class CassetteUsage:
    """Observations about a run of pytest; paths are strings, so that a worker can send them."""

    complete_files: set[str] = field(default_factory=set)
    """Test files of which all tests were collected."""
    collected_files: set[str] = field(default_factory=set)
    """Test files of which at least one test was collected."""
    cassette_of_test: dict[str, str] = field(default_factory=dict)
    """Path of the cassette that each collected test has if it uses runreel, by node id."""
    finished_tests: set[str] = field(default_factory=set)
    """Node ids of the tests that ran and were not skipped."""
    opened: set[str] = field(default_factory=set)
    """Paths of the cassettes that tests opened."""

    def collect_used(self) -> set[str]:
        """Return the cassettes that were opened, or that tests would open that did not run."""
        return self.opened | {
            path for test, path in self.cassette_of_test.items() if test not in self.finished_tests
        }


@dataclass(frozen=True, slots=True)
class OrphanReport:
    """The result of the check."""

    orphans: tuple[Path, ...]
    unchecked: Mapping[Path, Path]
    """Cassette folders that were not checked, each with a test file that was not collected."""


def find_orphans(
    usage: CassetteUsage, files: Mapping[Path, Collection[Path]], *, folder: str
) -> OrphanReport:
    """Check the cassette folders beside test files.

    ``files`` maps each folder to its test files, and ``folder`` is the name of the cassette folder
    in each.
    """
    complete = set(map(Path, usage.complete_files))
    used = {Path(path).resolve() for path in usage.collect_used()}
    orphans: list[Path] = []
    unchecked: dict[Path, Path] = {}
    for parent, test_files in sorted(files.items()):
        cassettes = sorted((parent / folder).rglob(f"*{SUFFIX}"))
        incomplete = sorted(set(test_files) - complete)
        if cassettes and incomplete:
            unchecked[parent / folder] = incomplete[0]
        elif cassettes:
            orphans += [path for path in cassettes if path.resolve() not in used]
    return OrphanReport(tuple(orphans), unchecked)


def format_orphan_report(report: OrphanReport, start: Path) -> Iterator[str]:
    """Yield the lines of the report; paths are relative to the folder ``start``."""
    noun = "cassette" if len(report.orphans) == 1 else "cassettes"
    yield f"runreel: {len(report.orphans) or 'no'} {noun} without a test"
    yield from (f"  {relpath(path, start)}" for path in report.orphans)
    for folder, file in report.unchecked.items():
        reason = f"not all tests of {relpath(file, start)} were collected"
        yield f"  {relpath(folder, start)} was not checked: {reason}"
