"""The calls of one run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.core.report.run_ids import Ids, belongs, ids_of

RUN = Ids(thread="t1", run="r1")

NAMED: list[tuple[str, Mapping[str, object], Mapping[str, str], Ids]] = [
    ("the path names both", {"thread_id": "t1", "run_id": "r1"}, {}, RUN),
    ("the answer names the new run", {"thread_id": "t1"}, {"run_id": "r1"}, RUN),
    ("the answer names the new thread", {}, {"thread_id": "t1", "run_id": "r1"}, RUN),
    ("the path goes first", {"thread_id": "t1"}, {"thread_id": "t2"}, Ids("t1", "")),
    ("neither names one", {"assistant_id": "a"}, {}, Ids("", "")),
]


@pytest.mark.parametrize(
    ("asked", "answered", "ids"), [c[1:] for c in NAMED], ids=[c[0] for c in NAMED]
)
def test_ids(asked: Mapping[str, object], answered: Mapping[str, str], ids: Ids) -> None:
    assert ids_of(asked, answered) == ids


CASES = [
    ("it names the run", Ids("t1", "r1"), True),
    ("it names the run alone", Ids("", "r1"), True),
    ("it names another run of the thread", Ids("t1", "r2"), False),
    ("it names the thread only", Ids("t1", ""), True),
    ("it names another thread", Ids("t2", ""), False),
    ("it names nothing", Ids("", ""), False),
]


@pytest.mark.parametrize(("call", "does"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_which_calls_belong_to_a_run(call: Ids, does: bool) -> None:
    assert belongs(call, RUN) is does


def test_calls_that_name_nothing_are_no_family() -> None:
    assert not belongs(Ids("", ""), Ids("", "r1"))
