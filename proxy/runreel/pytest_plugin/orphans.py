"""Cassettes that no test uses: ``--runreel-check-orphans``.

A cassette is used if a test has opened it, or if a test would that did not run: one that was
deselected, or skipped, or not reached. A folder of cassettes is judged only if all test files
beside it were collected in full; of another one it is said why not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path

from runreel.pytest_plugin.names import SUFFIX


@dataclass(slots=True)
class CassetteUsage:
    """What a run has shown: paths as text, so that a worker can send it home."""

    complete_files: set[str] = field(default_factory=set)
    """Test files of which all was collected."""
    collected_files: set[str] = field(default_factory=set)
    """Test files of which anything was collected."""
    cassette_of_test: dict[str, str] = field(default_factory=dict)
    """The cassette of each collected test, by node id, whether it uses one or not."""
    finished_tests: set[str] = field(default_factory=set)
    """Tests that ran to their end."""
    opened: set[str] = field(default_factory=set)
    """Cassettes that tests have opened."""

    def collect_used(self) -> set[str]:
        """Cassettes of tests that ran, and of those that may yet."""
        return self.opened | {
            path for test, path in self.cassette_of_test.items() if test not in self.finished_tests
        }


@dataclass(frozen=True, slots=True)
class OrphanReport:
    """What is left over."""

    orphans: tuple[Path, ...]
    unchecked: Mapping[Path, Path]
    """Folders of cassettes, each with a test file that was not collected in full."""


def find_orphans(
    usage: CassetteUsage, files: Mapping[Path, Collection[Path]], *, folder: str
) -> OrphanReport:
    """Judge the folders of cassettes beside test ``files``, which are given by their folders."""
    whole = set(map(Path, usage.complete_files))
    used = {Path(path).resolve() for path in usage.collect_used()}
    orphans: list[Path] = []
    unjudged: dict[Path, Path] = {}
    for home, beside in sorted(files.items()):
        found = sorted((home / folder).rglob(f"*{SUFFIX}"))
        missing = sorted(set(beside) - whole)
        if found and missing:
            unjudged[home / folder] = missing[0]
        elif found:
            orphans += [path for path in found if path.resolve() not in used]
    return OrphanReport(tuple(orphans), unjudged)


def format_orphan_report(report: OrphanReport, start: Path) -> Iterator[str]:
    """The verdict for people, paths as seen from the folder ``start``."""
    noun = "cassette" if len(report.orphans) == 1 else "cassettes"
    yield f"runreel: {len(report.orphans) or 'no'} {noun} without a test"
    yield from (f"  {relpath(path, start)}" for path in report.orphans)
    for folder, file in report.unchecked.items():
        why = f"not all of {relpath(file, start)} was collected"
        yield f"  {relpath(folder, start)} was not judged: {why}"
