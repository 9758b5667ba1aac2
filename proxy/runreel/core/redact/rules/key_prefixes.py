"""Prefixes of keys: a key that is cut off still has its prefix, which tells its rule.

The rule itself knows the key by its length as well. So the prefixes are taken from the examples of
the rules: whatever is before the random part of one, such as ``glpat-``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from runreel.core.redact.rules.randomness import is_hex
from runreel.core.redact.rules.rule import Rule
from runreel.core.regex.lazy_pattern import compile_later

_EXAMPLE = compile_later(r"([A-Za-z$][A-Za-z0-9]*(?:[_.:+/$-]+[A-Za-z0-9]*)*)\{")
_MIN_PREFIX = 3
_MIN_PREFIX_OF_LETTERS = 4
_DISTINCTIVE = 7
"""Characters of a prefix that is a beginning wherever it is, and after which little is needed."""
_MIN_REST = 8
_MIN_REST_AFTER_DISTINCTIVE = 4

_LONGEST_WORD = 256
_WORD = compile_later(rb"[A-Za-z0-9_.:+/=$~-]{12,%d}\Z" % _LONGEST_WORD)
_SEPARATORS = b"-_.:+/=$~"
_KINDS = bytes(
    1 if 0x61 <= byte <= 0x7A else 2 if 0x41 <= byte <= 0x5A else 3 if 0x30 <= byte <= 0x39 else 0
    for byte in range(256)
)
_LONGEST_KIND = 4
"""Letters or digits in a row, on average: in random text less, in words more."""


class KeyPrefixes:
    """The prefixes of the keys that some rules find."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {prefix: rule for rule in rules for prefix in _iter_prefixes(rule)}

    def find_at_end(self, text: bytes) -> tuple[int, Rule] | None:
        """Return the start and the rule of a key that is cut off by the end of the text, if any."""
        word = _WORD.search(text, max(len(text) - _LONGEST_WORD, 0))
        if word is None:
            return None
        starts = (
            (start, len(prefix), rule)
            for prefix, rule in self._rules.items()
            if (start := text.find(prefix, word.start())) >= 0
            and _is_cut_key(text, start, start + len(prefix))
        )
        first = min(starts, key=lambda start: (start[0], -start[1]), default=None)
        return None if first is None else (first[0], first[2])


def _iter_prefixes(rule: Rule) -> Iterator[bytes]:
    if rule.is_personal or rule.group in ("prose", "custom", "connections"):
        return
    for template in rule.matches:
        example = _EXAMPLE.match(template.rpartition("«")[2])
        if example is None:
            continue
        shortest = _MIN_PREFIX if example[1][-1] in "_-." else _MIN_PREFIX_OF_LETTERS
        if len(example[1]) >= shortest:
            yield example[1].encode()


def _is_cut_key(text: bytes, start: int, end: int) -> bool:
    """Return whether a prefix at this place begins a key, of which the rest is a part."""
    is_distinctive = end - start >= _DISTINCTIVE
    if not is_distinctive and text[max(start - 1, 0) : start].isalnum():
        return False
    rest = text[end:].translate(None, _SEPARATORS)
    if len(rest) < (_MIN_REST_AFTER_DISTINCTIVE if is_distinctive else _MIN_REST):
        return False
    kinds = rest.translate(_KINDS)
    runs = 1 + sum(one != other for one, other in pairwise(kinds))
    return len(set(kinds)) > 1 and (len(rest) < _LONGEST_KIND * runs or is_hex(rest))
