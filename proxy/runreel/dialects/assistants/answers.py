"""The outline of an answer of the Assistants API, assembled from its objects and their deltas.

Every object has its kind in the member ``object`` (API reference, "Assistants streaming events"),
so one table of readers serves streams, single objects and lists. Deltas are joined. An object that
comes after its deltas adds only the parts that had none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from runreel.core.dialect import Outline, ToolCall
from runreel.dialects.assistants.documents import (
    AnswerDocument,
    ParsedObject,
    get_index,
    get_object,
    get_objects,
    get_text,
    iter_documents,
    repair_surrogates,
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
"""By kind of object: the name under which other objects refer to its ``id``."""

_REFERENCES: Final = ("assistant_id", "run_id", "thread_id")

_NO_CALL: Final = ToolCall(id="", kind="", name="", arguments="")


def outline_answer(answer: Answer) -> Outline:
    """Return the outline of an answer; never raises, whatever the body is.

    The texts are those of its messages, in the order of their first appearance, then those of
    errors. An id or a status is included only if the answer has exactly one.
    """
    transcript = _Transcript()
    for document in iter_documents(answer):
        transcript.add(document)
    return transcript.finish()


@dataclass(slots=True)
class _MessagePart:
    """One part of a message: the pieces from its deltas, and the whole from its object."""

    pieces: list[str] = field(default_factory=list)
    whole: str = ""

    def join(self) -> str:
        return "".join(self.pieces) or self.whole


@dataclass(slots=True)
class _ToolCallParts:
    """One tool call: the pieces from its deltas, and the whole from its object."""

    pieces: list[ToolCall] = field(default_factory=list)
    whole: ToolCall = _NO_CALL

    def join(self) -> ToolCall:
        calls = [*self.pieces, self.whole]
        return ToolCall(
            id=repair_surrogates(_find_first(call.id for call in calls)),
            kind=repair_surrogates(_find_first(call.kind for call in calls)),
            name=repair_surrogates(_find_first(call.name for call in calls)),
            arguments=repair_surrogates(
                "".join(call.arguments for call in self.pieces) or self.whole.arguments
            ),
            output=repair_surrogates(
                "".join(call.output for call in self.pieces) or self.whole.output
            ),
        )


class _Transcript:
    """The content of an answer, collected document by document."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[int, _MessagePart]] = {}
        self._calls: dict[tuple[str, int], _ToolCallParts] = {}
        self._required_calls: dict[str, ToolCall] = {}
        self._errors: list[str] = []
        self._ids: dict[str, set[str]] = {}
        self._statuses: dict[str, str] = {}

    def add(self, document: AnswerDocument) -> None:
        value = document.value
        kind = get_text(value, "object")
        self._add_ids(kind, value)
        self._add_error(document)
        if kind in _READERS:
            _READERS[kind](self, value)

    def finish(self) -> Outline:
        calls = [call.join() for call in self._calls.values()]
        known = {call.id for call in calls}
        awaited = [call for call in self._required_calls.values() if call.id not in known]
        ids = {name: _get_single(values) for name, values in self._ids.items()}
        return Outline(
            texts=tuple(filter(None, [*map(_join_parts, self._messages.values()), *self._errors])),
            tool_calls=(*calls, *awaited),
            ids={name: value for name, value in ids.items() if value},
            status=_get_single(self._statuses.values()),
        )

    def _add_ids(self, kind: str, value: ParsedObject) -> None:
        ids = {name: get_text(value, name) for name in _REFERENCES}
        if kind in _ID_NAMES:
            ids[_ID_NAMES[kind]] = get_text(value, "id")
        for name, id_ in ids.items():
            if id_:
                self._ids.setdefault(name, set()).add(id_)

    def _add_error(self, document: AnswerDocument) -> None:
        error = get_object(document.value, "error")
        if not error and document.event == "error":
            error = document.value
        if error:
            self._errors.append(repair_surrogates(get_text(error, "message")))

    def _add_message_delta(self, value: ParsedObject) -> None:
        for part in get_objects(get_object(value, "delta"), "content"):
            self._get_part(get_text(value, "id"), get_index(part)).pieces.append(_read_text(part))

    def _add_message(self, value: ParsedObject) -> None:
        for index, part in enumerate(get_objects(value, "content")):
            self._get_part(get_text(value, "id"), index).whole = _read_text(part)

    def _get_part(self, message_id: str, index: int) -> _MessagePart:
        return self._messages.setdefault(message_id, {}).setdefault(index, _MessagePart())

    def _add_step_delta(self, value: ParsedObject) -> None:
        details = get_object(get_object(value, "delta"), "step_details")
        for delta in get_objects(details, "tool_calls"):
            self._get_call(get_text(value, "id"), get_index(delta)).pieces.append(
                _read_tool_call(delta)
            )

    def _add_step(self, value: ParsedObject) -> None:
        for index, call in enumerate(get_objects(get_object(value, "step_details"), "tool_calls")):
            self._get_call(get_text(value, "id"), index).whole = _read_tool_call(call)

    def _get_call(self, step_id: str, index: int) -> _ToolCallParts:
        return self._calls.setdefault((step_id, index), _ToolCallParts())

    def _add_run(self, value: ParsedObject) -> None:
        self._statuses[get_text(value, "id")] = get_text(value, "status")
        action = get_object(get_object(value, "required_action"), "submit_tool_outputs")
        for call in map(_read_tool_call, get_objects(action, "tool_calls")):
            self._required_calls[call.id] = _ToolCallParts(whole=call).join()


_READERS: Final[Mapping[str, Callable[[_Transcript, ParsedObject], None]]] = {
    "thread.message": _Transcript._add_message,
    "thread.message.delta": _Transcript._add_message_delta,
    "thread.run": _Transcript._add_run,
    "thread.run.step": _Transcript._add_step,
    "thread.run.step.delta": _Transcript._add_step_delta,
}


def _join_parts(parts: Mapping[int, _MessagePart]) -> str:
    texts = [parts[index].join() for index in sorted(parts)]
    return repair_surrogates("\n".join(filter(None, texts)))


def _read_text(part: ParsedObject) -> str:
    """Return the text of a message's part: a text (in requests a plain string) or a refusal."""
    return (
        get_text(get_object(part, "text"), "value")
        or get_text(part, "text")
        or get_text(part, "refusal")
    )


def _read_tool_call(call: ParsedObject) -> ToolCall:
    """Return a tool call, or the piece of one in a delta.

    Its details are in a member named like its ``type``. Some servers send ``type`` only in the
    first piece, so it is otherwise taken from the name of the first member that is an object.
    """
    kind = get_text(call, "type") or _find_first(name for name in call if get_object(call, name))
    details = get_object(call, kind)
    logs = "".join(get_text(output, "logs") for output in get_objects(details, "outputs"))
    return ToolCall(
        id=get_text(call, "id"),
        kind=kind,
        name=get_text(details, "name"),
        arguments=get_text(details, "arguments") or get_text(details, "input"),
        output=get_text(details, "output") or logs,
    )


def _find_first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _get_single(values: Collection[str]) -> str:
    """Return the value if there is exactly one, else an empty string."""
    return repair_surrogates("".join(values)) if len(values) == 1 else ""
