"""The tree of a filter, and its evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from runreel.core.filter.subject import FilterSubject
from runreel.core.filter.terms import (
    ArgumentPattern,
    FilterValue,
    TermRule,
    iter_texts,
    matches_argument,
    matches_number,
    matches_texts,
)
from runreel.core.filter.values import NumberRange, TextPattern


class FilterNode(Protocol):
    """A node of the tree."""

    @property
    def needs_trace(self) -> bool:
        """True if it may need the trace of an exchange."""
        ...

    @property
    def needs_texts(self) -> bool:
        """True if it may need the texts of the trace."""
        ...

    def matches(self, subject: FilterSubject) -> bool:
        """Return whether the exchange matches."""
        ...


@dataclass(frozen=True, slots=True)
class TermNode:
    """A term with its value; None for a flag."""

    rule: TermRule
    value: FilterValue | None

    @property
    def needs_trace(self) -> bool:
        """True if the term is not about the head alone."""
        return self.rule.needs_trace

    @property
    def needs_texts(self) -> bool:
        """True if the term is about texts."""
        return self.rule.needs_texts

    def matches(self, subject: FilterSubject) -> bool:
        """Return whether the term holds."""
        if isinstance(self.value, NumberRange):
            return matches_number(self.rule, self.value, subject)
        if isinstance(self.value, ArgumentPattern):
            return matches_argument(self.value, subject)
        return matches_texts(self.rule, self.value, subject)


@dataclass(frozen=True, slots=True)
class NumberNode:
    """Numbers of exchanges: ``#7``, ``#7..12``."""

    numbers: NumberRange
    needs_trace: bool = False
    needs_texts: bool = False

    def matches(self, subject: FilterSubject) -> bool:
        """Return whether the exchange has one of the numbers."""
        return self.numbers.matches(subject.head.number)


@dataclass(frozen=True, slots=True)
class WordNode:
    """A bare word: it occurs in the path or in an assembled text."""

    pattern: TextPattern
    needs_trace: bool = True
    needs_texts: bool = True

    def matches(self, subject: FilterSubject) -> bool:
        """Search the path first, since that needs no trace."""
        path = subject.head.request.target.decode("utf-8", "replace")
        return self.pattern.is_in(path) or any(map(self.pattern.is_in, iter_texts(subject.trace)))


@dataclass(frozen=True, slots=True)
class NotNode:
    """The exchanges that a node does not match."""

    node: FilterNode

    @property
    def needs_trace(self) -> bool:
        """True if the node may need a trace."""
        return self.node.needs_trace

    @property
    def needs_texts(self) -> bool:
        """True if the node may need texts."""
        return self.node.needs_texts

    def matches(self, subject: FilterSubject) -> bool:
        """Return whether the node does not match."""
        return not self.node.matches(subject)


class GroupNode:
    """Nodes of which all have to match (and), or one (or); cheap ones are asked first."""

    def __init__(self, nodes: Sequence[FilterNode], *, needs_all: bool) -> None:
        self.nodes = sorted(nodes, key=lambda node: (node.needs_trace, node.needs_texts))
        self.needs_all = needs_all
        self.needs_trace = any(node.needs_trace for node in nodes)
        self.needs_texts = any(node.needs_texts for node in nodes)

    def matches(self, subject: FilterSubject) -> bool:
        """Return whether all nodes match, or any of them."""
        outcomes = (node.matches(subject) for node in self.nodes)
        return all(outcomes) if self.needs_all else any(outcomes)


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; an empty one matches everything."""

    text: str
    root: FilterNode

    @property
    def needs_trace(self) -> bool:
        """True if it may need the trace of an exchange."""
        return self.root.needs_trace

    @property
    def needs_texts(self) -> bool:
        """True if it may need the texts of the trace."""
        return self.root.needs_texts

    def matches(self, subject: FilterSubject) -> bool:
        """Return whether the exchange matches; raises what ``subject.trace`` raises."""
        return self.root.matches(subject)
