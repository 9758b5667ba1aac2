"""A number of JSON that is a secret stays a number: 0 stands for it, since a placeholder cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runreel.core.redact.meant import RULE as PLACES
from runreel.core.redact.part import Replacement

_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
_BEFORE = re.compile(rb'(?:"\s*+:|\[)\s*+(?:-?[0-9][0-9.eE+-]*+\s*+,\s*+)*+\Z')
_AFTER = re.compile(rb"\s*+(?:[,}\]]|\Z)")
_FAR = 256
"""Bytes before a number that are looked at: those of its name, or of numbers in the same array."""


def with_numbers(body: bytes, replacements: Iterable[Replacement]) -> list[Replacement]:
    """The replacements, with 0 for the placeholder where a number stood bare."""
    return [
        each._replace(edits=[each.edits[0]._replace(data=b"0")]) if _is_bare(body, each) else each
        for each in replacements
    ]


def _is_bare(body: bytes, replacement: Replacement) -> bool:
    if len(replacement.edits) != 1:
        return False
    start, end, _ = replacement.edits[0]
    if _NUMBER.fullmatch(body, start, end) is None:
        return False
    if replacement.span.rule == PLACES:  # it is a whole leaf
        return body[start - 1 : start] != b'"'
    is_behind = _BEFORE.search(body, max(start - _FAR, 0), start) is not None
    return is_behind and _AFTER.match(body, end) is not None
