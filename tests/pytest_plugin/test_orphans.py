"""Cassettes without a test: reported if all tests were collected, and not otherwise."""

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

pytestmark = pytest.mark.slow

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
def recorded_suite(suite: Suite) -> Suite:
    """Return a recorded suite of two test files."""
    suite.write_tests(TESTS)
    suite.write_tests("def test_it(runreel): ask('a')", name="test_other.py")
    suite.record().assert_outcomes(passed=7)
    return suite


def test_all_cassettes_have_a_test(recorded_suite: Suite) -> None:
    result = recorded_suite.run("--runreel-check-orphans")
    result.assert_outcomes(passed=7)
    assert result.ret == 0
    result.stdout.fnmatch_lines([NONE])


ORPHANS = ("cassettes/test_app/test_gone.cassette", "cassettes/test_gone/test_it.cassette")

RUNS = [
    ("all of it", [], {"passed": 7}),
    ("some of it", ["-k", "plain"], {"passed": 1, "deselected": 6}),
    ("deselected", ["--deselect=test_app.py::test_late"], {"passed": 6, "deselected": 1}),
    ("stopped early", ["-x", "-p", "no:randomly"], {"passed": 7}),
]


@pytest.mark.parametrize(("why", "arguments", "outcome"), RUNS, ids=[row[0] for row in RUNS])
def test_orphans_are_listed(
    recorded_suite: Suite, why: str, arguments: list[str], outcome: dict[str, int]
) -> None:
    for name in ORPHANS:
        recorded_suite.write(name)
    result = recorded_suite.run("--runreel-check-orphans", *arguments)
    result.assert_outcomes(**outcome)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "*= cassettes =*",
            "runreel: 2 cassettes without a test",
            *(f"  {name}" for name in ORPHANS),
        ]
    )


def test_a_test_without_requests_leaves_an_orphan(recorded_suite: Suite) -> None:
    recorded_suite.write_tests("def test_it(): pass", name="test_other.py")
    result = recorded_suite.run("--runreel-check-orphans")
    result.stdout.fnmatch_lines([ONE, "  cassettes/test_other/test_it.cassette"])


def test_the_cassette_of_a_skipped_test_is_in_use(
    recorded_suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKIP", "1")
    result = recorded_suite.run("--runreel-check-orphans")
    result.assert_outcomes(passed=6, skipped=1)
    result.stdout.fnmatch_lines([NONE])


PARTS = [
    ("one file", ["test_app.py"], "test_other.py"),
    ("one test", ["test_other.py::test_it", "test_app.py"], "test_other.py"),
    ("a file that is ignored", ["--ignore=test_other.py"], "test_other.py"),
]


@pytest.mark.parametrize(("why", "arguments", "missing"), PARTS, ids=[row[0] for row in PARTS])
def test_incompletely_collected_folders_are_not_checked(
    recorded_suite: Suite, why: str, arguments: list[str], missing: str
) -> None:
    recorded_suite.write(ORPHANS[0])
    result = recorded_suite.run("--runreel-check-orphans", *arguments)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [NONE, f"  cassettes was not checked: not all tests of {missing} were collected"]
    )


@pytest.mark.parametrize(
    "why", ["raise RuntimeError", "pytest.skip('no', allow_module_level=True)"]
)
def test_a_folder_with_a_collection_error_is_not_checked(recorded_suite: Suite, why: str) -> None:
    recorded_suite.write_tests(why, name="test_other.py")
    result = recorded_suite.run("--runreel-check-orphans", "--continue-on-collection-errors")
    result.stdout.fnmatch_lines(
        [NONE, "  cassettes was not checked: not all tests of test_other.py *"]
    )


def test_with_last_failed_nothing_is_checked(recorded_suite: Suite) -> None:
    result = recorded_suite.run_in_subprocess(
        "--runreel-check-orphans", "--lf", "-p", "cacheprovider"
    )
    result.stdout.fnmatch_lines([NONE, "  cassettes was not checked: *"])


def test_workers_check_together(recorded_suite: Suite) -> None:
    recorded_suite.write(ORPHANS[0])
    result = recorded_suite.run_in_subprocess("-n2", "--runreel-check-orphans")
    result.assert_outcomes(passed=7)
    assert result.ret == 1
    result.stdout.fnmatch_lines([ONE, f"  {ORPHANS[0]}"])


def test_a_failure_stays_a_failure(recorded_suite: Suite) -> None:
    recorded_suite.write(ORPHANS[0])
    recorded_suite.write_tests("def test_it(runreel): ask('changed')", name="test_other.py")
    result = recorded_suite.run("--runreel-check-orphans")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines([ONE, f"  {ORPHANS[0]}"])


def test_an_error_in_a_marker_does_not_affect_the_check(recorded_suite: Suite) -> None:
    recorded_suite.write_tests("@pytest.mark.runreel(7)\ndef test_it(): pass", name="test_other.py")
    result = recorded_suite.run("--runreel-check-orphans")
    result.assert_outcomes(passed=6, errors=1)
    result.stdout.fnmatch_lines([NONE])


def test_a_folder_behind_a_link_is_checked(recorded_suite: Suite) -> None:
    (recorded_suite.folder / "real").mkdir()
    for name in ("test_app.py", "test_other.py", "cassettes"):
        (recorded_suite.folder / name).rename(recorded_suite.folder / "real" / name)
    (recorded_suite.folder / "link").symlink_to(recorded_suite.folder / "real")
    recorded_suite.write(f"real/{ORPHANS[0]}")
    result = recorded_suite.run("--runreel-check-orphans", "--import-mode=importlib", "link")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines([ONE, f"  link/{ORPHANS[0]}"])


def test_without_the_option_nothing_is_reported(recorded_suite: Suite) -> None:
    recorded_suite.write(ORPHANS[0])
    recorded_suite.run().stdout.no_fnmatch_line("*without a test*")


def test_a_folder_without_cassettes_is_not_mentioned(tmp_path: Path) -> None:
    files = {tmp_path: {tmp_path / "test_a.py"}}
    report = find_orphans(CassetteUsage(), files, folder="cassettes")
    assert report == OrphanReport((), {})
    assert list(format_orphan_report(report, tmp_path)) == [NONE]
