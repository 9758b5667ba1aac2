"""Events that binary messages hold in base64, as those of Bedrock's InvokeModel are.

``{"bytes":"eyJ0eXBl…","p":"abc"}`` in a message named ``chunk`` is an event of the model's own API,
and a text goes through many of them. To be redacted, they are unwrapped: the event is put in the
place of the payload. After that they are wrapped again.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from runreel.core.http import content_length
from runreel.core.http.binary.message_stream import (
    find_message_layout,
    is_message_stream,
    split_messages,
)
from runreel.core.http.binary.packed_event import find_packed_event
from runreel.core.redact.texts.spans import Edit, adjust_frames, apply_edits
from runreel.model import Answer


class _Wrapper(NamedTuple):
    """The bytes around the base64 in a payload."""

    before: bytes
    after: bytes


class UnwrappedAnswer(NamedTuple):
    """An answer with unwrapped events, and what is needed to wrap them again."""

    wrapped: Answer
    """As it was."""
    answer: Answer
    wrappers: Sequence[_Wrapper | None]
    """One for each message; None for one that is as it was."""

    def wrap(self, redacted: Answer) -> Answer:
        """Return the redacted answer with its events in base64.

        Its marks are about the events themselves, which ``unwrap_events`` shows again. If the
        messages can no longer be told apart, they stay as they are.
        """
        if redacted is self.answer:
            return self.wrapped
        messages = split_messages(redacted.body)
        if not any(self.wrappers) or len(messages) != len(self.wrappers):
            return redacted
        edits, start = [], 0
        for raw, wrapper in zip(messages, self.wrappers, strict=True):
            layout = find_message_layout(raw)
            if wrapper is not None and layout is not None:
                inner = raw[layout.headers_end : layout.payload_end]
                data = wrapper.before + b64encode(inner) + wrapper.after
                edits.append(Edit(start + layout.headers_end, start + layout.payload_end, data))
            start += len(raw)
        return _edit(redacted, edits)


def unwrap_events(answer: Answer) -> UnwrappedAnswer:
    """Return the answer with the events themselves in the place of their base64."""
    if not is_message_stream(answer.body):
        return UnwrappedAnswer(answer, answer, ())
    edits: list[Edit] = []
    wrappers: list[_Wrapper | None] = []
    start = 0
    for raw in split_messages(answer.body):
        wrapper, edit = _unwrap(raw, start)
        wrappers.append(wrapper)
        edits += [edit] if edit is not None else []
        start += len(raw)
    return UnwrappedAnswer(answer, _edit(answer, edits), wrappers)


def _unwrap(raw: bytes, start: int) -> tuple[_Wrapper | None, Edit | None]:
    layout = find_message_layout(raw)
    event = None if layout is None else find_packed_event(raw, layout)
    if layout is None or event is None:
        return None, None
    payload = layout.headers_end, layout.payload_end
    edit = Edit(start + payload[0], start + payload[1], event.data)
    return _Wrapper(raw[payload[0] : event.start], raw[event.end : payload[1]]), edit


def _edit(answer: Answer, edits: Sequence[Edit]) -> Answer:
    if not edits:
        return answer
    body = apply_edits(answer.body, edits)
    growth = len(body) - len(answer.body)
    return replace(
        answer,
        headers=content_length.adjust_content_length(answer.headers, growth),
        body=body,
        frames=adjust_frames(answer.frames, edits),
    )
