"""The calls that belong to one run, found by the ids of thread and run in them.

A call that names a run belongs to that run alone: create, poll, steps, tool outputs, cancel. A call
that names a thread and no run belongs to all runs of the thread: the thread itself, its messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class RunIds(NamedTuple):
    """The ids that one call names; empty if it names none."""

    thread: str
    run: str


def collect_run_ids(request_ids: Mapping[str, object], answer_ids: Mapping[str, str]) -> RunIds:
    """Return the ids of a call: those in its request, else those in its answer."""
    thread, run = (str(request_ids.get(name) or answer_ids.get(name, "")) for name in _NAMES)
    return RunIds(thread, run)


def belongs_to_run(call: RunIds, run: RunIds) -> bool:
    """Return whether a call belongs to a run, given the ids of both."""
    return call.run == run.run if call.run else bool(call.thread) and call.thread == run.thread


_NAMES = ("thread_id", "run_id")
