"""Tokens of two texts that may differ without a difference: ids, placeholders, moments.

Two texts that differ in such tokens only are compared token by token. Which pairs of ids stand for
the same object is decided later, for the whole comparison (``id_map``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple

from runreel.core.common_text import cut_to_difference

_CLOCK = r"[0-2][0-9]:[0-5][0-9](?::[0-6][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-2][0-9]:?[0-5][0-9])?"
_ISO = rf"[12][0-9]{{3}}-[01][0-9]-[0-3][0-9](?:[T ]{_CLOCK})?"
_PLACEHOLDER = r"REDACTED-[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[0-9]{1,9}(?:@redacted\.invalid)?"
_WORD = r"[A-Za-z0-9]+(?:[_-]+[A-Za-z0-9]+)*"

TOKEN = re.compile(f"({_ISO}|{_PLACEHOLDER}|{_WORD})")
"""A token; anything between two of them is a separator."""

_IS_MOMENT = re.compile(_ISO)
_EPOCH = re.compile(r"(?:1[4-9]|2[01])[0-9]{8}(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?")
_IS_PLACEHOLDER = re.compile(_PLACEHOLDER)
_UUID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GENERATED = re.compile(
    r"(?P<prefix>(?:[A-Za-z][A-Za-z0-9]*[_-]){0,3})"
    r"(?P<random>(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{12,})"
)
_SWITCH = re.compile("[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])|[a-z](?=[A-Z])")
_MIN_SWITCHES = 3

_LONG = 1 << 16
"""Characters of a text above which what both have in common at their ends is left out."""
_MARGIN = 1000
_MAX_LENGTH = 1 << 20
"""Characters that are compared token by token."""

_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_TOLERANCE_US = 120_000_000
"""Two recordings of one program reach the same place within so much of each other."""


class TokenRole(IntEnum):
    """The evidence that a pair of tokens gives."""

    USE = 0
    """They may refer to an object, and do not say that both are the same."""
    LOOK = 1
    """Both look generated, in the same way."""
    DEFINITION = 2
    """Both are where an API has an id."""


class TokenPair(NamedTuple):
    """Two tokens in the same place of two texts."""

    left: str
    right: str
    role: TokenRole


class Clocks(NamedTuple):
    """The time from one recording to the other, in microseconds."""

    delta_us: int

    def are_equal_moments(self, left: str, right: str) -> bool:
        """Return whether two dates or times are as far apart as the recordings are."""
        if _EPOCH.fullmatch(left) and _EPOCH.fullmatch(right) and len(left) == len(right):
            return self._is_near(_parse_epoch(right) - _parse_epoch(left), _TOLERANCE_US)
        if not (_IS_MOMENT.fullmatch(left) and _IS_MOMENT.fullmatch(right)):
            return False
        try:
            distance_us = _parse_moment(right) - _parse_moment(left)
        except ValueError:
            return False
        are_dates = [len(each) == len("2026-11-30") for each in (left, right)]
        if are_dates[0] != are_dates[1]:
            return False
        if all(are_dates):
            return abs(self.delta_us) >= _HOUR_US and self._is_near(distance_us, _DAY_US)
        return self._is_near(distance_us, _TOLERANCE_US)

    def _is_near(self, distance_us: int, tolerance_us: int) -> bool:
        return abs(distance_us - self.delta_us) < tolerance_us


def _parse_epoch(digits: str) -> int:
    return int(digits[:16].ljust(16, "0"))


def _parse_moment(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000)


def pair_tokens(left: str, right: str, clocks: Clocks) -> Sequence[TokenPair] | None:
    """Return the tokens in which two texts differ, without equal moments.

    None if anything else differs, so that the texts cannot be paired token by token.
    """
    if max(len(left), len(right)) > _LONG:
        part = cut_to_difference(left, right, margin=_MARGIN)
        left, right = part.recorded, part.sent
    if max(len(left), len(right)) > _MAX_LENGTH:
        return None
    old, new = TOKEN.split(left), TOKEN.split(right)
    if len(old) != len(new) or old[::2] != new[::2]:
        return None
    pairs = dict.fromkeys(pair for pair in zip(old[1::2], new[1::2], strict=True))
    return [
        TokenPair(one, other, classify(one, other))
        for one, other in pairs
        if one != other and not clocks.are_equal_moments(one, other)
    ]


def classify(left: str, right: str) -> TokenRole:
    """Return the role of two different tokens of a text."""
    are_alike = _describe_shape(left) == _describe_shape(right) != ""
    return TokenRole.LOOK if are_alike else TokenRole.USE


def _describe_shape(token: str) -> str:
    """Return the shape of a token that looks generated; empty for any other."""
    if _IS_PLACEHOLDER.fullmatch(token):
        return token.removesuffix("@redacted.invalid").rpartition("-")[0]
    if _UUID.fullmatch(token):
        return "uuid"
    match = _GENERATED.fullmatch(token)
    if match is None or len(_SWITCH.findall(match["random"])) < _MIN_SWITCHES:
        return ""
    return f"{match['prefix']}…"


def is_placeholder(token: str) -> bool:
    """Return whether the token is a placeholder."""
    return _IS_PLACEHOLDER.fullmatch(token) is not None


def looks_generated(token: str) -> bool:
    """Return whether a token looks like an id that a program has made."""
    return _describe_shape(token) != ""
