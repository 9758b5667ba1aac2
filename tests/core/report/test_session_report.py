"""What there is to say of a session."""

from __future__ import annotations

import json

import pytest

from runreel.core.report.session_report import SessionReport, UnplayedExchange, list_unplayed
from runreel.model import Mode
from support.build import make_head, make_request


def report(**facts: object) -> SessionReport:
    return SessionReport("n", Mode.REPLAY, "c.cassette", "http://u", **facts)  # type: ignore[arg-type]  # rows


LEFT = UnplayedExchange(2, "GET", "/x", "")
VERDICTS = [
    ("nothing happened", {}, True),
    ("all was played", {"replayed": 3}, True),
    ("a miss", {"missed": 1}, False),
    ("something was not stored", {"lost": 1}, False),
    ("what is left may stay", {"unplayed": (LEFT,)}, True),
    ("unless it is said", {"unplayed": (LEFT,), "fails_on_unplayed": True}, False),
    ("and nothing is left", {"fails_on_unplayed": True}, True),
]


@pytest.mark.parametrize(
    ("facts", "ok"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS]
)
def test_whether_all_went_as_it_was_meant_to(facts: dict[str, object], ok: bool) -> None:
    assert report(**facts).ok is ok


def test_what_is_left_is_told_without_its_query() -> None:
    heads = [
        make_head(number=number, request=make_request("GET", b"/x?key=1", body=b""))
        for number in (1, 2)
    ]
    assert list_unplayed(heads, {1}) == (UnplayedExchange(2, "GET", "/x", "runs.create"),)


def test_it_is_a_document() -> None:
    misses = ({"message": "first"}, {"message": "second"})
    document = report(misses=misses, missed=2, played=(1, 3), unplayed=(LEFT,)).to_document()
    assert json.loads(json.dumps(document)) == document
    assert document["first_miss"] == misses[0]
    assert (document["state"], document["played"]) == ("open", [1, 3])
    assert document["unplayed"] == [{"number": 2, "method": "GET", "path": "/x", "operation": ""}]
    assert report(ended=True).to_document()["first_miss"] is None
