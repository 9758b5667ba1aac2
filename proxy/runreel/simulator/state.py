"""All that a simulator remembers.

Ids are counted and the clock is passed in, so that two simulators that are asked the same things
under the same clock give the same answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from runreel.simulator.calls import make_not_found_error
from runreel.simulator.objects import (
    ACTIVE,
    AssistantObject,
    FileObject,
    MessageObject,
    RunObject,
    RunStepObject,
    ThreadObject,
)

T = TypeVar("T")


class SimulatorState:
    """Everything that was created and not deleted, by id, oldest first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.assistants: dict[str, AssistantObject] = {}
        self.threads: dict[str, ThreadObject] = {}
        self.messages: dict[str, MessageObject] = {}
        self.runs: dict[str, RunObject] = {}
        self.steps: dict[str, RunStepObject] = {}
        self.files: dict[str, FileObject] = {}
        self.contents: dict[str, bytes] = {}
        self.polled_events: dict[str, Iterator[object]] = {}
        """What is yet to happen in the runs that nobody streams: each retrieval plays a part."""
        self.answered_messages: set[str] = set()
        """The user's messages for which tool outputs have come."""
        self._now = now
        self._counts: Counter[str] = Counter()

    def allocate_id(self, prefix: str) -> str:
        """The next id of its kind, as ``run_sim00000001``; ``prefix`` ends in its separator."""
        self._counts[prefix] += 1
        return f"{prefix}sim{self._counts[prefix]:08d}"

    def get_time(self) -> int:
        """The clock's time in whole seconds since 1970-01-01 UTC, as the API tells times."""
        return int(self._now())

    def find_messages(self, thread_id: str) -> list[MessageObject]:
        """A thread's messages, oldest first."""
        return [each for each in self.messages.values() if each.thread_id == thread_id]

    def find_runs(self, thread_id: str) -> list[RunObject]:
        """A thread's runs, oldest first."""
        return [each for each in self.runs.values() if each.thread_id == thread_id]

    def find_steps(self, run_id: str) -> list[RunStepObject]:
        """A run's steps, oldest first."""
        return [each for each in self.steps.values() if each.run_id == run_id]

    def find_active_run(self, thread_id: str) -> RunObject | None:
        """The run that a thread is busy with."""
        active = [run for run in self.find_runs(thread_id) if run.status in ACTIVE]
        return active[0] if active else None

    def find_last_user_message(self, thread_id: str) -> MessageObject | None:
        """The newest message of the user."""
        said = [each for each in self.find_messages(thread_id) if each.role == "user"]
        return said[-1] if said else None

    def get_assistant(self, ids: Mapping[str, str]) -> AssistantObject:
        """The assistant that a path names; a refusal (404) if there is none. So for those below."""
        return _get_object(self.assistants, ids["assistant_id"], "assistant")

    def get_thread(self, ids: Mapping[str, str]) -> ThreadObject:
        """A thread."""
        return _get_object(self.threads, ids["thread_id"], "thread")

    def get_message(self, ids: Mapping[str, str]) -> MessageObject:
        """A message on the thread that is named with it."""
        thread = self.get_thread(ids)
        of_thread = {each.id: each for each in self.find_messages(thread.id)}
        return _get_object(of_thread, ids["message_id"], "message")

    def get_run(self, ids: Mapping[str, str]) -> RunObject:
        """A run on the thread that is named with it."""
        thread = self.get_thread(ids)
        of_thread = {each.id: each for each in self.find_runs(thread.id)}
        return _get_object(of_thread, ids["run_id"], "run")

    def get_step(self, ids: Mapping[str, str]) -> RunStepObject:
        """A step of the run that is named with it."""
        of_run = {each.id: each for each in self.find_steps(self.get_run(ids).id)}
        return _get_object(of_run, ids["step_id"], "run step")

    def get_file(self, ids: Mapping[str, str]) -> FileObject:
        """A file."""
        return _get_object(self.files, ids["file_id"], "file")


def _get_object(shelf: Mapping[str, T], name: str, kind: str) -> T:
    if name not in shelf:
        raise make_not_found_error(kind, name)
    return shelf[name]
