"""What an answer of the Assistants API says, put together from its objects and their deltas.

Every object names its kind in ``object`` (API reference, "Assistants streaming events"), so one
table serves streams, single objects and lists. Deltas are joined; an object that repeats what its
deltas said adds only what they left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from runreel.core.dialect import Outline, ToolCall
from runreel.dialects.assistants.documents import (
    Document,
    Object,
    child,
    documents,
    objects,
    position,
    sound,
    text,
)
from runreel.model import Answer

_ID_NAMES: Final[Mapping[str, str]] = {
    "assistant": "assistant_id",
    "assistant.deleted": "assistant_id",
    "file": "file_id",
    "thread": "thread_id",
    "thread.deleted": "thread_id",
    "thread.message": "message_id",
    "thread.message.deleted": "message_id",
    "thread.message.delta": "message_id",
    "thread.run": "run_id",
    "thread.run.step": "step_id",
    "thread.run.step.delta": "step_id",
    "vector_store": "vector_store_id",
}
"""What the ``id`` of each kind of object is called elsewhere."""

_REFERENCES: Final = ("assistant_id", "run_id", "thread_id")

_NO_CALL: Final = ToolCall(id="", kind="", name="", arguments="")


def outline(answer: Answer) -> Outline:
    """Say what the answer says; never raises, whatever the body is.

    The texts are those of its messages, in the order in which they began, then those of errors.
    An id, or the status, is given only where the answer names just one.
    """
    transcript = _Transcript()
    for document in documents(answer):
        transcript.add(document)
    return transcript.finish()


@dataclass(slots=True)
class _Part:
    """One part of a message: the pieces that came as deltas, and the whole where it came."""

    pieces: list[str] = field(default_factory=list)
    whole: str = ""

    def joined(self) -> str:
        return "".join(self.pieces) or self.whole


@dataclass(slots=True)
class _Call:
    """One tool call: the pieces that came as deltas, and the whole where it came."""

    pieces: list[ToolCall] = field(default_factory=list)
    whole: ToolCall = _NO_CALL

    def joined(self) -> ToolCall:
        seen = [*self.pieces, self.whole]
        return ToolCall(
            id=sound(_first(call.id for call in seen)),
            kind=sound(_first(call.kind for call in seen)),
            name=sound(_first(call.name for call in seen)),
            arguments=sound(
                "".join(call.arguments for call in self.pieces) or self.whole.arguments
            ),
            output=sound("".join(call.output for call in self.pieces) or self.whole.output),
        )


class _Transcript:
    """All that the documents of one answer have said so far."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[int, _Part]] = {}
        self._calls: dict[tuple[str, int], _Call] = {}
        self._awaited: dict[str, ToolCall] = {}
        self._errors: list[str] = []
        self._ids: dict[str, set[str]] = {}
        self._statuses: dict[str, str] = {}

    def add(self, document: Document) -> None:
        value = document.value
        kind = text(value, "object")
        self._add_ids(kind, value)
        self._add_error(document)
        if kind in _READERS:
            _READERS[kind](self, value)

    def finish(self) -> Outline:
        calls = [call.joined() for call in self._calls.values()]
        known = {call.id for call in calls}
        awaited = [call for call in self._awaited.values() if call.id not in known]
        ids = {name: _only(values) for name, values in self._ids.items()}
        return Outline(
            texts=tuple(filter(None, [*map(_joined, self._messages.values()), *self._errors])),
            tool_calls=(*calls, *awaited),
            ids={name: value for name, value in ids.items() if value},
            status=_only(self._statuses.values()),
        )

    def _add_ids(self, kind: str, value: Object) -> None:
        named = {name: text(value, name) for name in _REFERENCES}
        if kind in _ID_NAMES:
            named[_ID_NAMES[kind]] = text(value, "id")
        for name, found in named.items():
            if found:
                self._ids.setdefault(name, set()).add(found)

    def _add_error(self, document: Document) -> None:
        error = child(document.value, "error")
        if not error and document.event == "error":
            error = document.value
        if error:
            self._errors.append(sound(text(error, "message")))

    def _add_message_delta(self, value: Object) -> None:
        for part in objects(child(value, "delta"), "content"):
            self._part(text(value, "id"), position(part)).pieces.append(_said(part))

    def _add_message(self, value: Object) -> None:
        for place, part in enumerate(objects(value, "content")):
            self._part(text(value, "id"), place).whole = _said(part)

    def _part(self, message_id: str, index: int) -> _Part:
        return self._messages.setdefault(message_id, {}).setdefault(index, _Part())

    def _add_step_delta(self, value: Object) -> None:
        details = child(child(value, "delta"), "step_details")
        for delta in objects(details, "tool_calls"):
            self._call(text(value, "id"), position(delta)).pieces.append(_tool_call(delta))

    def _add_step(self, value: Object) -> None:
        for place, call in enumerate(objects(child(value, "step_details"), "tool_calls")):
            self._call(text(value, "id"), place).whole = _tool_call(call)

    def _call(self, step_id: str, index: int) -> _Call:
        return self._calls.setdefault((step_id, index), _Call())

    def _add_run(self, value: Object) -> None:
        self._statuses[text(value, "id")] = text(value, "status")
        action = child(child(value, "required_action"), "submit_tool_outputs")
        for call in map(_tool_call, objects(action, "tool_calls")):
            self._awaited[call.id] = _Call(whole=call).joined()


_READERS: Final[Mapping[str, Callable[[_Transcript, Object], None]]] = {
    "thread.message": _Transcript._add_message,
    "thread.message.delta": _Transcript._add_message_delta,
    "thread.run": _Transcript._add_run,
    "thread.run.step": _Transcript._add_step,
    "thread.run.step.delta": _Transcript._add_step_delta,
}


def _joined(parts: Mapping[int, _Part]) -> str:
    texts = [parts[index].joined() for index in sorted(parts)]
    return sound("\n".join(filter(None, texts)))


def _said(part: Object) -> str:
    """Read a part of a message: a text (an object; in a request a string) or a refusal."""
    return text(child(part, "text"), "value") or text(part, "text") or text(part, "refusal")


def _tool_call(call: Object) -> ToolCall:
    """Read a tool call, whole or a piece of one; its details stand under its kind's name.

    Some servers name the kind only in a call's first piece.
    """
    kind = text(call, "type") or _first(name for name in call if child(call, name))
    details = child(call, kind)
    logs = "".join(text(output, "logs") for output in objects(details, "outputs"))
    return ToolCall(
        id=text(call, "id"),
        kind=kind,
        name=text(details, "name"),
        arguments=text(details, "arguments") or text(details, "input"),
        output=text(details, "output") or logs,
    )


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _only(values: Collection[str]) -> str:
    """Give the value if it is the only one."""
    return sound("".join(values)) if len(values) == 1 else ""
