"""All that a simulator remembers.

Ids are counted and the clock is passed in, so that two simulators that are asked the same things
under the same clock give the same answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from runreel.simulator.calls import unknown
from runreel.simulator.objects import ACTIVE, Assistant, File, Message, Run, Step, Thread

T = TypeVar("T")


class State:
    """Everything that was created and not deleted, by id, oldest first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.assistants: dict[str, Assistant] = {}
        self.threads: dict[str, Thread] = {}
        self.messages: dict[str, Message] = {}
        self.runs: dict[str, Run] = {}
        self.steps: dict[str, Step] = {}
        self.files: dict[str, File] = {}
        self.contents: dict[str, bytes] = {}
        self.polled: dict[str, Iterator[object]] = {}
        """What is yet to happen in the runs that nobody streams: each retrieval plays a part."""
        self.answered: set[str] = set()
        """The user's messages for which tool outputs have come."""
        self._now = now
        self._counts: Counter[str] = Counter()

    def new_id(self, prefix: str) -> str:
        """The next id of its kind, as ``run_sim00000001``; ``prefix`` ends in its separator."""
        self._counts[prefix] += 1
        return f"{prefix}sim{self._counts[prefix]:08d}"

    def time(self) -> int:
        """The clock's time in whole seconds since 1970-01-01 UTC, as the API tells times."""
        return int(self._now())

    def messages_of(self, thread_id: str) -> list[Message]:
        """A thread's messages, oldest first."""
        return [each for each in self.messages.values() if each.thread_id == thread_id]

    def runs_of(self, thread_id: str) -> list[Run]:
        """A thread's runs, oldest first."""
        return [each for each in self.runs.values() if each.thread_id == thread_id]

    def steps_of(self, run_id: str) -> list[Step]:
        """A run's steps, oldest first."""
        return [each for each in self.steps.values() if each.run_id == run_id]

    def active_run(self, thread_id: str) -> Run | None:
        """The run that a thread is busy with."""
        active = [run for run in self.runs_of(thread_id) if run.status in ACTIVE]
        return active[0] if active else None

    def last_user_message(self, thread_id: str) -> Message | None:
        """The newest message of the user."""
        said = [each for each in self.messages_of(thread_id) if each.role == "user"]
        return said[-1] if said else None

    def assistant(self, ids: Mapping[str, str]) -> Assistant:
        """The assistant that a path names; a refusal (404) if there is none. So for those below."""
        return _found(self.assistants, ids["assistant_id"], "assistant")

    def thread(self, ids: Mapping[str, str]) -> Thread:
        """A thread."""
        return _found(self.threads, ids["thread_id"], "thread")

    def message(self, ids: Mapping[str, str]) -> Message:
        """A message on the thread that is named with it."""
        thread = self.thread(ids)
        of_thread = {each.id: each for each in self.messages_of(thread.id)}
        return _found(of_thread, ids["message_id"], "message")

    def run(self, ids: Mapping[str, str]) -> Run:
        """A run on the thread that is named with it."""
        thread = self.thread(ids)
        of_thread = {each.id: each for each in self.runs_of(thread.id)}
        return _found(of_thread, ids["run_id"], "run")

    def step(self, ids: Mapping[str, str]) -> Step:
        """A step of the run that is named with it."""
        of_run = {each.id: each for each in self.steps_of(self.run(ids).id)}
        return _found(of_run, ids["step_id"], "run step")

    def file(self, ids: Mapping[str, str]) -> File:
        """A file."""
        return _found(self.files, ids["file_id"], "file")


def _found(shelf: Mapping[str, T], name: str, kind: str) -> T:
    if name not in shelf:
        raise unknown(kind, name)
    return shelf[name]
