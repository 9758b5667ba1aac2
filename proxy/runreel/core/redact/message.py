"""What a request and an answer have in common: a line, headers, a body; and where secrets stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runreel.core.redact.texts.derived_fields import Companion
from runreel.core.redact.texts.spans import Span
from runreel.core.redact.texts.text import Text
from runreel.model import Answer, Headers, Request


class Message(NamedTuple):
    """The texts of a request or an answer."""

    line: bytes
    """A request's target, an answer's reason."""
    headers: Headers
    body: bytes
    is_cut: bool = False
    """Whether the body is known to break off."""

    def heads(self) -> tuple[bytes, ...]:
        """The line and the headers' values."""
        return (self.line, *(value for _, value in self.headers))


class Places(NamedTuple):
    """Where names and rules say that secrets stand in a message."""

    heads: Sequence[list[Span]]
    """In the line, then in each header's value."""
    body: Sequence[tuple[Text, list[Span]]]
    """In each text of the body."""
    companions: Sequence[Companion]
    """Leaves of the body that say its texts again."""
    is_odd: bool
    """Whether secrets may stand across the body's texts."""


def asked(request: Request) -> Message:
    """The message that a request is."""
    return Message(request.target, request.headers, request.body)


def answered(answer: Answer, *, whole: bool) -> Message:
    """The message that an answer is; ``whole``: as ``Head.whole``."""
    return Message(answer.reason, answer.headers, answer.body, is_cut=not whole)
