"""The calls that belong to one run, tied together by the ids of thread and run in them.

A call that names the run is its own: create, poll, steps, tool outputs, cancel. A call that names
its thread and no run at all is shared by the thread's runs: the thread itself, and its messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class RunIds(NamedTuple):
    """What one call names; empty where it names none."""

    thread: str
    run: str


def collect_run_ids(request_ids: Mapping[str, object], answer_ids: Mapping[str, str]) -> RunIds:
    """The ids of a call: those of its request, else those of its answer."""
    thread, run = (str(request_ids.get(name) or answer_ids.get(name, "")) for name in _NAMES)
    return RunIds(thread, run)


def belongs_to_run(call: RunIds, run: RunIds) -> bool:
    """Whether the call is one of this run's."""
    return call.run == run.run if call.run else bool(call.thread) and call.thread == run.thread


_NAMES = ("thread_id", "run_id")
