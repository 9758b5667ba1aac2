"""Search of a text with many rules at once, each only where it may match.

Most rules have *signs*: keywords, one of which is in every match, or a quick pattern, the trigger.
Most texts contain few signs or none, so the search narrows down in three steps:

1. one pattern of all signs (RE2) finds the parts of the text that contain any;
2. in these parts an automaton (Aho and Corasick, "Efficient string matching", 1975) finds the
   keywords, and the triggers' patterns find the other signs;
3. the rules of each sign search a window around it: ``window_before`` and ``window_after`` bytes.

RE2 releases the interpreter lock, and no other call takes long, so other threads continue.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from runreel.core.redact.rules.rule import Rule, SecretCheck
from runreel.core.redact.search.automaton import Automaton
from runreel.core.redact.search.engine import ENGINE, Engine, RegexMatch, RegexPattern

ByteRange: TypeAlias = tuple[int, int]
"""Start and end offset in a text of bytes."""


_STRETCH = 1 << 10
"""Bytes after a trigger's match that are searched without looking for further triggers."""

_BYTES_PER_PART = 1 << 12
"""Size of a text per part, below which one search of the whole text is faster than its parts."""

_LONGEST_SIGN = 128
"""Bytes that are added to a part, because a match of all signs may end within a longer sign."""

_VERSION = 1
"""Part of the digest: to be increased if the same rules find something else."""


class Detection(NamedTuple):
    """A secret that a rule has found, with offsets in bytes."""

    start: int
    end: int
    rule: Rule


class Detector:
    """Compiled rules; several threads may share one."""

    def __init__(self, rules: Sequence[Rule], engine: Engine = ENGINE) -> None:
        self._any_sign = _compile_any_sign(rules, engine)
        self._signs = _Signs(rules, engine)
        self._searches = tuple(_Search(rule, engine) for rule in rules)
        self.digest = _compute_digest(rules)
        """Identifier of the rules: equal rules have equal digests, with any engine."""

    def find(self, text: bytes) -> list[Detection]:
        """Return all secrets that the rules find, in no order; they may overlap."""
        parts = self._find_parts(text)
        if not parts:
            return []
        signs = self._signs.locate(text, parts)
        return [
            detection
            for index, ranges in signs.items()
            for detection in self._searches[index].find(text, ranges)
        ]

    def _find_parts(self, text: bytes) -> list[ByteRange]:
        """Return the parts of the text in which signs begin."""
        if self._any_sign is None:
            return [(0, len(text))]
        spans = (match.span(0) for match in self._any_sign.finditer(text))
        return list(_merge((start, min(end + _LONGEST_SIGN, len(text))) for start, end in spans))


def _compile_any_sign(rules: Sequence[Rule], engine: Engine) -> RegexPattern | None:
    """Compile a pattern that matches wherever a sign begins; None if that is not possible."""
    shapes = _collect_shapes(rules, engine)
    if shapes is None:
        return None
    keywords = dict.fromkeys(keyword for rule in rules for keyword in rule.keywords)
    words = b"(?i:%s)" % b"|".join(map(re.escape, keywords))
    signs = [*shapes, words] if keywords else shapes
    return engine.compile(b"|".join(signs)) if signs else None


def _compile_any_shape(rules: Sequence[Rule], engine: Engine) -> RegexPattern | None:
    """Compile a pattern that matches wherever a rule without keywords may; None if impossible."""
    shapes = _collect_shapes(rules, engine)
    return engine.compile(b"|".join(shapes)) if shapes else None


def _collect_shapes(rules: Sequence[Rule], engine: Engine) -> list[bytes] | None:
    """Return the triggers, and the patterns of the rules that have no sign.

    None if joining them would not be faster, or is not possible: users' patterns have another
    encoding.
    """
    without_signs = [rule for rule in rules if not rule.keywords and not rule.trigger]
    if not engine.is_faster_than_automaton or any(rule.group == "custom" for rule in without_signs):
        return None
    shapes = (rule.trigger or rule.pattern for rule in rules if rule.trigger or not rule.keywords)
    return [b"(?:%s)" % shape for shape in dict.fromkeys(shapes)]


class _Signs:
    """The signs of all rules, compiled: keywords and triggers."""

    def __init__(self, rules: Sequence[Rule], engine: Engine) -> None:
        self._always = [
            index for index, rule in enumerate(rules) if not rule.keywords and not rule.trigger
        ]
        self._any_shape = _compile_any_shape(rules, engine)
        triggers = _group_by_sign((rule.trigger,) if rule.trigger else () for rule in rules)
        self._triggers = [
            (engine.compile(trigger), indexes) for trigger, indexes in triggers.items()
        ]
        self._keywords = Automaton(_group_by_sign(rule.keywords for rule in rules))

    def locate(self, text: bytes, parts: Sequence[ByteRange]) -> dict[int, list[ByteRange]]:
        """Map the index of each rule to the ranges of its signs in these parts, in rising order."""
        ranges: dict[int, list[ByteRange]] = {}
        if len(parts) * _BYTES_PER_PART < len(text):
            ranges.update(self._locate_shapes(text, parts))
        elif self._any_shape is None or next(self._any_shape.finditer(text), None) is not None:
            ranges.update(self._locate_shapes(text, [(0, len(text))]))
        for start, end, indexes in self._keywords.find(text, parts, lower=True):
            for index in indexes:
                ranges.setdefault(index, []).append((start, end))
        return ranges

    def _locate_shapes(
        self, text: bytes, parts: Sequence[ByteRange]
    ) -> Iterator[tuple[int, list[ByteRange]]]:
        """Yield the index and the ranges of each rule that has a trigger or no sign."""
        for index in self._always:
            yield index, [*parts]
        for trigger, indexes in self._triggers:
            stretches = [each for part in parts for each in _iter_stretches(trigger, text, *part)]
            for index in indexes if stretches else ():
                yield index, [*stretches]


def _iter_stretches(
    trigger: RegexPattern, text: bytes, start: int, end: int
) -> Iterator[ByteRange]:
    """Yield ranges that together contain every match of the trigger between two offsets.

    A list of numbers may contain thousands of matches. Therefore the search continues only
    ``_STRETCH`` bytes after the start of a match, and the range contains whatever is in between.
    """
    first = max(start - 1, 0)  # whether \b matches depends on the byte before
    part = text[first:end]
    position = start - first
    while match := next(trigger.finditer(part, position), None):
        match_start, match_end = match.span(0)
        position = max(match_end, min(match_start + _STRETCH, len(part)))
        yield first + match_start, first + position


def _group_by_sign(signs_of_rules: Iterable[Iterable[bytes]]) -> dict[bytes, list[int]]:
    """Map each sign to the indexes of the rules that have it."""
    indexes: dict[bytes, list[int]] = {}
    for index, signs in enumerate(signs_of_rules):
        for sign in signs:
            indexes.setdefault(sign, []).append(index)
    return indexes


class _Search:
    """One compiled rule."""

    def __init__(self, rule: Rule, engine: Engine) -> None:
        self._rule = rule
        compiled = engine.compile_text if rule.group == "custom" else engine.compile
        self._pattern = compiled(rule.pattern)
        self._groups = range(1, self._pattern.groups + 1)

    def find(self, text: bytes, signs: Iterable[ByteRange]) -> Iterator[Detection]:
        """Yield each secret that the rule finds around these signs, once."""
        spans: dict[ByteRange, None] = {}
        for start, end in _iter_windows(signs, self._rule):
            spans.update(dict.fromkeys(self._find_in_window(text, start, end)))
        for start, end in spans:
            yield Detection(start, end, self._rule)

    def _find_in_window(self, text: bytes, start: int, end: int) -> Iterator[ByteRange]:
        """Yield the secrets in a window, which is enlarged while a match reaches its end."""
        first = max(start - 1, 0)  # whether \b matches depends on the byte before
        window = text[first:end]
        matches = self._pattern.finditer(window, start - first)
        while match := next(matches, None):
            match_start, match_end = match.span(0)
            if first + match_end >= end < len(text):
                yield from self._find_in_window(text, first + match_start, end + 2 * (end - start))
                return
            secret = self._find_secret(match) if self._groups else (match_start, match_end)
            if self._is_secret(window[secret[0] : secret[1]]):
                yield first + secret[0], first + secret[1]
            elif secret[0] > match_start:  # the rejected value may contain the next label
                matches = self._pattern.finditer(window, secret[0])

    def _find_secret(self, match: RegexMatch) -> ByteRange:
        """Return the range of the first group that took part in the match, or of all of it."""
        groups = (match.span(group) for group in self._groups)
        return next((span for span in groups if span[0] >= 0), match.span(0))

    def _is_secret(self, value: bytes) -> bool:
        """Return whether the value is not empty and passes the rule's check."""
        check = self._rule.check
        return bool(value) and (check is None or check(value))


def _iter_windows(signs: Iterable[ByteRange], rule: Rule) -> Iterator[ByteRange]:
    """Yield the ranges in which a match of the rule with one of these signs can be."""
    return _merge(
        (max(start - rule.window_before, 0), end + rule.window_after) for start, end in signs
    )


def _merge(ranges: Iterable[ByteRange]) -> Iterator[ByteRange]:
    """Yield the ranges, given in rising order, with those that touch merged into one."""
    merged_start, merged_end = -1, -1
    for start, end in ranges:
        if start > merged_end:
            if merged_end >= 0:
                yield merged_start, merged_end
            merged_start, merged_end = start, end
        else:
            merged_end = max(merged_end, end)
    if merged_end >= 0:
        yield merged_start, merged_end


def _compute_digest(rules: Sequence[Rule]) -> str:
    """Return the identifier of the rules, from all that decides what they find."""
    contents = sorted(
        (
            rule.name,
            rule.keywords,
            rule.trigger,
            rule.pattern,
            rule.window_before,
            rule.window_after,
            _format_check(rule.check),
        )
        for rule in rules
    )
    return "rules-" + hashlib.sha256(repr((_VERSION, contents)).encode()).hexdigest()[:12]


def _format_check(check: SecretCheck | None) -> str:
    """Return the name of a check function, which is part of the digest."""
    return check.__qualname__ if check else ""
