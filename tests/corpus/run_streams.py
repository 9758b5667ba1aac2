"""Streams of create-run with a text in one channel: its deltas, and the events that repeat it.

The name of each function is the name of its channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpus.values import Dice
from corpus.writing import Json, Leaf, Lines, Sse

_CREATED = 1_730_000_000


class SplitText(NamedTuple):
    """A text, and the pieces in which the model sends it."""

    pieces: Sequence[str]
    dice: Dice

    @property
    def text(self) -> str:
        """The joined pieces."""
        return "".join(self.pieces)


class _Ids(NamedTuple):
    run: str
    thread: str
    step: str
    message: str
    call: str

    @classmethod
    def draw(cls, dice: Dice) -> _Ids:
        prefixes = ("run", "thread", "step", "msg", "call")
        return cls(*(f"{prefix}_{dice.run('alnum', 24)}" for prefix in prefixes))


def _build_run(ids: _Ids, status: str, **more: Json) -> dict[str, Json]:
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


def _build_message(ids: _Ids, status: str, content: list[Json]) -> dict[str, Json]:
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


def _build_step(ids: _Ids, status: str, calls: list[Json]) -> dict[str, Json]:
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


def _iter_opening(ids: _Ids) -> Iterator[Sse]:
    yield Sse("thread.run.created", _build_run(ids, "queued"))
    yield Sse("thread.run.in_progress", _build_run(ids, "in_progress"))


def _iter_closing(ids: _Ids, status: str = "completed") -> Iterator[Sse]:
    usage = {"prompt_tokens": 1138, "completion_tokens": 11, "total_tokens": 1149}
    yield Sse(f"thread.run.{status}", _build_run(ids, status, usage=usage))
    yield Sse("done", Lines("[DONE]"))


def _build_message_delta(ids: _Ids, *parts: Json) -> Sse:
    content: dict[str, Json] = {"content": list(parts)}
    delta = {"id": ids.message, "object": "thread.message.delta", "delta": content}
    return Sse("thread.message.delta", delta)


def _build_step_delta(ids: _Ids, *calls: Json) -> Sse:
    details = {"type": "tool_calls", "tool_calls": list(calls)}
    delta = {"step_details": details}
    return Sse(
        "thread.run.step.delta",
        {"id": ids.step, "object": "thread.run.step.delta", "delta": delta},
    )


def text(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in a message."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    yield Sse("thread.message.created", _build_message(ids, "in_progress", []))
    for piece in source.pieces:
        content = {"value": Leaf(piece), "annotations": []}
        yield _build_message_delta(ids, {"index": 0, "type": "text", "text": content})
    whole: Json = {"type": "text", "text": {"value": Leaf(source.text), "annotations": []}}
    yield Sse("thread.message.completed", _build_message(ids, "completed", [whole]))
    yield from _iter_closing(ids)


def one_delta(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with all pieces of a message's text in one event, the only one of its name."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    texts: list[dict[str, Json]] = [{"value": Leaf(piece)} for piece in source.pieces]
    yield _build_message_delta(ids, *({"index": 0, "type": "text", "text": text} for text in texts))
    yield from _iter_closing(ids)


def two_texts(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the second of two interleaved parts of a message."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    for piece in source.pieces:
        other = {"value": f" {source.dice.word()}"}
        yield _build_message_delta(ids, {"index": 0, "type": "text", "text": other})
        content = {"value": Leaf(piece)}
        yield _build_message_delta(ids, {"index": 1, "type": "text", "text": content})
    yield from _iter_closing(ids)


def refusal(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in a refusal."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    for piece in source.pieces:
        yield _build_message_delta(ids, {"index": 0, "type": "refusal", "refusal": Leaf(piece)})
    whole: Json = {"type": "refusal", "refusal": Leaf(source.text)}
    yield Sse("thread.message.completed", _build_message(ids, "completed", [whole]))
    yield from _iter_closing(ids)


def arguments(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the arguments of a function that the run then requires."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    for place, piece in enumerate(source.pieces):
        function: dict[str, Json] = {"arguments": Leaf(piece)}
        if place == 0:
            function |= {"name": "look_up", "output": None}
        yield _build_step_delta(ids, {"index": 0, "type": "function", "function": function})
    function = {"name": "look_up", "arguments": Leaf(source.text)}
    call = {"id": ids.call, "type": "function", "function": function}
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [call]}}
    yield Sse(
        "thread.run.requires_action", _build_run(ids, "requires_action", required_action=action)
    )
    yield Sse("done", Lines("[DONE]"))


def two_calls(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the arguments of the first of two interleaved calls."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    for place, piece in enumerate(source.pieces):
        first = {"index": 0, "type": "function", "function": {"arguments": Leaf(piece)}}
        word = source.dice.word()
        other = {"index": 1, "type": "function", "function": {"arguments": word}}
        if place % 2:
            yield _build_step_delta(ids, first, other)
        else:
            yield _build_step_delta(ids, other)
            yield _build_step_delta(ids, first)
    yield from _iter_closing(ids)


def code(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the input of the code interpreter."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    for piece in source.pieces:
        inner = {"input": Leaf(piece)}
        yield _build_step_delta(
            ids, {"index": 0, "type": "code_interpreter", "code_interpreter": inner}
        )
    whole: Json = {"input": Leaf(source.text), "outputs": []}
    call: Json = {"id": ids.call, "type": "code_interpreter", "code_interpreter": whole}
    yield Sse("thread.run.step.completed", _build_step(ids, "completed", [call]))
    yield from _iter_closing(ids)


def logs(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the logs of the code interpreter."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    for piece in source.pieces:
        inner = {"outputs": [{"index": 0, "type": "logs", "logs": Leaf(piece)}]}
        yield _build_step_delta(
            ids, {"index": 0, "type": "code_interpreter", "code_interpreter": inner}
        )
    whole: Json = {"input": "run()", "outputs": [{"type": "logs", "logs": Leaf(source.text)}]}
    call: Json = {"id": ids.call, "type": "code_interpreter", "code_interpreter": whole}
    yield Sse("thread.run.step.completed", _build_step(ids, "completed", [call]))
    yield from _iter_closing(ids)


def output(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the output of a function, in a completed step."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    function = {"name": "look_up", "arguments": "{}", "output": Leaf(source.text)}
    call: Json = {"id": ids.call, "type": "function", "function": function}
    yield Sse("thread.run.step.completed", _build_step(ids, "completed", [call]))
    yield from _iter_closing(ids)


def instructions(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the instructions, which each run object repeats."""
    ids = _Ids.draw(source.dice)
    for status in ("created", "queued", "in_progress", "completed"):
        yield Sse(f"thread.run.{status}", _build_run(ids, status, instructions=Leaf(source.text)))
    yield Sse("done", Lines("[DONE]"))


def metadata(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the metadata of a run."""
    ids = _Ids.draw(source.dice)
    for status in ("created", "completed"):
        yield Sse(
            f"thread.run.{status}", _build_run(ids, status, metadata={"note": Leaf(source.text)})
        )
    yield Sse("done", Lines("[DONE]"))


def error(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the error of a failed run and of an ``error`` event."""
    ids = _Ids.draw(source.dice)
    yield from _iter_opening(ids)
    problem = {"code": "server_error", "message": Leaf(source.text)}
    yield Sse("thread.run.failed", _build_run(ids, "failed", last_error=problem))
    yield Sse("error", {"error": {**problem, "type": "server_error", "param": None}})
    yield Sse("done", Lines("[DONE]"))
