"""Placeholders: the texts that stand for redacted values in cassettes.

A placeholder is ``REDACTED-<kind>-<number>``. The kind names the rule that found the value; the
numbers of one kind count up in the order in which a session first redacts its values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PREFIX = b"REDACTED-"

SUFFIXES: Mapping[str, bytes] = {"email": b"@redacted.invalid"}
"""Endings of the placeholders of some kinds, so that clients still accept them as such a value.
``invalid`` is reserved as a domain that never exists (RFC 2606)."""

PLACEHOLDER = re.compile(
    rb"(REDACTED-([a-z][a-z0-9]*(?:-[a-z0-9]+)*))-[0-9]{1,9}(?:@redacted\.invalid)?(?![0-9])"
)
"""Matches a placeholder. Group 1 is everything before its number, group 2 the kind."""


def format_placeholder(kind: str, number: int) -> bytes:
    """Return the placeholder of this kind and number."""
    return f"REDACTED-{kind}-{number}".encode() + SUFFIXES.get(kind, b"")


def get_kind(placeholder: bytes) -> str:
    """Return the kind of a placeholder: ``api-key`` of ``REDACTED-api-key-1``."""
    return placeholder.removeprefix(PREFIX).rpartition(b"-")[0].decode()


def find_placeholders(data: bytes) -> list[bytes]:
    """Return all placeholders in the data, in their order."""
    return [data[start:end] for start, end in locate_placeholders(data)]


def locate_placeholders(data: bytes) -> list[tuple[int, int]]:
    """Return start and end of each placeholder in the data, in their order."""
    return [match.span() for match in PLACEHOLDER.finditer(data)] if PREFIX in data else []


def zero_numbers(data: bytes) -> bytes:
    """Set the number of each placeholder to 0: ``REDACTED-email-12`` becomes ``REDACTED-email-0``.

    The number of one value differs between sessions, since it depends on the values before it.
    """
    return PLACEHOLDER.sub(rb"\1-0", data) if PREFIX in data else data
