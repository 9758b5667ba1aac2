"""A number of JSON that is a secret stays a number: 0 stands for it, since a placeholder cannot."""

from __future__ import annotations

import re

from runreel.core.redact.finders.by_path import PATH_RULE as PLACES
from runreel.core.redact.texts.spans import Span

ZERO = b"0"

_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
_BEFORE = re.compile(rb'(?:"\s*+:|\[)\s*+(?:-?[0-9][0-9.eE+-]*+\s*+,\s*+)*+\Z')
_AFTER = re.compile(rb"\s*+(?:[,}\]]|\Z)")
_LOOK_BEHIND = 256
"""Bytes before a number that are looked at: those of its name, or of numbers in the same array."""


def use_zero_for_number(span: Span, data: bytes) -> Span:
    """The span of this text, with 0 for its placeholder where a number stands bare."""
    return span._replace(placeholder=ZERO) if _is_bare_number(data, span) else span


def _is_bare_number(data: bytes, span: Span) -> bool:
    start, end = span.start, span.end
    if _NUMBER.fullmatch(data, start, end) is None:
        return False
    if span.rule == PLACES:  # it is a whole leaf
        return data[start - 1 : start] != b'"'
    is_behind = _BEFORE.search(data, max(start - _LOOK_BEHIND, 0), start) is not None
    return is_behind and _AFTER.match(data, end) is not None
