"""What is said of a secret that stands in a cassette: its kind and its place, never its value."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Confidence(IntEnum):
    """How a secret was told from other text, the surest way first."""

    BY_NAME = 1
    """By a name that announces it."""
    BY_PATTERN = 2
    """By its own look."""
    BY_LABEL = 3
    """By the words before it."""
    PERSONAL = 4
    """By the look of a person's data, and no credential."""


class LeakSpan(NamedTuple):
    """Bytes of a text that are a secret, in whatever spelling."""

    start: int
    end: int
    rule: str
    kind: str
    confidence: Confidence


class Leak(NamedTuple):
    """A secret that stands in an exchange."""

    rule: str
    """Which rule found it: one of the table, or the list of names that announces it."""
    kind: str
    """What it is: ``openai-key``, ``email``, ``authorization`` …"""
    personal: bool
    """Whether it is a person's data, and no credential."""
    place: str
    """``request.target``, ``answer.headers.location``, ``answer.body`` …"""
    path: str
    """Where in a body of JSON, or in an event's: ``messages[0].content``; else empty."""
    event: int | None
    """Which event of a stream it begins in, counted from 1."""
    offset: int
    """Bytes from the start of its place; of the joined text if it is split over several events."""
    length: int
    """Bytes, as it is written there."""

    @classmethod
    def from_span(
        cls, span: LeakSpan, place: str, path: str = "", event: int | None = None
    ) -> Leak:
        """What is said of a span."""
        return cls(
            rule=span.rule,
            kind=span.kind,
            personal=span.confidence is Confidence.PERSONAL,
            place=place,
            path=path,
            event=event,
            offset=span.start,
            length=span.end - span.start,
        )
