"""Cassettes without a test: found where all was collected, and never said of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.pytest_plugin.orphans import (
    CassetteUsage,
    OrphanReport,
    find_orphans,
    format_orphan_report,
)
from support.suite import Suite

TESTS = """
@pytest.mark.parametrize("text", ["a", "b"])
def test_it(runreel, text): ask(text)

@pytest.mark.runreel("named/one")
def test_named(): ask("c")

def test_late(request): request.getfixturevalue("runreel") and ask("d")

@pytest.mark.skipif("'SKIP' in __import__('os').environ")
def test_skipped(runreel): ask("e")

def test_plain(): pass
"""
NONE = "runreel: no cassettes without a test"
ONE = "runreel: 1 cassette without a test"


@pytest.fixture
def recorded(suite: Suite) -> Suite:
    """A suite of two files that has its cassettes, and one more."""
    suite.write_tests(TESTS)
    suite.write_tests("def test_it(runreel): ask('a')", name="test_other.py")
    suite.record().assert_outcomes(passed=7)
    return suite


def test_all_cassettes_have_a_test(recorded: Suite) -> None:
    result = recorded.run("--runreel-check-orphans")
    result.assert_outcomes(passed=7)
    assert result.ret == 0
    result.stdout.fnmatch_lines([NONE])


GONE = ("cassettes/test_app/test_gone.cassette", "cassettes/test_gone/test_it.cassette")

RUNS = [
    ("all of it", [], {"passed": 7}),
    ("some of it", ["-k", "plain"], {"passed": 1, "deselected": 6}),
    ("deselected", ["--deselect=test_app.py::test_late"], {"passed": 6, "deselected": 1}),
    ("stopped early", ["-x", "-p", "no:randomly"], {"passed": 7}),
]


@pytest.mark.parametrize(("why", "arguments", "outcome"), RUNS, ids=[row[0] for row in RUNS])
def test_those_without_are_listed(
    recorded: Suite, why: str, arguments: list[str], outcome: dict[str, int]
) -> None:
    for name in GONE:
        recorded.write(name)
    result = recorded.run("--runreel-check-orphans", *arguments)
    result.assert_outcomes(**outcome)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*= cassettes =*", "runreel: 2 cassettes without a test", *(f"  {name}" for name in GONE)]
    )


def test_a_test_that_no_longer_asks_leaves_one(recorded: Suite) -> None:
    recorded.write_tests("def test_it(): pass", name="test_other.py")
    result = recorded.run("--runreel-check-orphans")
    result.stdout.fnmatch_lines([ONE, "  cassettes/test_other/test_it.cassette"])


def test_a_skipped_test_keeps_its_own(recorded: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIP", "1")
    result = recorded.run("--runreel-check-orphans")
    result.assert_outcomes(passed=6, skipped=1)
    result.stdout.fnmatch_lines([NONE])


PARTS = [
    ("one file", ["test_app.py"], "test_other.py"),
    ("one test", ["test_other.py::test_it", "test_app.py"], "test_other.py"),
    ("a file that is ignored", ["--ignore=test_other.py"], "test_other.py"),
]


@pytest.mark.parametrize(("why", "arguments", "missing"), PARTS, ids=[row[0] for row in PARTS])
def test_what_was_not_collected_is_not_judged(
    recorded: Suite, why: str, arguments: list[str], missing: str
) -> None:
    recorded.write(GONE[0])
    result = recorded.run("--runreel-check-orphans", *arguments)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [NONE, f"  cassettes was not judged: not all of {missing} was collected"]
    )


@pytest.mark.parametrize(
    "why", ["raise RuntimeError", "pytest.skip('no', allow_module_level=True)"]
)
def test_a_file_that_cannot_be_collected_is_not_judged(recorded: Suite, why: str) -> None:
    recorded.write_tests(why, name="test_other.py")
    result = recorded.run("--runreel-check-orphans", "--continue-on-collection-errors")
    result.stdout.fnmatch_lines([NONE, "  cassettes was not judged: not all of test_other.py *"])


def test_last_failed_leaves_tests_out(recorded: Suite) -> None:
    result = recorded.run_in_subprocess("--runreel-check-orphans", "--lf", "-p", "cacheprovider")
    result.stdout.fnmatch_lines([NONE, "  cassettes was not judged: *"])


def test_workers_together_judge(recorded: Suite) -> None:
    recorded.write(GONE[0])
    result = recorded.run_in_subprocess("-n2", "--runreel-check-orphans")
    result.assert_outcomes(passed=7)
    assert result.ret == 1
    result.stdout.fnmatch_lines([ONE, f"  {GONE[0]}"])


def test_a_failure_stays_a_failure(recorded: Suite) -> None:
    recorded.write(GONE[0])
    recorded.write_tests("def test_it(runreel): ask('changed')", name="test_other.py")
    result = recorded.run("--runreel-check-orphans")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines([ONE, f"  {GONE[0]}"])


def test_a_mistake_in_a_marker_is_the_tests_own(recorded: Suite) -> None:
    recorded.write_tests("@pytest.mark.runreel(7)\ndef test_it(): pass", name="test_other.py")
    result = recorded.run("--runreel-check-orphans")
    result.assert_outcomes(passed=6, errors=1)
    result.stdout.fnmatch_lines([NONE])


def test_a_folder_behind_a_link_is_judged_as_what_it_is(recorded: Suite) -> None:
    (recorded.folder / "real").mkdir()
    for name in ("test_app.py", "test_other.py", "cassettes"):
        (recorded.folder / name).rename(recorded.folder / "real" / name)
    (recorded.folder / "link").symlink_to(recorded.folder / "real")
    recorded.write(f"real/{GONE[0]}")
    result = recorded.run("--runreel-check-orphans", "--import-mode=importlib", "link")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines([ONE, f"  link/{GONE[0]}"])


def test_it_is_not_looked_for_unasked(recorded: Suite) -> None:
    recorded.write(GONE[0])
    recorded.run().stdout.no_fnmatch_line("*without a test*")


def test_a_folder_without_cassettes_needs_no_word(tmp_path: Path) -> None:
    files = {tmp_path: {tmp_path / "test_a.py"}}
    verdict = find_orphans(CassetteUsage(), files, folder="cassettes")
    assert verdict == OrphanReport((), {})
    assert list(format_orphan_report(verdict, tmp_path)) == [NONE]
