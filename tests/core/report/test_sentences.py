"""Log events in words, one line for each exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.report.columns import count_columns
from runreel.core.report.sentences import format_event

RECORDED = {
    "event": "exchange_recorded",
    "level": "info",
    "exchange": 3,
    "method": "POST",
    "path": "/v1/threads/thread_1/runs",
    "status": 200,
    "end": "complete",
    "bytes": 10602,
    "seconds": 1.224,
    "problems": 0,
    "session": "default",
}
MISS = {"event": "miss", "level": "warning", "method": "POST", "path": "/v1/threads"}

EVENTS: list[tuple[str, Mapping[str, Any], str]] = [
    (
        "a recorded exchange",
        RECORDED,
        "recorded 3: 200 POST /v1/threads/thread_1/runs (1.22 s, 10.4 KiB)",
    ),
    (
        "one of a session by name, with its faults",
        {**RECORDED, "session": "refund", "end": "reset", "problems": 1, "omitted": "answer:x"},
        "recorded 3: [refund] 200 POST /v1/threads/thread_1/runs, end: reset, not kept: answer:x, "
        "1 problem (1.22 s, 10.4 KiB)",
    ),
    (
        "a replayed exchange has no time of its own",
        {"event": "exchange_replayed", "exchange": 3, "method": "GET", "path": "/1", "status": 404},
        "replayed 3: 404 GET /1",
    ),
    (
        "one that was passed on has no number",
        {"event": "exchange_passed", "method": "GET", "path": "/1", "status": 200},
        "passed on: 200 GET /1",
    ),
    (
        "a miss",
        {**MISS, "nearest": 2, "differs": ["$.a", "$.b"]},
        "miss: POST /v1/threads: exchange 2 differs in $.a, $.b",
    ),
    ("a miss in an empty cassette", MISS, "miss: POST /v1/threads: nothing like it is recorded"),
    (
        "a miss of a known call",
        {**MISS, "nearest": 2, "refused": "played"},
        "miss: POST /v1/threads: exchange 2 is the same call, but may not answer now",
    ),
    (
        "an outdated recording",
        {**MISS, "nearest": 2, "outdated": True},
        "miss: POST /v1/threads: exchange 2 differs in its redaction",
    ),
    (
        "a warning with a template",
        {"event": "cassette_note", "level": "warning", "cassette": "c", "note": "was repaired"},
        "warning: c: was repaired",
    ),
    (
        "a warning of a session by name",
        {"event": "exchange_lost", "level": "error", "session": "a", "exchange": 1, "method": "GET"}
        | {"cause": "the disk is full"},
        "error: [a] exchange 1 (GET) was not recorded: the disk is full",
    ),
    (
        "an event without a template",
        {"event": "writing_at_stop", "level": "warning", "exchanges": 3, "hint": "Wait."},
        "warning: writing_at_stop: exchanges=3. Wait.",
    ),
    (
        "an event without the fields of its template",
        {"event": "torn_tail", "level": "warning", "cassette": "c"},
        "warning: torn_tail: cassette=c",
    ),
    ("an exchange without its fields", {"event": "exchange_recorded"}, "exchange_recorded"),
    ("no fields", {"event": "ready", "level": "info", "timestamp": "now"}, "ready"),
]


@pytest.mark.parametrize(("event", "line"), [row[1:] for row in EVENTS], ids=[r[0] for r in EVENTS])
def test_a_sentence(event: Mapping[str, Any], line: str) -> None:
    sentence = format_event(event)
    assert sentence.lines == [line]
    assert line.startswith(sentence.label)


WIDTHS = [
    (200, "recorded 3: 200 POST /v1/threads/thread_1/runs (1.22 s, 10.4 KiB)"),
    (60, "recorded 3: 200 POST /v1/threads/thread_1/runs"),
    (40, "recorded 3: 200 POST /v1…s/thread_1/runs"),
    (20, "recorded 3: 200 POS…"),
]


@pytest.mark.parametrize(("width", "line"), WIDTHS, ids=[str(row[0]) for row in WIDTHS])
def test_a_narrow_terminal_shows_less_of_an_exchange(width: int, line: str) -> None:
    assert format_event(RECORDED, width).lines == [line]
    assert count_columns(line) <= width


def test_what_is_unusual_is_shown_before_time_and_size_and_as_long_as_there_is_room() -> None:
    (shown,) = format_event({**RECORDED, "end": "reset"}, 50).lines
    assert shown.endswith("runs, end: reset")
    assert "…" in shown


PATHS = st.text("a/é漢_-.", max_size=300)


@given(PATHS, st.sampled_from(EVENTS), st.integers(min_value=20, max_value=200))
def test_every_line_fits_and_an_exchange_is_one_line(
    path: str, row: tuple[str, Mapping[str, Any], str], width: int
) -> None:
    event = {**row[1], "path": path, "method": "OPTIONS", "hint": f"See {path}."}
    lines = format_event(event, width).lines
    assert all(count_columns(line) <= width for line in lines)
    assert len(lines) == 1 or event["level"] in {"warning", "error"} or event["event"] == "ready"
