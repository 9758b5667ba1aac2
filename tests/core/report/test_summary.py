"""The summary at the end of a server."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runreel.core.report.columns import count_columns
from runreel.core.report.session_report import SessionReport, UnplayedExchange
from runreel.core.report.summary import is_clean, iter_summary
from runreel.model import Mode

URL = "http://127.0.0.1:7357/v1"
RECORDED = SessionReport("default", Mode.RECORD, "c.cassette", recorded=2)
REPLAYED = SessionReport("default", Mode.REPLAY, "c.cassette", replayed=1)
MISS: dict[str, object] = {
    "message": "GET /2: no exchange in c.cassette answers this request (1 tried). If that is "
    "intended, record again: runreel record c.cassette --upstream URL -- python app.py"
    "\n\n$.a, line 2:\n- \x1b[2Jone\n+ two"
}
UNPLAYED = tuple(UnplayedExchange(number, "GET", "/", "") for number in range(2, 16))

SUMMARIES: list[tuple[str, list[SessionReport], list[str]]] = [
    (
        "a recording",
        [RECORDED],
        [
            "runreel: Recorded 2 exchanges in c.cassette. Replay it with:",
            "  runreel replay c.cassette",
        ],
    ),
    (
        "a recording with errors",
        [replace(RECORDED, error_statuses={404: 1, 401: 1})],
        [
            "runreel: Recorded 2 exchanges (2 with an error status: 401, 404) in c.cassette. "
            "Replay it with:",
            "  runreel replay c.cassette",
        ],
    ),
    (
        "nothing",
        [replace(RECORDED, recorded=0)],
        ["runreel: Recorded nothing.", "No request came: give the client the base URL below."],
    ),
    (
        "requests that the upstream did not answer",
        [replace(RECORDED, recorded=0, requests=1)],
        ["runreel: Recorded nothing."],
    ),
    (
        "a loss",
        [replace(RECORDED, recorded=0, lost=1)],
        ["runreel: Recorded nothing. 1 exchange could not be recorded."],
    ),
    (
        "a loss that keeps the old cassette",
        [replace(RECORDED, lost=1, is_kept=False)],
        [
            "runreel: Recorded 2 exchanges, but the recording is not complete: c.cassette is as it "
            "was before. 1 exchange could not be recorded."
        ],
    ),
    ("a replay", [REPLAYED], ["runreel: Replayed 1 request from c.cassette."]),
    (
        "a replay with misses",
        [replace(REPLAYED, missed=1, misses=(MISS,), unplayed=UNPLAYED[:1])],
        [
            "runreel: Replayed 1 request from c.cassette; 1 request missed.",
            "Not played: 1 exchange (2).",
            "First miss: GET /2: no exchange in c.cassette answers this request (1 tried). If that "
            "is intended, record again:",
            "  runreel record c.cassette --upstream URL -- python app.py",
            "  $.a, line 2:",
            "  - \\x1b[2Jone",
            "  + two",
        ],
    ),
    (
        "many that were not played",
        [replace(REPLAYED, unplayed=UNPLAYED)],
        [
            "runreel: Replayed 1 request from c.cassette.",
            "Not played: 14 exchanges (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 2 more).",
        ],
    ),
    (
        "replay and record",
        [replace(RECORDED, mode=Mode.AUTO, replayed=3)],
        [
            "runreel: Replayed 3 requests from c.cassette.",
            "Recorded 2 exchanges in c.cassette. Replay it with:",
            "  runreel replay c.cassette",
        ],
    ),
    (
        "passthrough",
        [replace(REPLAYED, mode=Mode.PASSTHROUGH, requests=1)],
        ["runreel: Passed on all requests; nothing was recorded."],
    ),
    ("no session", [], ["runreel: 0 sessions, no request."]),
    (
        "several sessions",
        [RECORDED, replace(REPLAYED, name="b", missed=1, misses=({"message": "GET /2: no."},))],
        [
            "runreel: 2 sessions: 2 recorded, 1 replayed, 1 missed.",
            "First miss: [b] GET /2: no.",
        ],
    ),
]


@pytest.mark.parametrize(
    ("reports", "lines"), [row[1:] for row in SUMMARIES], ids=[row[0] for row in SUMMARIES]
)
def test_a_summary(reports: list[SessionReport], lines: list[str]) -> None:
    assert list(iter_summary(reports, URL)) == [*lines, f"Base URL: {URL}"]


def test_what_to_do_without_a_request_can_be_left_out() -> None:
    lines = list(iter_summary([replace(RECORDED, recorded=0)], URL, has_hint=False))
    assert lines == ["runreel: Recorded nothing.", f"Base URL: {URL}"]


def test_a_failed_command_does_not_replace_the_cassette() -> None:
    report = replace(RECORDED, is_kept=False)
    assert next(iter_summary([report], URL, has_failed=True)) == (
        "runreel: Recorded 2 exchanges, but the command failed: c.cassette is as it was before."
    )


def test_control_characters_of_a_path_are_visible() -> None:
    report = replace(RECORDED, cassette="a\x1b[2J.cassette")
    lines = list(iter_summary([report], URL))
    assert lines[0].startswith("runreel: Recorded 2 exchanges in a\\x1b[2J.cassette.")
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("reports", [row[1] for row in SUMMARIES], ids=[r[0] for r in SUMMARIES])
def test_all_lines_but_commands_fit(reports: list[SessionReport], width: int) -> None:
    for line in iter_summary(reports, URL, width=width):
        assert count_columns(line) <= width or line.startswith("  runreel re")


CLEAN = [
    ("nothing is wrong", RECORDED, True),
    ("a miss", replace(REPLAYED, missed=1), False),
    ("a loss", replace(RECORDED, lost=1), False),
]


@pytest.mark.parametrize(("report", "clean"), [r[1:] for r in CLEAN], ids=[r[0] for r in CLEAN])
def test_clean(report: SessionReport, clean: bool) -> None:
    assert is_clean([RECORDED, report]) is clean
