"""What happens in a run, event by event, in the order of the real API.

One performance serves both ways of watching a run: a stream sends each event as it happens, and
polling plays on to the next status.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from runreel.simulator import answers, lifecycle
from runreel.simulator.events import (
    BREAK,
    Event,
    message_event,
    run_event,
    step_event,
    text_delta,
    tool_delta,
)
from runreel.simulator.lifecycle import CANCEL, STOPS, Stop
from runreel.simulator.objects import (
    Json,
    JsonObject,
    Message,
    Run,
    Status,
    Step,
    total,
    usage,
)
from runreel.simulator.state import State


class Performance:
    """One run as it happens: what an event tells is in the state by the time it comes out."""

    def __init__(self, state: State, run_id: str) -> None:
        self._state = state
        self._run_id = run_id

    @property
    def run(self) -> Run:
        """The run as it stands."""
        return self._state.runs[self._run_id]

    def from_start(self) -> Iterator[Event]:
        """From the run's creation until it ends or asks for tool outputs."""
        return self._until_cancelled(self._from_start())

    def with_outputs(self, step: Step, outputs: Sequence[str]) -> Iterator[Event]:
        """From the submission of tool outputs, which ``step`` now holds, to the run's end."""
        return self._until_cancelled(self._with_outputs(step, outputs))

    def stop(self, how: Stop) -> Iterator[Event]:
        """The end before its time: first of what the run was at, then its own."""
        for message in self._state.messages_of(self.run.thread_id):
            if message.run_id == self.run.id and message.status is Status.IN_PROGRESS:
                fragment = lifecycle.message_stopped(message, how.reason, self._state.time())
                yield message_event(self._keep_message(fragment))
        for step in self._state.steps_of(self.run.id):
            if step.status is Status.IN_PROGRESS:
                yield self._end_step(step, how)
        yield self._end_run(how)

    def _until_cancelled(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            yield event
            if self.run.status is Status.CANCELLING:
                yield run_event(self.run)
                yield from self.stop(CANCEL)
                return

    def _from_start(self) -> Iterator[Event]:
        yield run_event(self.run, "created")
        yield from self._begin()
        if any(tool.get("type") == "code_interpreter" for tool in self.run.tools):
            yield from self._run_code()
        question = self._state.last_user_message(self.run.thread_id)
        is_answered = question is not None and question.id in self._state.answered
        function = answers.chosen_function(self.run)
        if function is not None and not is_answered:
            yield from self._call(function)
        else:
            yield from self._say(answers.reply(answers.text_of(question)))

    def _with_outputs(self, step: Step, outputs: Sequence[str]) -> Iterator[Event]:
        yield self._end_step(step)
        yield from self._begin()
        yield from self._say(answers.reply_with(outputs))

    def _begin(self) -> Iterator[Event]:
        yield run_event(self.run)
        yield run_event(self._keep_run(lifecycle.run_begun(self.run, self._state.time())))

    def _run_code(self) -> Iterator[Event]:
        kind, call_id = "code_interpreter", self._state.new_id("call_")
        step = self._new_step("tool_calls", [])
        yield from self._open_step(step)
        yield tool_delta(step, kind, {"input": "", "outputs": []}, call_id)
        for piece in answers.pieces(answers.CODE):
            yield tool_delta(step, kind, {"input": piece})
        logs: JsonObject = {"type": "logs", "logs": answers.LOGS}
        yield tool_delta(step, kind, {"outputs": [{"index": 0, **logs}]})
        code: JsonObject = {"input": answers.CODE, "outputs": [logs]}
        yield self._end_step(lifecycle.called(step, call_id, kind, code))

    def _call(self, function: JsonObject) -> Iterator[Event]:
        kind, call_id = "function", self._state.new_id("call_")
        step = self._new_step("tool_calls", [])
        yield from self._open_step(step)
        name, arguments = function.get("name"), answers.arguments(function)
        yield tool_delta(step, kind, {"name": name, "arguments": "", "output": None}, call_id)
        for piece in answers.pieces(arguments):
            yield tool_delta(step, kind, {"arguments": piece})
        call: JsonObject = {"name": name, "arguments": arguments}
        self._keep_step(lifecycle.called(step, call_id, kind, {**call, "output": None}))
        yield run_event(self._keep_run(lifecycle.run_waiting(self.run, call_id, call)))

    def _say(self, text: str) -> Iterator[Event]:
        at = self._state.time()
        message = lifecycle.new_message(self.run, self._state.new_id("msg_"), at)
        step = self._new_step("message_creation", {"message_id": message.id})
        yield from self._open_step(step)
        yield message_event(self._keep_message(message), "created")
        yield message_event(message)
        pieces = answers.pieces(text)
        middle = len(pieces) // 2
        yield from self._write(message.id, pieces[:middle])
        how = str(self.run.metadata.get("simulate"))
        if how in STOPS:
            yield from self.stop(STOPS[how])
            return
        if how == "break":
            yield BREAK
        yield from self._write(message.id, pieces[middle:])
        whole = lifecycle.message_ended(self._state.messages[message.id], self._state.time())
        yield message_event(self._keep_message(whole))
        yield self._end_step(step)
        yield self._end_run()

    def _write(self, message_id: str, pieces: Sequence[str]) -> Iterator[Event]:
        for piece in pieces:
            message = self._state.messages[message_id]
            self._keep_message(lifecycle.written(message, piece))
            yield text_delta(message, piece)

    def _new_step(self, kind: str, details: Json) -> Step:
        name, at = self._state.new_id("step_"), self._state.time()
        return lifecycle.new_step(self.run, name, kind, details, at)

    def _open_step(self, step: Step) -> Iterator[Event]:
        yield step_event(self._keep_step(step), "created")
        yield step_event(step)

    def _end_step(self, step: Step, how: Stop | None = None) -> Event:
        counts = usage(self._tokens_read(), answers.tokens(self._said(step)))
        ended = lifecycle.step_ended(step, how, counts, self._state.time())
        return step_event(self._keep_step(ended))

    def _end_run(self, how: Stop | None = None) -> Event:
        counts = total([step.usage for step in self._state.steps_of(self.run.id)])
        ended = lifecycle.run_ended(self.run, how, counts, self._state.time())
        return run_event(self._keep_run(ended))

    def _tokens_read(self) -> int:
        texts = [answers.text_of(each) for each in self._state.messages_of(self.run.thread_id)]
        return answers.tokens(self.run.instructions or "") + sum(map(answers.tokens, texts))

    def _said(self, step: Step) -> str:
        creation = step.step_details.get("message_creation")
        if isinstance(creation, Mapping):
            return answers.text_of(self._state.messages[str(creation["message_id"])])
        return str(step.step_details["tool_calls"])

    def _keep_run(self, run: Run) -> Run:
        self._state.runs[run.id] = run
        return run

    def _keep_step(self, step: Step) -> Step:
        self._state.steps[step.id] = step
        return step

    def _keep_message(self, message: Message) -> Message:
        self._state.messages[message.id] = message
        return message
