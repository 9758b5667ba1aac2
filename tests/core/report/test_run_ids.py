"""Calls that belong to one run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.core.report.run_ids import RunIds, belongs_to_run, collect_run_ids

RUN = RunIds(thread="t1", run="r1")

IDS: list[tuple[str, Mapping[str, object], Mapping[str, str], RunIds]] = [
    ("the path names both", {"thread_id": "t1", "run_id": "r1"}, {}, RUN),
    ("the answer names the new run", {"thread_id": "t1"}, {"run_id": "r1"}, RUN),
    ("the answer names the new thread", {}, {"thread_id": "t1", "run_id": "r1"}, RUN),
    ("the path goes first", {"thread_id": "t1"}, {"thread_id": "t2"}, RunIds("t1", "")),
    ("neither names one", {"assistant_id": "a"}, {}, RunIds("", "")),
]


@pytest.mark.parametrize(
    ("request_ids", "answer_ids", "ids"), [c[1:] for c in IDS], ids=[c[0] for c in IDS]
)
def test_ids(request_ids: Mapping[str, object], answer_ids: Mapping[str, str], ids: RunIds) -> None:
    assert collect_run_ids(request_ids, answer_ids) == ids


CASES = [
    ("a call with the run", RunIds("t1", "r1"), True),
    ("a call with the run alone", RunIds("", "r1"), True),
    ("a call with another run of the thread", RunIds("t1", "r2"), False),
    ("a call with the thread only", RunIds("t1", ""), True),
    ("a call with another thread", RunIds("t2", ""), False),
    ("a call without ids", RunIds("", ""), False),
]


@pytest.mark.parametrize(("call", "belongs"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_calls_that_belong_to_a_run(call: RunIds, belongs: bool) -> None:
    assert belongs_to_run(call, RUN) is belongs


def test_a_call_without_ids_belongs_to_no_run() -> None:
    assert not belongs_to_run(RunIds("", ""), RunIds("", "r1"))
