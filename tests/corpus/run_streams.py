"""Streams of create-run, with a text in one channel: its deltas, and all that repeats them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpus.values import Dice
from corpus.writing import Json, Leaf, Lines, Sse

_CREATED = 1_730_000_000


class Told(NamedTuple):
    """A text, and the pieces in which the model sends it."""

    pieces: Sequence[str]
    dice: Dice

    @property
    def text(self) -> str:
        """The pieces joined."""
        return "".join(self.pieces)


class _Ids(NamedTuple):
    run: str
    thread: str
    step: str
    message: str
    call: str

    @classmethod
    def drawn(cls, dice: Dice) -> _Ids:
        prefixes = ("run", "thread", "step", "msg", "call")
        return cls(*(f"{prefix}_{dice.run('alnum', 24)}" for prefix in prefixes))


def _run(ids: _Ids, status: str, **more: Json) -> dict[str, Json]:
    return {
        "id": ids.run,
        "object": "thread.run",
        "created_at": _CREATED,
        "assistant_id": "asst_JA9Pc6eQ744nbec10slSz5BU",
        "thread_id": ids.thread,
        "status": status,
        "expires_at": _CREATED + 600,
        "required_action": None,
        "last_error": None,
        "model": "gpt-4o-2024-08-06",
        "instructions": "Answer briefly.",
        "tools": [{"type": "code_interpreter"}],
        "metadata": {"suite": "nightly"},
        "temperature": 1.0,
        "usage": None,
        **more,
    }


def _message(ids: _Ids, status: str, content: list[Json]) -> dict[str, Json]:
    return {
        "id": ids.message,
        "object": "thread.message",
        "created_at": _CREATED,
        "thread_id": ids.thread,
        "run_id": ids.run,
        "status": status,
        "role": "assistant",
        "content": content,
        "metadata": {},
    }


def _step(ids: _Ids, status: str, calls: list[Json]) -> dict[str, Json]:
    details = {"type": "tool_calls", "tool_calls": calls}
    usage = {"prompt_tokens": 128, "completion_tokens": 77, "total_tokens": 205}
    return {
        "id": ids.step,
        "object": "thread.run.step",
        "run_id": ids.run,
        "status": status,
        "step_details": details,
        "usage": usage,
    }


def _opening(ids: _Ids) -> Iterator[Sse]:
    yield Sse("thread.run.created", _run(ids, "queued"))
    yield Sse("thread.run.in_progress", _run(ids, "in_progress"))


def _closing(ids: _Ids, status: str = "completed") -> Iterator[Sse]:
    usage = {"prompt_tokens": 1138, "completion_tokens": 11, "total_tokens": 1149}
    yield Sse(f"thread.run.{status}", _run(ids, status, usage=usage))
    yield Sse("done", Lines("[DONE]"))


def _message_delta(ids: _Ids, *parts: Json) -> Sse:
    content: dict[str, Json] = {"content": list(parts)}
    delta = {"id": ids.message, "object": "thread.message.delta", "delta": content}
    return Sse("thread.message.delta", delta)


def _step_delta(ids: _Ids, *calls: Json) -> Sse:
    details = {"type": "tool_calls", "tool_calls": list(calls)}
    delta = {"step_details": details}
    return Sse(
        "thread.run.step.delta",
        {"id": ids.step, "object": "thread.run.step.delta", "delta": delta},
    )


def text(told: Told) -> Iterator[Sse]:
    """The message's text."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    yield Sse("thread.message.created", _message(ids, "in_progress", []))
    for piece in told.pieces:
        content = {"value": Leaf(piece), "annotations": []}
        yield _message_delta(ids, {"index": 0, "type": "text", "text": content})
    whole: Json = {"type": "text", "text": {"value": Leaf(told.text), "annotations": []}}
    yield Sse("thread.message.completed", _message(ids, "completed", [whole]))
    yield from _closing(ids)


def one_delta(told: Told) -> Iterator[Sse]:
    """The message's text, all pieces of it in one event, the only one of its name."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    texts: list[dict[str, Json]] = [{"value": Leaf(piece)} for piece in told.pieces]
    yield _message_delta(ids, *({"index": 0, "type": "text", "text": text} for text in texts))
    yield from _closing(ids)


def two_texts(told: Told) -> Iterator[Sse]:
    """The second of two parts of a message, whose deltas come in turn."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    for piece in told.pieces:
        other = {"value": f" {told.dice.word()}"}
        yield _message_delta(ids, {"index": 0, "type": "text", "text": other})
        content = {"value": Leaf(piece)}
        yield _message_delta(ids, {"index": 1, "type": "text", "text": content})
    yield from _closing(ids)


def refusal(told: Told) -> Iterator[Sse]:
    """The text of a refusal."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    for piece in told.pieces:
        yield _message_delta(ids, {"index": 0, "type": "refusal", "refusal": Leaf(piece)})
    whole: Json = {"type": "refusal", "refusal": Leaf(told.text)}
    yield Sse("thread.message.completed", _message(ids, "completed", [whole]))
    yield from _closing(ids)


def arguments(told: Told) -> Iterator[Sse]:
    """The arguments of a function, which the run then asks for."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    for place, piece in enumerate(told.pieces):
        function: dict[str, Json] = {"arguments": Leaf(piece)}
        if place == 0:
            function |= {"name": "look_up", "output": None}
        yield _step_delta(ids, {"index": 0, "type": "function", "function": function})
    function = {"name": "look_up", "arguments": Leaf(told.text)}
    call = {"id": ids.call, "type": "function", "function": function}
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [call]}}
    yield Sse("thread.run.requires_action", _run(ids, "requires_action", required_action=action))
    yield Sse("done", Lines("[DONE]"))


def two_calls(told: Told) -> Iterator[Sse]:
    """The arguments of the first of two calls, whose pieces come in turn, also in one event."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    for place, piece in enumerate(told.pieces):
        first = {"index": 0, "type": "function", "function": {"arguments": Leaf(piece)}}
        word = told.dice.word()
        other = {"index": 1, "type": "function", "function": {"arguments": word}}
        if place % 2:
            yield _step_delta(ids, first, other)
        else:
            yield _step_delta(ids, other)
            yield _step_delta(ids, first)
    yield from _closing(ids)


def code(told: Told) -> Iterator[Sse]:
    """What the code interpreter is given."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    for piece in told.pieces:
        inner = {"input": Leaf(piece)}
        yield _step_delta(ids, {"index": 0, "type": "code_interpreter", "code_interpreter": inner})
    whole: Json = {"input": Leaf(told.text), "outputs": []}
    call: Json = {"id": ids.call, "type": "code_interpreter", "code_interpreter": whole}
    yield Sse("thread.run.step.completed", _step(ids, "completed", [call]))
    yield from _closing(ids)


def logs(told: Told) -> Iterator[Sse]:
    """What the code interpreter printed."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    for piece in told.pieces:
        inner = {"outputs": [{"index": 0, "type": "logs", "logs": Leaf(piece)}]}
        yield _step_delta(ids, {"index": 0, "type": "code_interpreter", "code_interpreter": inner})
    whole: Json = {"input": "run()", "outputs": [{"type": "logs", "logs": Leaf(told.text)}]}
    call: Json = {"id": ids.call, "type": "code_interpreter", "code_interpreter": whole}
    yield Sse("thread.run.step.completed", _step(ids, "completed", [call]))
    yield from _closing(ids)


def output(told: Told) -> Iterator[Sse]:
    """The output of a function, in the step that ended with it."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    function = {"name": "look_up", "arguments": "{}", "output": Leaf(told.text)}
    call: Json = {"id": ids.call, "type": "function", "function": function}
    yield Sse("thread.run.step.completed", _step(ids, "completed", [call]))
    yield from _closing(ids)


def instructions(told: Told) -> Iterator[Sse]:
    """The instructions, which each run object repeats."""
    ids = _Ids.drawn(told.dice)
    for status in ("created", "queued", "in_progress", "completed"):
        yield Sse(f"thread.run.{status}", _run(ids, status, instructions=Leaf(told.text)))
    yield Sse("done", Lines("[DONE]"))


def metadata(told: Told) -> Iterator[Sse]:
    """The metadata of a run."""
    ids = _Ids.drawn(told.dice)
    for status in ("created", "completed"):
        yield Sse(f"thread.run.{status}", _run(ids, status, metadata={"note": Leaf(told.text)}))
    yield Sse("done", Lines("[DONE]"))


def error(told: Told) -> Iterator[Sse]:
    """Why a run failed, in the run and in an event of its own."""
    ids = _Ids.drawn(told.dice)
    yield from _opening(ids)
    problem = {"code": "server_error", "message": Leaf(told.text)}
    yield Sse("thread.run.failed", _run(ids, "failed", last_error=problem))
    yield Sse("error", {"error": {**problem, "type": "server_error", "param": None}})
    yield Sse("done", Lines("[DONE]"))
