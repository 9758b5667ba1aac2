"""A secret that was found in a cassette: its kind and its place, never its value."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Confidence(IntEnum):
    """Ways to recognise a secret, the most reliable first."""

    BY_NAME = 1
    """A name announces it: of a header, a parameter, a JSON member."""
    BY_PATTERN = 2
    """It matches a pattern of its own."""
    BY_LABEL = 3
    """Words before it announce it (``password:``), so that its end is a guess."""
    PERSONAL = 4
    """It matches a pattern of personal data, and is not a credential."""


class LeakSpan(NamedTuple):
    """The range of a secret, or of its first piece, in bytes as they are encoded there."""

    start: int
    end: int
    rule: str
    kind: str
    confidence: Confidence
    length_of_rest: int = 0
    """Bytes of its other pieces."""


_HEADER_NAMES = ("request.headers", "answer.headers")
"""The places of headers' names; that of a value ends with the name."""


NOT_SEARCHED = "not-searched"
"""The rule and the kind of the rest of a body that has too many secrets to search all of it."""


class Leak(NamedTuple):
    """A secret in an exchange; the fields are part of the JSON documents of ``runreel scan``."""

    rule: str
    """Name of the rule that found it, or of the list of names that announces it."""
    kind: str
    """Kind of the secret: ``openai-key``, ``email``, ``authorization`` …"""
    personal: bool
    """True if it is personal data, False if it is a credential."""
    place: str
    """Part of the exchange: ``request.target``, ``answer.headers.location``, ``answer.body`` …"""
    path: str
    """Path in a body of JSON, or in an event's JSON: ``messages[0].content``; else empty."""
    event: int | None
    """Number of the event in which it begins, counted from 1; None outside of streams."""
    offset: int
    """Bytes from the start of the place."""
    length: int
    """Length in bytes, as it is encoded there, of all of its pieces."""

    @property
    def can_be_redacted(self) -> bool:
        """False in a header's name, which redaction never changes."""
        return self.place not in _HEADER_NAMES

    @classmethod
    def from_rest(cls, place: str, start: int, end: int) -> Leak:
        """Build a leak for the rest of a body with so many secrets that it was not searched."""
        return cls(NOT_SEARCHED, NOT_SEARCHED, False, place, "", None, start, end - start)

    @classmethod
    def from_span(
        cls, span: LeakSpan, place: str, path: str = "", event: int | None = None
    ) -> Leak:
        """Build a leak from a span found at this place, path and event."""
        return cls(
            rule=span.rule,
            kind=span.kind,
            personal=span.confidence is Confidence.PERSONAL,
            place=place,
            path=path,
            event=event,
            offset=span.start,
            length=span.end - span.start + span.length_of_rest,
        )
