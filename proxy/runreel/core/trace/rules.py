"""The rules of a table, compiled, and sorted by the events that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from runreel.core.trace.model import BlockKind
from runreel.core.trace.paths import (
    MEMBERS,
    CompiledPath,
    Element,
    JsonScope,
    Steps,
    compile_each,
    compile_paths,
    find_text,
    find_value,
)
from runreel.core.trace.table import (
    ANY_EVENT,
    Conditions,
    EventRule,
    IdRule,
    TextMode,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)

_MAX_NAMES = 512
"""Most names of events whose rules are remembered; an API has some dozens."""

_MEMBERS_ALWAYS_READ = ("index", "status")
"""Names of members that are read without a rule: by ``[*]``, and for the summary of an event."""

_Paths = tuple[CompiledPath, ...]


class _EventBound(Protocol):
    @property
    def on(self) -> tuple[str, ...]: ...


_Rule = TypeVar("_Rule", bound=_EventBound)


class Condition(NamedTuple):
    """A value that a path must have, or must not have."""

    paths: _Paths
    expected: frozenset[str]
    is_negated: bool

    def holds(self, element: Element, scope: JsonScope) -> bool:
        """Return whether the value is as expected."""
        value = find_value(self.paths, element, scope)
        return self._is_expected(value) is not self.is_negated

    def _is_expected(self, value: object) -> bool:
        if value is None or value in ("", [], {}):
            return False
        if "*" in self.expected:
            return True
        if isinstance(value, str):
            return value in self.expected
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return isinstance(value, int | float) and text in self.expected


class BlockLabel(NamedTuple):
    """A fixed word, or where it is."""

    word: str
    paths: _Paths

    def find(self, element: Element, scope: JsonScope) -> str:
        """Return the word; empty if there is none."""
        return find_text(self.paths, element, scope) if self.paths else self.word


class CompiledText(NamedTuple):
    """A rule for a text, with its paths compiled."""

    rule: TextRule
    channel: str
    text: _Paths
    conditions: tuple[Condition, ...]
    key: tuple[_Paths, ...]
    name: _Paths
    call_id: _Paths
    role: BlockLabel
    type: BlockLabel
    owner: _Paths
    members: frozenset[str] | None
    """Members of an element without all of which it says nothing; None if that is not known."""

    def may_apply(self, element: Element) -> bool:
        """Return False if the element has nothing for the rule, which is fast to find out."""
        return _may_have(element.value, self.members)


def _may_have(value: object, members: frozenset[str] | None) -> bool:
    return members is None or not isinstance(value, dict) or not members.isdisjoint(value)


class TextNode(NamedTuple):
    """The rules for texts that are about the same objects, and those for objects within them."""

    step: str | int
    """Leads here from the node around."""
    rules: tuple[CompiledText, ...]
    nodes: tuple[TextNode, ...]
    members: frozenset[str] | None
    """As for ``CompiledText``: what the rules of all nodes need."""

    def may_be_in(self, members: dict[str, object]) -> bool:
        """Return False if the step leads to nothing in this object."""
        return self.step in members or self.step == MEMBERS

    def may_apply(self, element: Element) -> bool:
        """Return False if the element has nothing for any rule, which is fast to find out."""
        return _may_have(element.value, self.members)


class CompiledMark(NamedTuple):
    """A rule for events, with its paths compiled."""

    steps: Steps
    conditions: tuple[Condition, ...]


class CompiledValue(NamedTuple):
    """A rule for a value or an id, with its path compiled."""

    name: str
    steps: Steps
    conditions: tuple[Condition, ...]


class CompiledUsage(NamedTuple):
    """A rule for reported tokens, with its paths compiled."""

    steps: Steps
    counts: tuple[tuple[str, _Paths], ...]
    """The field of ``TraceUsage``, and where it is."""
    key: tuple[_Paths, ...]
    members: frozenset[str] | None
    """As for ``CompiledText``."""

    def may_apply(self, element: Element) -> bool:
        """Return False if the element has nothing for the rule, which is fast to find out."""
        return _may_have(element.value, self.members)


class EventRules(NamedTuple):
    """The rules for events of one name."""

    is_keepalive: bool
    texts: TextNode
    terminal: tuple[CompiledMark, ...]
    usage: tuple[CompiledUsage, ...]
    models: tuple[CompiledValue, ...]
    status: tuple[CompiledValue, ...]
    labels: tuple[CompiledValue, ...]
    ids: tuple[CompiledValue, ...]
    fact_members: frozenset[str] | None
    """Members of an object without all of which it has no model, status, label or id."""
    members: ReadMembers

    def may_have_facts(self, value: object) -> bool:
        """Return False if a value has no model, status, label or id, which is fast to find out."""
        return _may_have(value, self.fact_members)


class ReadMembers(NamedTuple):
    """Names of the members that the rules for an event read."""

    texts: frozenset[str]
    """Those with texts, of which rules ask nothing else than whether they are empty."""
    others: frozenset[str]
    """Those whose values decide about something; ``*`` if that may be any or the event's number."""
    names: frozenset[str]
    """All of them."""

    def is_only_text(self, member: str) -> bool:
        """Return whether nothing but a text is read from a member."""
        return member in self.texts and self.others.isdisjoint((member, MEMBERS))


class CompiledTable:
    """A table whose rules are looked up by the name of an event."""

    def __init__(self, table: TraceTable) -> None:
        self.table = table
        self.terminal_data = frozenset(rule.data for rule in table.terminal if rule.data)
        """The data, not JSON, of terminal events."""
        self.request_texts = _build_tree(table.request_texts)
        """The rules for the conversation in a request."""
        self.request_ids = tuple(map(_compile_value, table.request_ids))
        self._patterns = _collect_patterns(table)
        self._rules: dict[str, EventRules] = {}
        self._rules_of_others: EventRules | None = None

    def find_rules(self, name: str) -> EventRules:
        """Return the rules for events of this name.

        Names that no rule names share the rules for all events.
        """
        rules = self._rules.get(name)
        if rules is None:
            if len(self._rules) >= _MAX_NAMES:
                self._rules.clear()
            rules = self._rules[name] = self._choose_rules(name)
        return rules

    def _choose_rules(self, name: str) -> EventRules:
        if any(_matches(pattern, name) for pattern in self._patterns):
            return _build_rules(self.table, name)
        if self._rules_of_others is None:
            self._rules_of_others = _build_rules(self.table, name)
        return self._rules_of_others


@lru_cache(64)
def compile_table(table: TraceTable) -> CompiledTable:
    """Return the table in a form that is fast to evaluate."""
    return CompiledTable(table)


def _collect_patterns(table: TraceTable) -> frozenset[str]:
    """Return the names and patterns by which any rule is about some events only."""
    groups: Iterable[Sequence[_EventBound]] = (
        *(table.texts, table.terminal, table.usage, table.models, table.status),
        *(table.labels, table.ids),
    )
    names = {name for group in groups for rule in group for name in rule.on}
    return frozenset(names | {*table.keepalive}) - {*ANY_EVENT}


def _build_rules(table: TraceTable, name: str) -> EventRules:
    marks = (rule for rule in _iter_matching(table.terminal, name) if not rule.data)
    texts = [*_iter_matching(table.texts, name)]
    models = tuple(map(_compile_value, _iter_matching(table.models, name)))
    status = tuple(map(_compile_value, _iter_matching(table.status, name)))
    labels = tuple(map(_compile_value, _iter_matching(table.labels, name)))
    ids = tuple(map(_compile_value, _iter_matching(table.ids, name)))
    facts = (rule.steps for rule in (*models, *status, *labels, *ids))
    return EventRules(
        is_keepalive=name in table.keepalive,
        texts=_build_tree(texts),
        terminal=tuple(map(_compile_mark, marks)),
        usage=tuple(map(_compile_usage, _iter_matching(table.usage, name))),
        models=models,
        status=status,
        labels=labels,
        ids=ids,
        fact_members=_list_first_members(facts),
        members=_collect_read_members(texts, table, name),
    )


def _collect_read_members(texts: Iterable[TextRule], table: TraceTable, name: str) -> ReadMembers:
    """Return the last names of all paths in the rules for an event: only there are values read."""
    of_texts, others = set[str](), {*table.kind_members, *_MEMBERS_ALWAYS_READ}
    for rule in texts:
        of_texts |= _list_ends(rule.each, rule.text)
        labels = (rule.name, rule.call_id, rule.role, rule.type, rule.owner)
        keys = (path for path in rule.key if path != "@number")  # such a block has one event
        for path in (*keys, *labels, *(path for path, _ in rule.when)):
            others |= set() if path.startswith("=") else _list_ends(rule.each, path)
    for mark in _iter_matching(table.terminal, name):
        for path, _ in mark.when:
            others |= _list_ends(mark.each, path)
    for usage in _iter_matching(table.usage, name):
        counts = (usage.input, usage.cached, usage.output, usage.reasoning, usage.total)
        for path in (*counts, *usage.key):
            others |= _list_ends(usage.each, path)
    values: Iterable[ValueRule | IdRule] = (*table.models, *table.status, *table.labels, *table.ids)
    for value in values:
        others |= _list_ends(value.path, ".")
        for path, _ in value.when:
            others |= _list_ends("", path)
    return ReadMembers(frozenset(of_texts), frozenset(others), frozenset(of_texts | others))


def _list_ends(each: str, text: str) -> set[str]:
    """Return the name of the member to which each alternative of a path leads, if it is one."""
    ends = set()
    for path in compile_paths(text):
        steps = path.steps if path.start else (*compile_each(each), *path.steps)
        if path.start == "@number":
            ends.add(MEMBERS)
        elif steps and isinstance(steps[-1], str):
            ends.add(steps[-1])
    return ends


def _iter_matching(rules: Iterable[_Rule], name: str) -> Iterator[_Rule]:
    return (rule for rule in rules if any(_matches(pattern, name) for pattern in rule.on))


def _matches(pattern: str, name: str) -> bool:
    if "*" not in pattern:
        return pattern == name
    return pattern == "*" or _compile_pattern(pattern).fullmatch(name) is not None


@lru_cache(1024)
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _build_tree(rules: Iterable[TextRule]) -> TextNode:
    return _build_node("", [(compile_each(rule.each), rule) for rule in rules])


def _build_node(step: str | int, rules: Sequence[tuple[Steps, TextRule]]) -> TextNode:
    """Return the node of some rules, whose steps lead on from it."""
    inner: dict[str | int, list[tuple[Steps, TextRule]]] = {}
    for steps, rule in rules:
        if steps:
            inner.setdefault(steps[0], []).append((steps[1:], rule))
    here = tuple(_compile_text(rule) for steps, rule in rules if not steps)
    nodes = tuple(_build_node(each, rest) for each, rest in inner.items())
    of_nodes = _list_first_members((node.step,) for node in nodes)
    sets = [of_nodes, *(rule.members for rule in here)]
    members = frozenset[str]().union(*filter(None, sets)) if None not in sets else None
    return TextNode(step, here, nodes, members)


def _list_first_members(paths: Iterable[Steps]) -> frozenset[str] | None:
    """Return the members of an object in which these paths begin; None if any may begin one."""
    steps = {path[0] if path else MEMBERS for path in paths}
    return None if MEMBERS in steps else frozenset(step for step in steps if isinstance(step, str))


def _compile_text(rule: TextRule) -> CompiledText:
    if rule.kind is BlockKind.ERROR:
        key = (*rule.key, "@number")
        rule = replace(rule, key=key, mode=TextMode.WHOLE, is_fallback=True)
    return CompiledText(
        rule=rule,
        channel=rule.channel or rule.kind.value,
        text=compile_paths(rule.text),
        conditions=_compile_conditions(rule.when),
        key=tuple(map(compile_paths, rule.key)),
        name=compile_paths(rule.name),
        call_id=compile_paths(rule.call_id),
        role=_compile_label(rule.role),
        type=_compile_label(rule.type),
        owner=compile_paths(rule.owner),
        members=_collect_members(rule),
    )


def _collect_members(rule: TextRule) -> frozenset[str] | None:
    """Return the members in which the texts and labels of a rule begin."""
    texts = (rule.text, rule.name, rule.call_id)
    return _list_members(path for text in texts for path in compile_paths(text))


def _list_members(paths: Iterable[CompiledPath]) -> frozenset[str] | None:
    """Return the members in which paths begin; None if one begins elsewhere."""
    first_steps = [path.steps[0] if path.steps and not path.start else 0 for path in paths]
    members = frozenset(step for step in first_steps if isinstance(step, str))
    return members if len(members) == len({*first_steps}) else None


def _compile_label(text: str) -> BlockLabel:
    is_word = text.startswith("=")
    return BlockLabel(text[1:], ()) if is_word else BlockLabel("", compile_paths(text))


def _compile_conditions(conditions: Conditions) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            compile_paths(path),
            frozenset(value.removeprefix("!").split("|")),
            is_negated=value.startswith("!"),
        )
        for path, value in conditions
    )


def _compile_mark(rule: EventRule) -> CompiledMark:
    return CompiledMark(compile_each(rule.each), _compile_conditions(rule.when))


def _compile_value(rule: ValueRule | IdRule) -> CompiledValue:
    name = rule.name if isinstance(rule, IdRule) else ""
    return CompiledValue(name, compile_each(rule.path), _compile_conditions(rule.when))


def _compile_usage(rule: UsageRule) -> CompiledUsage:
    paths: Sequence[tuple[str, str]] = (
        ("input_tokens", rule.input),
        ("cached_tokens", rule.cached),
        ("output_tokens", rule.output),
        ("reasoning_tokens", rule.reasoning),
        ("total_tokens", rule.total),
    )
    counts = tuple((name, compile_paths(path)) for name, path in paths if path)
    members = _list_members(path for _, alternatives in counts for path in alternatives)
    key = tuple(map(compile_paths, rule.key))
    return CompiledUsage(compile_each(rule.each), counts, key, members)
