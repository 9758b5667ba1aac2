"""Where the secrets in a text are: few rules run, and these only where they may find something.

Most texts hold little or nothing that any rule looks for: one pass of RE2 says where there is a
sign of one. There an automaton says which keyword it is (Aho and Corasick, "Efficient string
matching", 1975), and patterns which other sign; each of their rules then searches the window that a
match with its sign can reach. RE2 lets other threads go on meanwhile, and no other call takes long.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import ahocorasick

from runreel.core.redact.rules.rule import Rule, SecretCheck
from runreel.core.redact.search.engine import ENGINE, Engine, RegexMatch, RegexPattern

ByteRange: TypeAlias = tuple[int, int]
"""Start and end, in bytes."""

_SLICE = 1 << 16

_STRETCH = 1 << 10

_BYTES_PER_PART = 1 << 12
"""Bytes that are looked through for signs of all kinds while one part is."""

_LONGEST_SIGN = 128
"""Bytes."""

_VERSION = 1
"""Goes up when the same rules find something else."""


class Detection(NamedTuple):
    """A secret in a text, in bytes."""

    start: int
    end: int
    rule: Rule


class Detector:
    """Rules at work; several threads may share one."""

    def __init__(self, rules: Sequence[Rule], engine: Engine = ENGINE) -> None:
        self._any_sign = _compile_any_sign(rules, engine)
        self._signs = _Signs(rules, engine)
        self._searches = tuple(_Search(rule, engine) for rule in rules)
        self.digest = _compute_digest(rules)
        """Names the rules: equal ones have equal digests, in any process and with any engine."""

    def find(self, text: bytes) -> list[Detection]:
        """Every secret that a rule finds, in no order; they may overlap."""
        parts = self._find_parts(text)
        if not parts:
            return []
        places = self._signs.locate(text, parts)
        return [
            found for index, at in places.items() for found in self._searches[index].find(text, at)
        ]

    def _find_parts(self, text: bytes) -> list[ByteRange]:
        """The parts of the text in which signs begin."""
        if self._any_sign is None:
            return [(0, len(text))]
        hits = (match.span(0) for match in self._any_sign.finditer(text))
        return list(_merge((at, min(to + _LONGEST_SIGN, len(text))) for at, to in hits))


def _compile_any_sign(rules: Sequence[Rule], engine: Engine) -> RegexPattern | None:
    """Finds something wherever a rule may, all in one pass; None where no pattern can say that."""
    shapes = _collect_shapes(rules, engine)
    if shapes is None:
        return None
    keywords = dict.fromkeys(keyword for rule in rules for keyword in rule.keywords)
    words = b"(?i:%s)" % b"|".join(map(re.escape, keywords))
    signs = [*shapes, words] if keywords else shapes
    return engine.compile(b"|".join(signs)) if signs else None


def _compile_any_shape(rules: Sequence[Rule], engine: Engine) -> RegexPattern | None:
    """The same for the rules that no keyword announces."""
    shapes = _collect_shapes(rules, engine)
    return engine.compile(b"|".join(shapes)) if shapes else None


def _collect_shapes(rules: Sequence[Rule], engine: Engine) -> list[bytes] | None:
    """Triggers, and the patterns of rules that have no sign; None where it is no use to join them,
    or they cannot be joined."""
    wholes = [rule for rule in rules if not rule.keywords and not rule.trigger]
    if not engine.is_faster_than_automaton or any(rule.group == "custom" for rule in wholes):
        return None
    sought = (rule.trigger or rule.pattern for rule in rules if rule.trigger or not rule.keywords)
    return [b"(?:%s)" % shape for shape in dict.fromkeys(sought)]


class _Signs:
    """Where each rule may find something: round keywords and triggers."""

    def __init__(self, rules: Sequence[Rule], engine: Engine) -> None:
        self._always = [
            index for index, rule in enumerate(rules) if not rule.keywords and not rule.trigger
        ]
        self._any_shape = _compile_any_shape(rules, engine)
        triggers = _group_by_sign((rule.trigger,) if rule.trigger else () for rule in rules)
        self._triggers = [(engine.compile(trigger), users) for trigger, users in triggers.items()]
        self._keywords = _Keywords(_group_by_sign(rule.keywords for rule in rules))

    def locate(self, text: bytes, parts: Sequence[ByteRange]) -> dict[int, list[ByteRange]]:
        """By the rules' indexes: where in these parts they should look, in rising order."""
        places: dict[int, list[ByteRange]] = {}
        if len(parts) * _BYTES_PER_PART < len(text):
            places.update(self._locate_shapes(text, parts))
        elif self._any_shape is None or next(self._any_shape.finditer(text), None) is not None:
            places.update(self._locate_shapes(text, [(0, len(text))]))
        for place, users in self._keywords.find(text, parts):
            for index in users:
                places.setdefault(index, []).append(place)
        return places

    def _locate_shapes(
        self, text: bytes, parts: Sequence[ByteRange]
    ) -> Iterator[tuple[int, list[ByteRange]]]:
        """The same for the rules that no keyword announces."""
        for index in self._always:
            yield index, [*parts]
        for trigger, users in self._triggers:
            found = [place for part in parts for place in _iter_stretches(trigger, text, *part)]
            for index in users if found else ():
                yield index, [*found]


def _iter_stretches(
    trigger: RegexPattern, text: bytes, start: int, end: int
) -> Iterator[ByteRange]:
    """Pieces of a part of the text in which all begins that the trigger finds there.

    A list of numbers may hold thousands of its matches: what follows one is not looked at closely.
    """
    first = max(start - 1, 0)  # a boundary depends on the byte before it
    part = text[first:end]
    at = start - first
    while match := next(trigger.finditer(part, at), None):
        begin, behind = match.span(0)
        at = max(behind, min(begin + _STRETCH, len(part)))
        yield first + begin, first + at


def _group_by_sign(signs: Iterable[Iterable[bytes]]) -> dict[bytes, list[int]]:
    """Which rules, by their indexes, have each sign."""
    users: dict[bytes, list[int]] = {}
    for index, some in enumerate(signs):
        for sign in some:
            users.setdefault(sign, []).append(index)
    return users


class _Keywords:
    """All keywords, sought at once."""

    def __init__(self, users: dict[bytes, list[int]]) -> None:
        self._longest = max(map(len, users), default=0)
        self._automaton = ahocorasick.Automaton()
        for keyword, indexes in users.items():
            self._automaton.add_word(keyword.decode("latin-1"), (len(keyword), indexes))
        self._automaton.make_automaton()

    def find(
        self, text: bytes, parts: Iterable[ByteRange]
    ) -> Iterator[tuple[ByteRange, list[int]]]:
        """Each keyword in these parts of a text, at least once, with the rules that have it."""
        for first, end in self._iter_slices(parts) if len(self._automaton) else ():
            piece = text[first:end].lower().decode("latin-1")
            for last, (length, users) in self._automaton.iter(piece):
                yield (first + last + 1 - length, first + last + 1), users

    def _iter_slices(self, stretches: Iterable[ByteRange]) -> Iterator[ByteRange]:
        """The same in pieces that take no long call, each with room for a keyword cut in two."""
        for start, end in stretches:
            for at in range(start, end, _SLICE):
                yield max(at - self._longest, start), min(at + _SLICE, end)


class _Search:
    """One rule, compiled."""

    def __init__(self, rule: Rule, engine: Engine) -> None:
        self._rule = rule
        compiled = engine.compile_text if rule.group == "custom" else engine.compile
        self._pattern = compiled(rule.pattern)
        self._groups = range(1, self._pattern.groups + 1)

    def find(self, text: bytes, places: Iterable[ByteRange]) -> Iterator[Detection]:
        """What the rule finds round these places."""
        spans: dict[ByteRange, None] = {}
        for start, end in _iter_windows(places, self._rule):
            spans.update(dict.fromkeys(self._find_in_window(text, start, end)))
        for start, end in spans:
            yield Detection(start, end, self._rule)

    def _find_in_window(self, text: bytes, start: int, end: int) -> Iterator[ByteRange]:
        """The secrets in a window, which grows while a match reaches its end."""
        first = max(start - 1, 0)  # a boundary depends on the byte before it
        window = text[first:end]
        matches = self._pattern.finditer(window, start - first)
        while match := next(matches, None):
            begin, reached = match.span(0)
            if first + reached >= end < len(text):
                yield from self._find_in_window(text, first + begin, end + 2 * (end - start))
                return
            at, to = self._find_secret(match) if self._groups else (begin, reached)
            if self._is_secret(window[at:to]):
                yield first + at, first + to
            elif at > begin:  # what was refused may hold the label of the next secret
                matches = self._pattern.finditer(window, at)

    def _find_secret(self, match: RegexMatch) -> ByteRange:
        groups = (match.span(group) for group in self._groups)
        return next((span for span in groups if span[0] >= 0), match.span(0))

    def _is_secret(self, value: bytes) -> bool:
        check = self._rule.check
        return bool(value) and (check is None or check(value))


def _iter_windows(places: Iterable[ByteRange], rule: Rule) -> Iterator[ByteRange]:
    """What a match with one of these keywords can reach."""
    return _merge((max(at - rule.window_before, 0), to + rule.window_after) for at, to in places)


def _merge(places: Iterable[ByteRange]) -> Iterator[ByteRange]:
    """The places in the order in which they begin, those that touch made one."""
    start, end = -1, -1
    for at, to in places:
        if at > end:
            if end >= 0:
                yield start, end
            start, end = at, to
        else:
            end = max(end, to)
    if end >= 0:
        yield start, end


def _compute_digest(rules: Sequence[Rule]) -> str:
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
    return check.__qualname__ if check else ""
