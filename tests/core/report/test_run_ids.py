"""The calls of one run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.core.report.run_ids import RunIds, belongs_to_run, collect_run_ids

RUN = RunIds(thread="t1", run="r1")

NAMED: list[tuple[str, Mapping[str, object], Mapping[str, str], RunIds]] = [
    ("the path names both", {"thread_id": "t1", "run_id": "r1"}, {}, RUN),
    ("the answer names the new run", {"thread_id": "t1"}, {"run_id": "r1"}, RUN),
    ("the answer names the new thread", {}, {"thread_id": "t1", "run_id": "r1"}, RUN),
    ("the path goes first", {"thread_id": "t1"}, {"thread_id": "t2"}, RunIds("t1", "")),
    ("neither names one", {"assistant_id": "a"}, {}, RunIds("", "")),
]


@pytest.mark.parametrize(
    ("asked", "answered", "ids"), [c[1:] for c in NAMED], ids=[c[0] for c in NAMED]
)
def test_ids(asked: Mapping[str, object], answered: Mapping[str, str], ids: RunIds) -> None:
    assert collect_run_ids(asked, answered) == ids


CASES = [
    ("it names the run", RunIds("t1", "r1"), True),
    ("it names the run alone", RunIds("", "r1"), True),
    ("it names another run of the thread", RunIds("t1", "r2"), False),
    ("it names the thread only", RunIds("t1", ""), True),
    ("it names another thread", RunIds("t2", ""), False),
    ("it names nothing", RunIds("", ""), False),
]


@pytest.mark.parametrize(("call", "does"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_which_calls_belong_to_a_run(call: RunIds, does: bool) -> None:
    assert belongs_to_run(call, RUN) is does


def test_calls_that_name_nothing_are_no_family() -> None:
    assert not belongs_to_run(RunIds("", ""), RunIds("", "r1"))
