"""Where the secrets in a text are: few rules run, and these only where they may find something.

One pass of an automaton (Aho and Corasick, "Efficient string matching", 1975) over the text in
lower case finds the rules' keywords; each rule then searches the window that a match with this
keyword can reach. No single call takes long, so that other threads go on meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import ahocorasick

from runreel.core.redact.engine import ENGINE, Engine
from runreel.core.redact.rules.rule import Check, Rule

Place: TypeAlias = tuple[int, int]
"""Start and end, in bytes."""

_SLICE = 1 << 16
_REACH = 512
"""How far behind its keyword a match is sought at first; one that gets there is sought further."""

_VERSION = 1
"""Goes up when the same rules find something else."""


class Detected(NamedTuple):
    """A secret in a text, in bytes."""

    start: int
    end: int
    rule: Rule


class Detector:
    """Rules at work; several threads may share one."""

    def __init__(self, rules: Sequence[Rule], engine: Engine = ENGINE) -> None:
        self._keywords = _Keywords(rules)
        self._searches = tuple(_Search(rule, engine) for rule in rules)
        self.digest = _digest(rules)
        """Names the rules: equal ones have equal digests, in any process and with any engine."""

    def find(self, text: bytes) -> list[Detected]:
        """Every secret that a rule finds, in no order; they may overlap."""
        places = self._keywords.places(text)
        return [
            found for index, at in places.items() for found in self._searches[index].found(text, at)
        ]


class _Keywords:
    """Where each rule may find something."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._always = [index for index, rule in enumerate(rules) if not rule.keywords]
        users: dict[bytes, list[int]] = {}
        for index, rule in enumerate(rules):
            for keyword in rule.keywords:
                users.setdefault(keyword, []).append(index)
        self._overlap = max(map(len, users), default=1) - 1
        self._automaton = _automaton(users)

    def places(self, text: bytes) -> dict[int, list[Place]]:
        """By the rules' indexes: where their keywords stand, in rising order."""
        places: dict[int, list[Place]] = {index: [(0, len(text))] for index in self._always}
        for start, end, users in self._hits(text):
            for index in users:
                places.setdefault(index, []).append((start, end))
        return places

    def _hits(self, text: bytes) -> Iterator[tuple[int, int, list[int]]]:
        for begin in range(0, len(text) if len(self._automaton) else 0, _SLICE):
            first = max(begin - self._overlap, 0)
            piece = text[first : begin + _SLICE].lower().decode("latin-1")
            for last, (length, users) in self._automaton.iter(piece):
                end = first + last + 1
                if end > begin:  # else it was found in the slice before
                    yield end - length, end, users


def _automaton(users: dict[bytes, list[int]]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for keyword, indexes in users.items():
        automaton.add_word(keyword.decode("latin-1"), (len(keyword), indexes))
    if users:
        automaton.make_automaton()
    return automaton


class _Search:
    """One rule, compiled."""

    def __init__(self, rule: Rule, engine: Engine) -> None:
        self._rule = rule
        self._pattern = engine.compile(rule.pattern)
        self._group = min(self._pattern.groups, 1)

    def found(self, text: bytes, places: Iterable[Place]) -> Iterator[Detected]:
        """What the rule finds round these places."""
        spans: dict[Place, None] = {}
        for start, end in _windows(places, self._rule.before):
            spans.update(dict.fromkeys(self._in_window(text, start, end)))
        for start, end in spans:
            if self._rule.check is None or self._rule.check(text[start:end]):
                yield Detected(start, end, self._rule)

    def _in_window(self, text: bytes, start: int, end: int) -> Iterator[Place]:
        """The secrets in a window, which grows while a match reaches its end."""
        first = max(start - 1, 0)  # a boundary depends on the byte before it
        for match in self._pattern.finditer(text[first:end], start - first):
            begin, reached = match.span(0)
            if first + reached >= end < len(text):
                yield from self._in_window(text, first + begin, end + 2 * (end - start))
                return
            at, to = match.span(self._group)
            if at < to:
                yield first + at, first + to


def _windows(places: Iterable[Place], before: int) -> Iterator[Place]:
    """What a match with one of these keywords can reach; windows that overlap are one."""
    start, end = -1, -1
    for at, to in places:
        begin = max(at - before, 0)
        if begin > end:
            if end >= 0:
                yield start, end
            start = begin
        end = to + _REACH
    if end >= 0:
        yield start, end


def _digest(rules: Sequence[Rule]) -> str:
    contents = sorted(
        (rule.name, rule.keywords, rule.pattern, rule.before, _named(rule.check)) for rule in rules
    )
    return "rules-" + hashlib.sha256(repr((_VERSION, contents)).encode()).hexdigest()[:12]


def _named(check: Check | None) -> str:
    return check.__qualname__ if check else ""
