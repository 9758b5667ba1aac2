"""The report of a session."""

from __future__ import annotations

import json

import pytest

from runreel.core.report.session_report import SessionReport, UnplayedExchange, list_unplayed
from runreel.model import Mode
from support.build import make_head, make_request


def make_report(**fields: object) -> SessionReport:
    return SessionReport("n", Mode.REPLAY, "c.cassette", "http://u", **fields)  # type: ignore[arg-type]  # rows


UNPLAYED = UnplayedExchange(2, "GET", "/x", "")
VERDICTS = [
    ("nothing happened", {}, True),
    ("all was played", {"replayed": 3}, True),
    ("a miss", {"missed": 1}, False),
    ("an exchange was not stored", {"lost": 1}, False),
    ("unplayed exchanges are allowed", {"unplayed": (UNPLAYED,)}, True),
    (
        "unplayed exchanges fail the session",
        {"unplayed": (UNPLAYED,), "fails_on_unplayed": True},
        False,
    ),
    ("they would, but there are none", {"fails_on_unplayed": True}, True),
]


@pytest.mark.parametrize(
    ("fields", "ok"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS]
)
def test_a_session_is_ok_or_not(fields: dict[str, object], ok: bool) -> None:
    assert make_report(**fields).ok is ok


def test_unplayed_exchanges_are_listed_without_their_query() -> None:
    heads = [
        make_head(number=number, request=make_request("GET", b"/x?key=1", body=b""))
        for number in (1, 2)
    ]
    assert list_unplayed(heads, {1}) == (UnplayedExchange(2, "GET", "/x", "runs.create"),)


def test_a_report_is_a_json_document() -> None:
    misses = ({"message": "first"}, {"message": "second"})
    document = make_report(
        misses=misses, missed=2, played=(1, 3), unplayed=(UNPLAYED,)
    ).to_document()
    assert json.loads(json.dumps(document)) == document
    assert document["first_miss"] == misses[0]
    assert (document["state"], document["played"]) == ("open", [1, 3])
    assert document["unplayed"] == [{"number": 2, "method": "GET", "path": "/x", "operation": ""}]
    assert make_report(ended=True).to_document()["first_miss"] is None
