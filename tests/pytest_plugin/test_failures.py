"""The texts of failures, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runreel.errors import RunreelError
from runreel.pytest_plugin.failures import (
    ItemUnderTest,
    describe_failures,
    describe_server_error,
    describe_unplayed,
)
from runreel.pytest_plugin.proxy.report import RunreelReport, UnplayedEntry

DOCUMENT: dict[str, Any] = {
    "name": "test_it",
    "mode": "replay",
    "cassette": "/suite/cassettes/test_app/test_it.cassette",
    "recorded": 0,
    "lost": 0,
    "replayed": 2,
    "missed": 2,
    "played": [1, 3],
    "unplayed": [{"number": 2, "method": "GET", "path": "/v1/models", "operation": "models.list"}],
    "first_miss": {"message": "POST /v1/threads: no exchange answers this", "nearest": 2},
    "misses": [
        {"message": "POST /v1/threads: no exchange answers this", "nearest": 2},
        {"message": "GET /v1/threads/x: nor this\nwith a second line", "nearest": None},
    ],
    "ok": False,
}
REPORT = RunreelReport.from_document(DOCUMENT)
FINE = replace(REPORT, missed=0, misses=())
ITEM = ItemUnderTest("tests/test_app.py::test_it[a b]", "c.cassette", ("replay", "default"))


def test_a_report_is_parsed() -> None:
    assert (REPORT.mode, REPORT.replayed, REPORT.played) == ("replay", 2, (1, 3))
    assert REPORT.unplayed == (UnplayedEntry(2, "GET", "/v1/models", "models.list"),)


def test_a_test_without_failures() -> None:
    assert describe_failures(FINE, ITEM) == ""
    assert describe_unplayed([], ITEM) == ""


def test_misses() -> None:
    assert describe_failures(REPORT, ITEM).splitlines() == [
        "runreel: 2 requests have no answer in c.cassette (replay: default)",
        "POST /v1/threads: no exchange answers this",
        "Later misses, which may follow from the first:",
        "  GET /v1/threads/x: nor this",
        "If the change is intended, record the test: "
        "pytest --runreel-mode=record 'tests/test_app.py::test_it[a b]'",
    ]


def test_the_marker_with_the_settings_that_help() -> None:
    proposal = {"ignore": [], "volatile": ["date"], "patterns": ["a[0-9]+"], "lines": ["…"]}
    misses = [{"message": "POST /v1: no", "proposal": proposal}, {"message": "GET /v1: no"}]
    report = RunreelReport.from_document({**DOCUMENT, "misses": misses})
    assert describe_failures(report, ITEM).splitlines()[1:3] == [
        "POST /v1: no",
        "For this test alone: @pytest.mark.runreel(volatile=['date'], patterns=['a[0-9]+'])",
    ]


def test_the_command_names_the_upstream_if_the_suite_sets_none() -> None:
    item = replace(ITEM, test="test_it", upstream="http://127.0.0.1:1/a b")
    assert item.record_command == (
        "pytest --runreel-mode=record test_it --runreel-upstream='http://127.0.0.1:1/a b'"
    )


def test_all_failures_are_reported() -> None:
    text = describe_failures(
        replace(REPORT, lost=1),
        ITEM,
        losses=["exchange_lost cause=disk full"],
        blocked=["a.test", "b.test", "a.test"],
    )
    misses, losses, network = text.split("\n\n")
    assert misses.startswith("runreel: 2 requests")
    assert losses.splitlines() == [
        "runreel: 1 exchange was not written to c.cassette:",
        "  exchange_lost cause=disk full",
    ]
    assert "the test tried to reach a.test, b.test. " in network


def test_unplayed_exchanges() -> None:
    assert describe_unplayed(REPORT.unplayed, ITEM).splitlines()[:2] == [
        "runreel: 1 exchange of c.cassette not played:",
        "  2: GET /v1/models (models.list)",
    ]
    many = [replace(REPORT.unplayed[0], number=number) for number in range(1, 9)]
    assert describe_unplayed(many, ITEM).splitlines()[-2] == "  and 3 more"


def test_a_dead_server_is_reported_with_its_log() -> None:
    assert describe_server_error(RunreelError("gone"), "why") == "runreel: gone\nwhy"
    assert describe_server_error(RunreelError("gone"), "") == "runreel: gone"
