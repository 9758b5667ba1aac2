"""Secrets that are JSON numbers: 0 replaces them, since a placeholder would not be valid JSON."""

from __future__ import annotations

import re

from runreel.core.redact.finders.by_path import PATH_RULE
from runreel.core.redact.texts.spans import Span

ZERO = b"0"

_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
_BEFORE = re.compile(rb'(?:"\s*+:|\[)\s*+(?:-?[0-9][0-9.eE+-]*+\s*+,\s*+)*+\Z')
_AFTER = re.compile(rb"\s*+(?:[,}\]]|\Z)")
_LOOK_BEHIND = 256
"""Bytes before a number that are examined: its name, or earlier numbers of its array."""


def use_zero_for_number(span: Span, data: bytes) -> Span:
    """Return the span with 0 as its placeholder if it replaces a bare number of this text."""
    return span._replace(placeholder=ZERO) if _is_bare_number(data, span) else span


def _is_bare_number(data: bytes, span: Span) -> bool:
    """Return whether the span is a whole JSON number, outside of any string."""
    start, end = span.start, span.end
    if _NUMBER.fullmatch(data, start, end) is None:
        return False
    if span.rule == PATH_RULE:  # always a whole leaf
        return data[start - 1 : start] != b'"'
    is_value = _BEFORE.search(data, max(start - _LOOK_BEHIND, 0), start) is not None
    return is_value and _AFTER.match(data, end) is not None
