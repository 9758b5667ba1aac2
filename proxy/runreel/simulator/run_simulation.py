"""The simulation of a run, event by event, in the order of the real API.

The same simulation serves streams and polling: a stream sends each event at once, and a poll
consumes events until the status of the run changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runreel.simulator import answers, lifecycle
from runreel.simulator.events import (
    BREAK,
    SimulatedEvent,
    make_message_event,
    make_run_event,
    make_step_event,
    make_text_delta,
    make_tool_delta,
)
from runreel.simulator.lifecycle import CANCELLATION, EARLY_STOPS, EarlyStop
from runreel.simulator.objects import (
    JsonObject,
    JsonValue,
    MessageObject,
    RunObject,
    RunStepObject,
    Status,
    make_usage,
    sum_usage,
)
from runreel.simulator.state import SimulatorState


class RunSimulation:
    """The simulation of one run; the state is updated before the event of a change is yielded."""

    def __init__(self, state: SimulatorState, run_id: str) -> None:
        self._state = state
        self._run_id = run_id

    @property
    def run(self) -> RunObject:
        """The current state of the run."""
        return self._state.runs[self._run_id]

    def start(self) -> Iterator[SimulatedEvent]:
        """Yield the events from the run's creation until it ends or requires tool outputs."""
        return self._stop_if_cancelled(self._start())

    def resume(self, step: RunStepObject, outputs: Sequence[str]) -> Iterator[SimulatedEvent]:
        """Yield the events from the submission of tool outputs to the run's end.

        ``step`` is the step of the tool calls, which already contains the outputs.
        """
        return self._stop_if_cancelled(self._resume(step, outputs))

    def stop(self, early_stop: EarlyStop) -> Iterator[SimulatedEvent]:
        """Yield the events of an early stop: the message and step in progress end, then the run."""
        for message in self._state.find_messages(self.run.thread_id):
            if message.run_id == self.run.id and message.status is Status.IN_PROGRESS:
                fragment = lifecycle.cut_message(message, early_stop.reason, self._state.get_time())
                yield make_message_event(self._save_message(fragment))
        for step in self._state.find_steps(self.run.id):
            if step.status is Status.IN_PROGRESS:
                yield self._end_step(step, early_stop)
        yield self._end_run(early_stop)

    def _stop_if_cancelled(self, events: Iterator[SimulatedEvent]) -> Iterator[SimulatedEvent]:
        for event in events:
            yield event
            if self.run.status is Status.CANCELLING:
                yield make_run_event(self.run)
                yield from self.stop(CANCELLATION)
                return

    def _start(self) -> Iterator[SimulatedEvent]:
        yield make_run_event(self.run, "created")
        yield from self._begin_work()
        if any(tool.get("type") == "code_interpreter" for tool in self.run.tools):
            yield from self._run_code()
        question = self._state.find_last_user_message(self.run.thread_id)
        is_answered = question is not None and question.id in self._state.answered_messages
        function = answers.choose_function(self.run)
        if function is not None and not is_answered:
            yield from self._call_function(function)
        else:
            yield from self._write_message(answers.compose_reply(answers.join_texts(question)))

    def _resume(self, step: RunStepObject, outputs: Sequence[str]) -> Iterator[SimulatedEvent]:
        yield self._end_step(step)
        yield from self._begin_work()
        yield from self._write_message(answers.compose_tool_reply(outputs))

    def _begin_work(self) -> Iterator[SimulatedEvent]:
        yield make_run_event(self.run)
        yield make_run_event(self._save_run(lifecycle.start_run(self.run, self._state.get_time())))

    def _run_code(self) -> Iterator[SimulatedEvent]:
        kind, call_id = "code_interpreter", self._state.allocate_id("call_")
        step = self._make_step("tool_calls", [])
        yield from self._open_step(step)
        yield make_tool_delta(step, kind, {"input": "", "outputs": []}, call_id)
        for piece in answers.split_text(answers.CODE):
            yield make_tool_delta(step, kind, {"input": piece})
        logs: JsonObject = {"type": "logs", "logs": answers.LOGS}
        yield make_tool_delta(step, kind, {"outputs": [{"index": 0, **logs}]})
        code: JsonObject = {"input": answers.CODE, "outputs": [logs]}
        yield self._end_step(lifecycle.set_tool_call(step, call_id, kind, code))

    def _call_function(self, function: JsonObject) -> Iterator[SimulatedEvent]:
        kind, call_id = "function", self._state.allocate_id("call_")
        step = self._make_step("tool_calls", [])
        yield from self._open_step(step)
        name, arguments = function.get("name"), answers.compose_arguments(function)
        yield make_tool_delta(step, kind, {"name": name, "arguments": "", "output": None}, call_id)
        for piece in answers.split_text(arguments):
            yield make_tool_delta(step, kind, {"arguments": piece})
        call: JsonObject = {"name": name, "arguments": arguments}
        self._save_step(lifecycle.set_tool_call(step, call_id, kind, {**call, "output": None}))
        yield make_run_event(self._save_run(lifecycle.require_outputs(self.run, call_id, call)))

    def _write_message(self, text: str) -> Iterator[SimulatedEvent]:
        at = self._state.get_time()
        message = lifecycle.start_message(self.run, self._state.allocate_id("msg_"), at)
        step = self._make_step("message_creation", {"message_id": message.id})
        yield from self._open_step(step)
        yield make_message_event(self._save_message(message), "created")
        yield make_message_event(message)
        pieces = answers.split_text(text)
        middle = len(pieces) // 2
        yield from self._write_pieces(message.id, pieces[:middle])
        simulate = str(self.run.metadata.get("simulate"))
        if simulate in EARLY_STOPS:
            yield from self.stop(EARLY_STOPS[simulate])
            return
        if simulate == "break":
            yield BREAK
        yield from self._write_pieces(message.id, pieces[middle:])
        last = self._state.messages[message.id]
        completed = lifecycle.complete_message(last, self._state.get_time())
        yield make_message_event(self._save_message(completed))
        yield self._end_step(step)
        yield self._end_run()

    def _write_pieces(self, message_id: str, pieces: Sequence[str]) -> Iterator[SimulatedEvent]:
        for piece in pieces:
            message = self._state.messages[message_id]
            self._save_message(lifecycle.append_text(message, piece))
            yield make_text_delta(message, piece)

    def _make_step(self, kind: str, details: JsonValue) -> RunStepObject:
        name, at = self._state.allocate_id("step_"), self._state.get_time()
        return lifecycle.start_step(self.run, name, kind, details, at)

    def _open_step(self, step: RunStepObject) -> Iterator[SimulatedEvent]:
        yield make_step_event(self._save_step(step), "created")
        yield make_step_event(step)

    def _end_step(self, step: RunStepObject, early_stop: EarlyStop | None = None) -> SimulatedEvent:
        counts = make_usage(
            self._count_prompt_tokens(), answers.count_tokens(self._get_completion(step))
        )
        ended = lifecycle.end_step(step, early_stop, counts, self._state.get_time())
        return make_step_event(self._save_step(ended))

    def _end_run(self, early_stop: EarlyStop | None = None) -> SimulatedEvent:
        counts = sum_usage([step.usage for step in self._state.find_steps(self.run.id)])
        ended = lifecycle.end_run(self.run, early_stop, counts, self._state.get_time())
        return make_run_event(self._save_run(ended))

    def _count_prompt_tokens(self) -> int:
        texts = [answers.join_texts(each) for each in self._state.find_messages(self.run.thread_id)]
        return answers.count_tokens(self.run.instructions or "") + sum(
            map(answers.count_tokens, texts)
        )

    def _get_completion(self, step: RunStepObject) -> str:
        creation = step.step_details.get("message_creation")
        if isinstance(creation, Mapping):
            return answers.join_texts(self._state.messages[str(creation["message_id"])])
        return str(step.step_details["tool_calls"])

    def _save_run(self, run: RunObject) -> RunObject:
        self._state.runs[run.id] = run
        return run

    def _save_step(self, step: RunStepObject) -> RunStepObject:
        self._state.steps[step.id] = step
        return step

    def _save_message(self, message: MessageObject) -> MessageObject:
        self._state.messages[message.id] = message
        return message
