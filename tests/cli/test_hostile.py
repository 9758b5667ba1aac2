"""Hostile cassettes through every command: bounded memory, and no unexpected exception."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from support.hostile import build_pair, measure_commands
from support.mutants import IN_PROCESS, REPLAY, build_base, build_mutant, run_commands

pytestmark = pytest.mark.slow

_COSTLY = (
    *("diff", "explain --json", "export har", "grep --json", "lint", "ls --events", "match"),
    *("redact", "replay", "scan json", "show --all", "show 1 --full", "show 1 --json", "stats"),
)
_KINDS = (
    "deepest json",
    "emails",
    "escapes",
    "headers",
    "json lines",
    "nested json",
    "tiny events",
    "notes",
)
_LARGE: Mapping[str, Sequence[str]] = {
    "tiny exchanges": ("diff", "lint", "stats", "grep --json", "explain --json", "verify"),
    "json events": ("stats", "grep --json", "ls --events", "verify"),
    "long streams": ("diff", "lint", "stats", "show 1 --json", "grep --json", "ls --events"),
    "binary messages": ("diff", "lint", "stats", "grep --json", "ls --events", "export har"),
    "delta events": ("lint", "stats", "grep --json", "ls --events", "export har", "scan json"),
    "accents": ("grep --json", "scan json"),
    "numbers": ("diff", "show --all", "stats", "lint", "match", "explain --json", "replay"),
    "doubles": ("diff", "show --all", "lint", "match", "explain --json", "replay"),
    "nested json": ("lint", "stats", "grep --json", "scan json", "redact", "explain --json"),
    "tiny events": ("lint", "redact", "diff", "stats"),
    "frames": ("diff", "lint", "show 1 --json", "match"),
    "json lines": ("diff", "lint"),
    "emails": ("redact", "scan json"),
    "asked keys": ("explain --json", "match", "replay"),
    "strings": ("redact",),
    "escaped json": ("redact",),
    "event lines": ("scan json",),
    "marks": ("redact",),
}
"""Kinds of 10 MB, and the commands that take at most 5 seconds for them on a machine of its own."""
_MOST_SECONDS = 20
"""Processor time on the busy machines that run tests."""

_BASE = build_base()
_MUTANTS = [build_mutant(_BASE, seed) for seed in range(60)]


@pytest.mark.parametrize("kind", _KINDS)
def test_no_command_takes_much_memory_for_a_hostile_cassette(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()

    costs = dict(measure_commands(*build_pair(kind, 1), folder, _COSTLY))

    assert set(costs) == set(_COSTLY)
    for name, cost in costs.items():
        assert not cost.crashed, name
        assert cost.code in (0, 1, 3), name
        assert cost.megabytes < 300, name


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", _LARGE)
def test_10_megabytes_take_neither_much_memory_nor_much_time(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()

    costs = dict(measure_commands(*build_pair(kind, 10), folder, _LARGE[kind]))

    assert set(costs) == set(_LARGE[kind])
    for name, cost in costs.items():
        assert not cost.crashed, name
        assert cost.code in (0, 1, 3), name
        assert cost.megabytes < 300, name
        assert 0 <= cost.seconds < _MOST_SECONDS, name


@pytest.mark.parametrize("name", [*IN_PROCESS, REPLAY])
def test_no_command_fails_unexpectedly_on_a_mutant(name: str, tmp_path: Path) -> None:
    failures = [
        (seed, reason)
        for seed, mutant in enumerate(_MUTANTS)
        for _, reason, _ in run_commands(mutant, tmp_path, [name])
        if reason
    ]
    assert failures == [], f"python tests/support/mutants.py --first N --count 1 --commands {name}"


def test_mutants_reach_the_decoder_and_are_told_from_their_number_alone() -> None:
    assert build_mutant(_BASE, 7) == build_mutant(_BASE, 7)
    assert len({*_MUTANTS}) > len(_MUTANTS) - 5
