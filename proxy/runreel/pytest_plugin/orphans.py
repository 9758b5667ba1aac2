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
class Seen:
    """What a run has shown: paths as text, so that a worker can send it home."""

    whole: set[str] = field(default_factory=set)
    """Test files of which all was collected."""
    files: set[str] = field(default_factory=set)
    """Test files of which anything was collected."""
    own: dict[str, str] = field(default_factory=dict)
    """The cassette of each collected test, by node id, whether it uses one or not."""
    ran: set[str] = field(default_factory=set)
    """Tests that ran to their end."""
    opened: set[str] = field(default_factory=set)
    """Cassettes that tests have opened."""

    def used(self) -> set[str]:
        """Cassettes of tests that ran, and of those that may yet."""
        return self.opened | {path for test, path in self.own.items() if test not in self.ran}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left over."""

    orphans: tuple[Path, ...]
    unjudged: Mapping[Path, Path]
    """Folders of cassettes, each with a test file that was not collected in full."""


def judge(seen: Seen, files: Mapping[Path, Collection[Path]], *, folder: str) -> Verdict:
    """Judge the folders of cassettes beside test ``files``, which are given by their folders."""
    whole = set(map(Path, seen.whole))
    used = {Path(path).resolve() for path in seen.used()}
    orphans: list[Path] = []
    unjudged: dict[Path, Path] = {}
    for home, beside in sorted(files.items()):
        found = sorted((home / folder).rglob(f"*{SUFFIX}"))
        missing = sorted(set(beside) - whole)
        if found and missing:
            unjudged[home / folder] = missing[0]
        elif found:
            orphans += [path for path in found if path.resolve() not in used]
    return Verdict(tuple(orphans), unjudged)


def told(verdict: Verdict, start: Path) -> Iterator[str]:
    """The verdict for people, paths as seen from the folder ``start``."""
    noun = "cassette" if len(verdict.orphans) == 1 else "cassettes"
    yield f"runreel: {len(verdict.orphans) or 'no'} {noun} without a test"
    yield from (f"  {relpath(path, start)}" for path in verdict.orphans)
    for folder, file in verdict.unjudged.items():
        why = f"not all of {relpath(file, start)} was collected"
        yield f"  {relpath(folder, start)} was not judged: {why}"
