"""The objects that a simulator stores.

Ids are counted and the clock is passed in, so two simulators that receive the same requests at the
same times give the same answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from runreel.simulator.api_error import make_not_found_error
from runreel.simulator.objects import (
    ACTIVE,
    AssistantObject,
    FileObject,
    JsonObject,
    MessageObject,
    RunObject,
    RunStepObject,
    ThreadObject,
)

T = TypeVar("T")


class SimulatorState:
    """All objects that exist, by id, oldest first.

    The ``get_`` methods take the ids of a path and raise ``ApiError`` (404) for an unknown one.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.assistants: dict[str, AssistantObject] = {}
        self.threads: dict[str, ThreadObject] = {}
        self.messages: dict[str, MessageObject] = {}
        self.runs: dict[str, RunObject] = {}
        self.steps: dict[str, RunStepObject] = {}
        self.files: dict[str, FileObject] = {}
        self.contents: dict[str, bytes] = {}
        self.responses: dict[str, JsonObject] = {}
        self.polled_events: dict[str, Iterator[object]] = {}
        """By run id: the remaining events of runs that are not streamed, consumed by retrievals."""
        self.answered_messages: set[str] = set()
        """Ids of the user's messages whose tool outputs were submitted."""
        self._now = now
        self._counts: Counter[str] = Counter()

    def allocate_id(self, prefix: str) -> str:
        """Return the next id with this prefix: ``run_`` gives ``run_sim00000001`` first."""
        self._counts[prefix] += 1
        return f"{prefix}sim{self._counts[prefix]:08d}"

    def get_time(self) -> int:
        """Return the time in whole seconds since 1970-01-01 UTC, as the API has it."""
        return int(self._now())

    def find_messages(self, thread_id: str) -> list[MessageObject]:
        """Return a thread's messages, oldest first."""
        return [each for each in self.messages.values() if each.thread_id == thread_id]

    def find_runs(self, thread_id: str) -> list[RunObject]:
        """Return a thread's runs, oldest first."""
        return [each for each in self.runs.values() if each.thread_id == thread_id]

    def find_steps(self, run_id: str) -> list[RunStepObject]:
        """Return a run's steps, oldest first."""
        return [each for each in self.steps.values() if each.run_id == run_id]

    def find_active_run(self, thread_id: str) -> RunObject | None:
        """Return the run that is active on a thread, if there is one."""
        active = [run for run in self.find_runs(thread_id) if run.status in ACTIVE]
        return active[0] if active else None

    def find_last_user_message(self, thread_id: str) -> MessageObject | None:
        """Return the newest message of the user on a thread, if there is one."""
        messages = [each for each in self.find_messages(thread_id) if each.role == "user"]
        return messages[-1] if messages else None

    def get_assistant(self, ids: Mapping[str, str]) -> AssistantObject:
        """Return the assistant with ``assistant_id``."""
        return _get_object(self.assistants, ids["assistant_id"], "assistant")

    def get_thread(self, ids: Mapping[str, str]) -> ThreadObject:
        """Return the thread with ``thread_id``."""
        return _get_object(self.threads, ids["thread_id"], "thread")

    def get_message(self, ids: Mapping[str, str]) -> MessageObject:
        """Return the message with ``message_id`` on the thread with ``thread_id``."""
        thread = self.get_thread(ids)
        messages = {each.id: each for each in self.find_messages(thread.id)}
        return _get_object(messages, ids["message_id"], "message")

    def get_run(self, ids: Mapping[str, str]) -> RunObject:
        """Return the run with ``run_id`` on the thread with ``thread_id``."""
        thread = self.get_thread(ids)
        runs = {each.id: each for each in self.find_runs(thread.id)}
        return _get_object(runs, ids["run_id"], "run")

    def get_step(self, ids: Mapping[str, str]) -> RunStepObject:
        """Return the step with ``step_id`` of the run with ``run_id``."""
        steps = {each.id: each for each in self.find_steps(self.get_run(ids).id)}
        return _get_object(steps, ids["step_id"], "run step")

    def get_file(self, ids: Mapping[str, str]) -> FileObject:
        """Return the file with ``file_id``."""
        return _get_object(self.files, ids["file_id"], "file")


def _get_object(objects: Mapping[str, T], object_id: str, kind: str) -> T:
    if object_id not in objects:
        raise make_not_found_error(kind, object_id)
    return objects[object_id]
