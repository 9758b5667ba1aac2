"""The common form of requests and answers, and the spans of secrets found in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runreel.core.redact.texts.derived_fields import DerivedField
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text
from runreel.model import Answer, Headers, Request


class RawMessage(NamedTuple):
    """The parts that a request and an answer have in common."""

    line: bytes
    """The target of a request, the reason of an answer."""
    headers: Headers
    body: bytes
    is_truncated: bool = False
    """True if the body is known to break off."""

    def list_heads(self) -> tuple[bytes, ...]:
        """Return the line and the values of the headers."""
        return (self.line, *[value for _, value in self.headers])

    @classmethod
    def from_request(cls, request: Request) -> RawMessage:
        """Return a request's target, headers and body."""
        return cls(request.target, request.headers, request.body)

    @classmethod
    def from_answer(cls, answer: Answer, *, whole: bool) -> RawMessage:
        """Return an answer's reason, headers and body; ``whole`` as in ``ExchangeHead``."""
        return cls(answer.reason, answer.headers, answer.body, is_truncated=not whole)


class MessageSpans(NamedTuple):
    """The secrets that names and patterns find in a message."""

    heads: Sequence[list[Span]]
    """The spans in the line, then those in each header's value."""
    body: Sequence[tuple[Text, list[Span]]]
    """Each text of the body with its spans."""
    derived_fields: Sequence[DerivedField]
    """Leaves of the body that depend on its texts."""
    has_invalid_json: bool
    """True if the body was split at wrong places, so that a secret may cross two texts."""
