"""A measure of randomness, which tells keys from words, names and numbers.

Two measures, which hardly depend on the length. In random text the kind of character (lower case,
upper case, digit) changes at every second place; in names it changes once a word. And of the pairs
of letters that are next to each other in random text, one in four is common in English text and in
source code; of those in words, nine in ten are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from operator import ne

_COMMON_PAIRS = frozenset(
    b"""
    er on re in se es te st at or ti de pe en al le nt io ro th ed co ty ns et it el yp ar me tr
    ra ta ce an is ng ri po li am ct si ne ec ea ss pa as rt fi na ve ac ur nc to no he pr ge nd
    om ex ca od op il lo ch ll ic tu un ou va ue ol mp rs ut ma la ad lf im sp em ke ig ck pt ha
    di ef rn ls su ag rr wi hi us ai so cl ts da ul bl pl ot oc lu up mi be ie ni oo id fa fr ru
    mo ev ab sa fo ep ap tt ho wo qu lt ly xt ba nf ld rk rg ht au wh ia ow os vi cr gr bo pp um
    fe nn ee pu ir
    """.split()
)
"""The 160 most frequent pairs of letters in English documentation and in identifiers, most frequent
first: 88 in 100 of all pairs there."""

_WEIGHT = 0.6
"""Weight of the share of rare pairs in the sum: a run has fewer pairs of letters than places."""
_MIN_SCORE = 0.72
"""Least sum of the two measures for letters of both cases and digits. Random ones have 1.07 on
average, names in camel case 0.35."""
_MIN_SCORE_OF_LETTERS = 0.8
_MIN_SCORE_OF_ONE_CASE = 0.5
"""The same for letters alone (normal: 0.95), and for one case and digits (0.85; words: 0.2)."""
_MIN_VARIETY = 0.7
"""Least number of different pairs for each character: ``R10X6G10X6B10X6`` repeats itself."""
_MIN_LENGTH = 16
_MIN_LENGTH_OF_ONE_CASE = 20
_MIN_LENGTH_OF_LETTERS = 20
"""Characters: a run of fewer kinds of characters must be longer."""

_MIN_ALTERNATING = 10

_MIN_RARE = 0.6
"""Least share of rare pairs in letters that are no words; random ones have 0.75, words 0.1."""
_MIN_PAIRS = 5

_RUN = re.compile(rb"[A-Za-z0-9]{%d,}" % _MIN_LENGTH)
_match_hex = re.compile(rb"[0-9a-f]+|[0-9A-F]+").fullmatch
_LETTER_PAIR = re.compile(rb"(?=([a-z]{2}))")
_KINDS = bytes(
    0 if 0x61 <= byte <= 0x7A else 1 if 0x41 <= byte <= 0x5A else 2 for byte in range(256)
)
"""Maps lower case to 0, upper case to 1, digits to 2."""


def is_random_run(run: bytes) -> bool:
    """Return whether letters and digits are random; False for hexadecimal digits, as in a hash."""
    kinds = run.translate(_KINDS)
    has_digit = 2 in kinds
    if 0 in kinds and 1 in kinds:
        if has_digit:
            return len(run) >= _MIN_LENGTH and _compute_score(run, kinds) >= _MIN_SCORE
        is_long = len(run) >= _MIN_LENGTH_OF_LETTERS
        is_scored = _compute_score(run, kinds) >= _MIN_SCORE_OF_LETTERS
        return is_long and (is_scored or has_rare_pairs(run))
    is_long = has_digit and len(run) >= _MIN_LENGTH_OF_ONE_CASE and not is_hex(run)
    return is_long and _compute_score(run, kinds) >= _MIN_SCORE_OF_ONE_CASE


def is_mixed_run(run: bytes) -> bool:
    """Return whether the run is random, and has lower case, upper case and digits."""
    return len(set(run.translate(_KINDS))) == 3 and is_random_run(run)


def has_random_run(text: bytes) -> bool:
    """Return whether letters and digits in a row somewhere in the text are random."""
    return any(map(is_random_run, _RUN.findall(text)))


def is_alternating(run: bytes) -> bool:
    """Return whether letters and digits change at every fourth place or more often."""
    kinds = run.lower().translate(_KINDS)
    return len(run) >= _MIN_ALTERNATING and 4 * _count_changes(kinds) >= len(run)


def has_rare_pairs(run: bytes) -> bool:
    """Return whether most pairs of letters are rare in words; False for a few pairs."""
    pairs = _LETTER_PAIR.findall(run.lower())
    return len(pairs) >= _MIN_PAIRS and _share_rare(pairs) >= _MIN_RARE


def is_hex(run: bytes) -> bool:
    """Return whether the run consists of hexadecimal digits of one case."""
    return _match_hex(run) is not None


def _compute_score(run: bytes, kinds: bytes) -> float:
    """Return the share of changes of kind, plus the share of rare pairs; 0 if it repeats itself."""
    if len(set(pairwise(run))) < _MIN_VARIETY * len(run):
        return 0.0
    changes = _count_changes(kinds) / (len(run) - 1)
    pairs = _LETTER_PAIR.findall(run.lower())
    return changes + _WEIGHT * (_share_rare(pairs) if pairs else 0.0)


def _count_changes(kinds: bytes) -> int:
    return sum(map(ne, kinds, kinds[1:]))


def _share_rare(pairs: Sequence[bytes]) -> float:
    common = sum(map(_COMMON_PAIRS.__contains__, pairs))
    return (len(pairs) - common) / len(pairs)
