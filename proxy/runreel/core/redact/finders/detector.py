"""Search of a text with many rules at once, each only where it may match.

Most rules have *signs*: keywords, one of which is in every match, or a quick pattern, the trigger.
Most texts contain few signs or none, so the search narrows down in four steps:

1. a few patterns (RE2), each of which matches many signs, find the parts of the text that contain
   any; a single pattern for all signs would have more states than RE2 keeps; the pattern of the
   keywords is compiled once a server has searched some texts without it;
2. in the parts of each pattern its own signs are told apart: keywords by an automaton (Aho and
   Corasick, "Efficient string matching", 1975), triggers by their patterns;
3. if many rules share a trigger, one pattern for all of them tells if any of them matches there;
4. the rules of each sign search a window around it: ``window_before`` and ``window_after`` bytes.

RE2 releases the interpreter lock, and no other call takes long, so other threads continue.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property, partial
from itertools import accumulate
from typing import NamedTuple, Self, TypeAlias, TypeVar

from runreel.core.redact.rules.key_prefixes import KeyPrefixes
from runreel.core.redact.rules.rule import ContextCheck, Rule
from runreel.core.redact.search.automaton import Automaton
from runreel.core.redact.search.engine import ENGINE, Engine, RegexMatch, RegexPattern
from runreel.core.redact.search.searched_parts import may_cross_border
from runreel.core.regex.lazy_pattern import compile_later
from runreel.errors import StoreError

ByteRange: TypeAlias = tuple[int, int]
"""Start and end offset in a text of bytes."""


_STRETCH = 1 << 10
"""Bytes after a trigger's match that are searched without looking for further triggers."""

_MIN_COMBINED = 8
"""Rules with the same trigger, from which on one search for all of them comes first."""

_LONGEST_SIGN = 128
"""Bytes that are added to a part, because a match of all signs may end within a longer sign."""

_FIRST_BYTES = 1 << 16
"""Bytes that are searched before the pattern of all keywords is compiled. That takes 5 ms, and the
automaton alone 0.6 ms for so many."""

_ANY_CASE = b"(?i"
"""A part of patterns of words."""

_PUNCTUATION = compile_later(rb'["{}\[\]:,]')

MAX_FOUND = 500_000
"""Places in one text that are found: each takes some 50 microseconds and 1 KB."""

_VERSION = 3
"""Part of the digest: to be increased if the same rules find something else."""


class Detection(NamedTuple):
    """A secret that a rule has found, with offsets in bytes."""

    start: int
    end: int
    rule: Rule


class TooManyFoundError(StoreError):
    """A body with more secrets than can be replaced in a reasonable time."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"more than {most:,} secrets and personal data in one body or header, so nothing was "
            "redacted or written; record the exchange without its body: set limits.max_body below "
            "the size of the body"
        )


T = TypeVar("T")


def limit_found(items: Iterable[T], most: int) -> Iterator[T]:
    """Yield what was found; raise ``TooManyFoundError`` if that is more than ``most``."""
    for count, item in enumerate(items):
        if count >= most:
            raise TooManyFoundError(most)
        yield item


class Detector:
    """Compiled rules; several threads may share one."""

    def __init__(self, rules: Sequence[Rule], engine: Engine = ENGINE) -> None:
        self._signs = _Signs(rules, engine)
        self._rules = rules
        self._searches = tuple(_Search(rule, engine) for rule in rules)
        self.may_cross_objects = any(map(_may_cross_objects, rules))
        """True if a rule of the user might match across the border of two objects of JSON."""
        self.may_cross_strings = any(map(_may_cross_strings, rules))
        """True if a rule of the user might match more of a JSON text than one string or number."""
        self.digest = _compute_digest(rules)
        """Identifier of the rules: equal rules have equal digests, with any engine."""
        self.max_found = MAX_FOUND
        """Secrets in one text, and in one body, from which on the search is given up."""

    def limit(self, max_found: int) -> Self:
        """Return the same detector with another ``max_found``."""
        limited = copy(self)
        limited.max_found = max_found
        return limited

    def find(self, text: bytes) -> list[Detection]:
        """Return all secrets that the rules find, in no order; they may overlap.

        Raises ``TooManyFoundError`` if they are too many.
        """
        signs = self._signs.locate(text)
        detections = (
            detection
            for index, ranges in sorted(signs.items())  # whichever sign came first
            for detection in self._searches[index].find(text, ranges)
        )
        return _drop_general([*limit_found(detections, self.max_found)])

    @cached_property
    def key_prefixes(self) -> KeyPrefixes:
        """The prefixes of the keys that the rules find."""
        return KeyPrefixes(self._rules)

    def may_find(self, text: bytes) -> bool:
        """Return False if no rule finds a secret in the text, whatever is around it."""
        signs = self._signs.locate(text)
        return any(self._searches[index].may_find(text, ranges) for index, ranges in signs.items())


def _drop_general(detections: list[Detection]) -> list[Detection]:
    """Drop what general rules found and another rule found as well, at least its end.

    The other rule knows the kind of the key, and where it begins.
    """
    if not any(each.rule.is_general for each in detections):
        return detections
    others = sorted(
        (each.start, each.end)
        for each in detections
        if not (each.rule.is_general or each.rule.is_personal or each.rule.group == "prose")
    )
    furthest_ends = list(accumulate((end for _, end in others), max))

    def is_known(detection: Detection) -> bool:
        count = bisect_left(others, (detection.end,))
        return count > 0 and furthest_ends[count - 1] >= detection.end

    return [each for each in detections if not (each.rule.is_general and is_known(each))]


class _Trigger:
    """A quick pattern, and the rules that have it; compiled for the first text that may need it."""

    def __init__(
        self, trigger: bytes, rules: Sequence[Rule], indexes: Sequence[int], engine: Engine
    ) -> None:
        """``indexes`` are those of its rules. A general one stays apart: it matches too often."""
        named = [index for index in indexes if not rules[index].is_general]
        is_combined = len(named) >= _MIN_COMBINED and engine.is_faster_than_automaton
        self.rules = [index for index in indexes if not is_combined or rules[index].is_general]
        """Indexes of the rules to search with wherever the trigger matches."""
        self._compile_pattern = partial(engine.compile, trigger)
        self._combine = partial(_combine_rules, rules, named, engine) if is_combined else None

    @cached_property
    def pattern(self) -> RegexPattern:
        """The trigger."""
        return self._compile_pattern()

    @cached_property
    def combination(self) -> _CombinedRules | None:
        """The other rules, if they are many."""
        return self._combine() if self._combine else None


class _CombinedRules(NamedTuple):
    """Many rules with the same trigger, which are searched for together first."""

    any_rule: RegexPattern
    """Matches wherever one of them does."""
    rules: Sequence[int]
    """Their indexes."""
    window_before: int
    window_after: int
    """Those of the rule that has the most."""

    def may_match(self, text: bytes, stretches: Iterable[ByteRange]) -> bool:
        """Return whether one of the rules may match around these ranges of their trigger."""
        return any(
            next(self.any_rule.finditer(text[max(start - 1, 0) : end], min(start, 1)), None)
            for start, end in _iter_windows(stretches, self.window_before, self.window_after)
        )


class _Shapes(NamedTuple):
    """Signs that are patterns, and the rules that have them."""

    any_shape: RegexPattern | None
    """Matches wherever one of the signs begins; None if such a pattern would not be faster, or is
    not possible."""
    rules: Sequence[int]
    """Indexes of the rules that have no sign: the pattern of the rule itself is one."""
    triggers: Sequence[_Trigger]


def _compile_shapes(rules: Sequence[Rule], engine: Engine) -> list[_Shapes]:
    """Group and compile the signs that are patterns.

    Those for personal data are one group, so that a text is searched as seldom as possible. Others
    are divided into triggers of several rules, words, and forms of keys. Together they would have
    more states than RE2 keeps in its memory, since each part of a form combines with each part of a
    word; and RE2 would be building new ones for the first thousands of texts.
    """
    counts = Counter(rule.trigger for rule in rules)
    groups: dict[object, list[int]] = {}
    for index, rule in enumerate(rules):
        if rule.trigger or not rule.keywords:
            is_shared = bool(rule.trigger) and counts[rule.trigger] > 1
            kind = "shared" if is_shared else _ANY_CASE in rule.trigger
            groups.setdefault("personal" if rule.is_personal else kind, []).append(index)
    return [_compile_group(rules, indexes, engine) for indexes in groups.values()]


def _compile_group(rules: Sequence[Rule], indexes: Sequence[int], engine: Engine) -> _Shapes:
    without_signs = [index for index in indexes if not rules[index].trigger]
    triggers: dict[bytes, list[int]] = {}
    for index in indexes:
        if rules[index].trigger:
            triggers.setdefault(rules[index].trigger, []).append(index)
    is_custom = any(rules[index].group == "custom" for index in without_signs)
    shapes = [*triggers, *(rules[index].pattern for index in without_signs)]
    is_combined = engine.is_faster_than_automaton and not is_custom
    return _Shapes(
        _combine(shapes, engine) if is_combined else None,
        without_signs,
        [
            _Trigger(trigger, rules, rule_indexes, engine)
            for trigger, rule_indexes in triggers.items()
        ],
    )


def _combine_rules(rules: Sequence[Rule], indexes: Sequence[int], engine: Engine) -> _CombinedRules:
    return _CombinedRules(
        _combine([rules[index].pattern for index in indexes], engine),
        indexes,
        max(rules[index].window_before for index in indexes),
        max(rules[index].window_after for index in indexes),
    )


def _combine(patterns: Iterable[bytes], engine: Engine) -> RegexPattern:
    """Return a pattern that matches wherever one of these does."""
    return engine.compile(b"|".join(b"(?:%b)" % pattern for pattern in patterns))


def _may_cross_objects(rule: Rule) -> bool:
    """Return whether a rule might match across a border of ``searched_parts``.

    No built-in rule does, and the keywords of a user's literals are the literals.
    """
    is_custom = rule.group == "custom"
    return is_custom and (not rule.keywords or any(map(may_cross_border, rule.keywords)))


def _may_cross_strings(rule: Rule) -> bool:
    """Return whether a rule might match punctuation of JSON outside of its strings.

    No built-in rule does, and the keywords of a user's literals are the literals.
    """
    is_custom = rule.group == "custom"
    return is_custom and (not rule.keywords or any(map(_PUNCTUATION.search, rule.keywords)))


class _Signs:
    """The signs of all rules, compiled: keywords and triggers."""

    def __init__(self, rules: Sequence[Rule], engine: Engine) -> None:
        self._shapes = _compile_shapes(rules, engine)
        self._keywords = Automaton(_group_by_sign(rule.keywords for rule in rules))
        self._compile_any_keyword = partial(_compile_any_keyword, rules, engine)
        self._searched = 0

    @cached_property
    def _any_keyword(self) -> RegexPattern | None:
        """A pattern that matches all keywords; None if the automaton finds them faster."""
        return self._compile_any_keyword()

    def locate(self, text: bytes) -> dict[int, list[ByteRange]]:
        """Map the index of each rule to the ranges of its signs in the text, in rising order."""
        ranges: dict[int, list[ByteRange]] = {}
        for shapes in self._shapes:
            parts = _find_parts(shapes.any_shape, text, _STRETCH)
            if parts:
                ranges.update(_locate_shapes(shapes, text, parts))
        for start, end, indexes in self._keywords.find(text, self._find_parts(text), lower=True):
            for index in indexes:
                ranges.setdefault(index, []).append((start, end))
        return ranges

    def _find_parts(self, text: bytes) -> Iterable[ByteRange]:
        """Return the parts of the text in which there may be keywords, in order and disjoint."""
        self._searched += len(text)
        if self._searched <= _FIRST_BYTES:
            return [(0, len(text))]
        return _find_parts(self._any_keyword, text, _LONGEST_SIGN)


def _compile_any_keyword(rules: Sequence[Rule], engine: Engine) -> RegexPattern | None:
    """Compile a pattern that matches all keywords; None if an automaton finds them faster."""
    keywords = sorted({keyword for rule in rules for keyword in rule.keywords})
    if not keywords or not engine.is_faster_than_automaton:
        return None
    return engine.compile(b"(?i:%b)" % b"|".join(map(re.escape, keywords)))


def _find_parts(pattern: RegexPattern | None, text: bytes, stretch: int) -> list[ByteRange]:
    """Return the parts of the text in which signs begin that this pattern matches, all of it if
    there is no such pattern.
    """
    if pattern is None:
        return [(0, len(text))]
    stretches = _find_stretches(pattern, text, 0, len(text), stretch)
    if not stretches:  # as in most texts
        return []
    return [*_merge((start, min(end + _LONGEST_SIGN, len(text))) for start, end in stretches)]


def _locate_shapes(
    shapes: _Shapes, text: bytes, parts: Sequence[ByteRange]
) -> Iterator[tuple[int, list[ByteRange]]]:
    """Yield the index and the ranges in these parts of each rule that has a trigger or no sign."""
    for index in shapes.rules:
        yield index, [*parts]
    for trigger in shapes.triggers:
        stretches = [
            each
            for part in parts
            for each in _find_stretches(trigger.pattern, text, *part, _STRETCH)
        ]
        for index in trigger.rules if stretches else ():
            yield index, [*stretches]
        combined = trigger.combination
        if stretches and combined is not None and combined.may_match(text, stretches):
            for index in combined.rules:
                yield index, [*stretches]


def _find_stretches(
    trigger: RegexPattern, text: bytes, start: int, end: int, stretch: int
) -> list[ByteRange]:
    """Return ranges that together contain the start of every match between two offsets.

    A list of numbers may contain thousands of matches. Therefore the search continues only
    ``stretch`` bytes after the start of a match, and the range contains whatever is in between.
    """
    first = max(start - 1, 0)  # whether \b matches depends on the byte before
    part = text[first:end]
    position = start - first
    stretches = []
    while match := next(trigger.finditer(part, position), None):
        match_start, match_end = match.span(0)
        position = max(match_end, min(match_start + stretch, len(part)))
        stretches.append((first + match_start, first + position))
    return stretches


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
        self._compile = engine.compile_text if rule.group == "custom" else engine.compile

    @cached_property
    def _pattern(self) -> RegexPattern:
        """The pattern, which most sessions never search for; to compile all takes 60 ms."""
        return self._compile(self._rule.pattern)

    @cached_property
    def _groups(self) -> range:
        return range(1, self._pattern.groups + 1)

    def find(self, text: bytes, signs: Iterable[ByteRange]) -> Iterator[Detection]:
        """Yield each secret that the rule finds around these signs, once."""
        seen: set[ByteRange] = set()
        for start, end in _iter_windows(signs, self._rule.window_before, self._rule.window_after):
            for span in self._find_in_window(text, start, end, self._rule.context):
                if span not in seen:
                    seen.add(span)
                    yield Detection(*span, self._rule)

    def may_find(self, text: bytes, signs: Iterable[ByteRange]) -> bool:
        """Return False if the rule finds nothing around these signs, in any context."""
        windows = _iter_windows(signs, self._rule.window_before, self._rule.window_after)
        return any(True for window in windows for _ in self._find_in_window(text, *window, None))

    def _find_in_window(
        self, text: bytes, start: int, end: int, fits_context: ContextCheck | None
    ) -> Iterator[ByteRange]:
        """Yield the secrets in a window, which is enlarged while a match reaches its end."""
        first = max(start - 1, 0)  # whether \b matches depends on the byte before
        window = text[first:end]
        matches = self._pattern.finditer(window, start - first)
        while match := next(matches, None):
            match_start, match_end = match.span(0)
            if first + match_end >= end < len(text):
                enlarged = end + 2 * (end - start)
                yield from self._find_in_window(text, first + match_start, enlarged, fits_context)
                return
            secret = self._find_secret(match) if self._groups else (match_start, match_end)
            span = first + secret[0], first + secret[1]
            if self._is_secret(text[slice(*span)]) and (
                fits_context is None or fits_context(text, *span)
            ):
                yield span
            elif secret[0] > match_start:  # the rejected value may contain the next label
                matches = self._pattern.finditer(window, secret[0])

    def _find_secret(self, match: RegexMatch) -> ByteRange:
        """Return the range of the first group that took part in the match, or of all of it."""
        for group in self._groups:
            span = match.span(group)
            if span[0] >= 0:
                return span
        return match.span(0)

    def _is_secret(self, value: bytes) -> bool:
        """Return whether the value is not empty and passes the rule's check."""
        check = self._rule.check
        return bool(value) and (check is None or check(value))


def _iter_windows(signs: Iterable[ByteRange], before: int, after: int) -> Iterator[ByteRange]:
    """Yield the ranges that extend so many bytes before and after these signs."""
    return _merge((max(start - before, 0), end + after) for start, end in signs)


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
            rule.is_general,
            _format_check(rule.check),
            _format_check(rule.context),
        )
        for rule in rules
    )
    return "rules-" + hashlib.sha256(repr((_VERSION, contents)).encode()).hexdigest()[:12]


def _format_check(check: Callable[..., bool] | None) -> str:
    """Return the name of a check function, which is part of the digest."""
    return check.__qualname__ if check else ""
