"""What a request and an answer have in common: a line, headers, a body; and where secrets stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runreel.core.redact.texts.derived_fields import DerivedField
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text
from runreel.model import Answer, Headers, Request


class RawMessage(NamedTuple):
    """The texts of a request or an answer."""

    line: bytes
    """A request's target, an answer's reason."""
    headers: Headers
    body: bytes
    is_truncated: bool = False
    """Whether the body is known to break off."""

    def list_heads(self) -> tuple[bytes, ...]:
        """The line and the headers' values."""
        return (self.line, *(value for _, value in self.headers))

    @classmethod
    def from_request(cls, request: Request) -> RawMessage:
        """Return the message of a request."""
        return cls(request.target, request.headers, request.body)

    @classmethod
    def from_answer(cls, answer: Answer, *, whole: bool) -> RawMessage:
        """Return the message of an answer; ``whole`` is ``ExchangeHead.whole``."""
        return cls(answer.reason, answer.headers, answer.body, is_truncated=not whole)


class MessageSpans(NamedTuple):
    """Where names and rules say that secrets stand in a message."""

    heads: Sequence[list[Span]]
    """In the line, then in each header's value."""
    body: Sequence[tuple[Text, list[Span]]]
    """In each text of the body."""
    derived_fields: Sequence[DerivedField]
    """Leaves of the body that say its texts again."""
    has_invalid_json: bool
    """Whether secrets may stand across the body's texts."""
