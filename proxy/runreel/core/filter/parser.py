r"""Parse a filter. The grammar, in the notation of RFC 5234 with ``|`` for alternatives:

.. code:: none

    filter      = [ disjunction ]
    disjunction = conjunction *( "or" conjunction )
    conjunction = negation *( [ "and" ] negation )
    negation    = *"not" ( "(" disjunction ")" | term )
    term        = name ":" value | flag | "#" range | word
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runreel.core.filter.lexer import Token, WordPart, split_tokens
from runreel.core.filter.mistake import build_filter_error, find_nearest, suggest
from runreel.core.filter.nodes import (
    Filter,
    FilterNode,
    GroupNode,
    NotNode,
    NumberNode,
    TermNode,
    WordNode,
)
from runreel.core.filter.terms import ENDS, TERMS, UNITS, ArgumentPattern, FilterValue, TermKind
from runreel.core.filter.values import TextPattern, parse_range
from runreel.core.jsonpath import JsonPath
from runreel.errors import FilterError

MAX_LENGTH = 4000
"""Characters of a filter."""
MAX_DEPTH = 32
"""Levels of parentheses and of ``not``."""
MAX_TERMS = 200

KEYWORDS = ("and", "or", "not")

_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*):")
_NUMBERS = re.compile(r"#(?:[0-9]{1,9}|(?=[0-9.]*[0-9])[0-9]{0,9}\.\.[0-9]{0,9})")


def parse_filter(text: str) -> Filter:
    """Parse a filter; an empty one matches everything. Raise ``FilterError``."""
    if len(text) > MAX_LENGTH:
        reason = f"a filter has at most {MAX_LENGTH} characters, not {len(text)}"
        raise build_filter_error(text, reason, MAX_LENGTH, len(text))
    return Filter(text, _Parser(text).parse())


class _Parser:
    """Reads tokens from left to right; the grammar needs one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(split_tokens(text))
        self._at = 0
        self._depth = 0
        self._terms = 0

    def parse(self) -> FilterNode:
        if not self._tokens:
            return GroupNode((), needs_all=True)
        node = self._parse_disjunction()
        if token := self._peek():
            raise self._fail('there is no "(" for this ")"', token)
        return node

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next_is(self, *keywords: str) -> bool:
        token = self._peek()
        return token is not None and (token.keyword if token.parts else token.text) in keywords

    def _fail(
        self, reason: str, token: Token | WordPart | None, suggestion: str = ""
    ) -> FilterError:
        end = len(self._text)
        start, end = (end, end) if token is None else (token.start, token.end)
        return build_filter_error(self._text, reason, start, end, suggestion)

    def _parse_disjunction(self) -> FilterNode:
        nodes = [self._parse_conjunction()]
        while self._next_is("or"):
            self._at += 1
            nodes.append(self._parse_conjunction())
        return nodes[0] if len(nodes) == 1 else GroupNode(nodes, needs_all=False)

    def _parse_conjunction(self) -> FilterNode:
        nodes = [self._parse_negation()]
        while self._peek() is not None and not self._next_is("or", ")"):
            if self._next_is("and"):
                self._at += 1
            nodes.append(self._parse_negation())
        return nodes[0] if len(nodes) == 1 else GroupNode(nodes, needs_all=True)

    def _parse_negation(self) -> FilterNode:
        token = self._peek()
        if token is None or self._next_is("and", "or", ")"):
            raise self._fail(f"a term is missing here{_suggest_quotes(token)}", token)
        self._at += 1
        if token.text not in ("(", ")") and token.keyword != "not":
            return self._parse_term(token)
        self._enter(token)
        node = NotNode(self._parse_negation()) if token.parts else self._parse_group(token)
        self._depth -= 1
        return node

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fail(f"a filter has at most {MAX_DEPTH} levels", token)

    def _parse_group(self, opening: Token) -> FilterNode:
        node = self._parse_disjunction()
        if not self._next_is(")"):
            raise self._fail('this "(" is not closed', opening)
        self._at += 1
        return node

    def _parse_term(self, token: Token) -> FilterNode:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._fail(f"a filter has at most {MAX_TERMS} terms", token)
        first = token.parts[0]
        name = None if first.is_quoted else _NAME.match(first.text)
        if name is not None:
            return self._parse_named(name[1], token)
        if first.text.startswith("#") and not first.is_quoted:
            return self._parse_numbers(token)
        rule = TERMS.get(token.keyword)
        if rule is not None and rule.is_flag:
            return TermNode(rule, None)
        return WordNode(TextPattern(token.parts))

    def _parse_numbers(self, token: Token) -> FilterNode:
        match = _NUMBERS.fullmatch(token.text)
        if match is None:
            raise self._fail('write a number such as "#7", or a range such as "#7..12"', token)
        return NumberNode(parse_range(token.text[1:], {"": 1}))

    def _parse_named(self, name: str, token: Token) -> FilterNode:
        first, *others = token.parts
        start = first.start + len(name) + 1
        rule = TERMS.get(name.lower())
        if rule is None:
            nearest = find_nearest(name, TERMS)
            hint = suggest(nearest) or _suggest_quotes(token)
            word = WordPart(name, first.start, start - 1, is_quoted=False)
            raise self._fail(f'there is no term "{name}"{hint}', word, nearest)
        rest = first._replace(text=first.text[len(name) + 1 :], start=start)
        parts = [part for part in (rest, *others) if part.text or part.is_quoted]
        value = Token(self._text[start : token.end], start, token.end, tuple(parts))
        if not parts:
            raise self._fail(f'"{name}:" needs a value: {rule.kind.value}', token)
        return TermNode(rule, self._parse_value(rule.kind, value))

    def _parse_value(self, kind: TermKind, value: Token) -> FilterValue:
        try:
            if kind in UNITS:
                return parse_range("".join(part.text for part in value.parts), UNITS[kind])
            if kind is TermKind.ARGUMENT:
                return _parse_argument(value.parts)
        except ValueError as error:
            raise self._fail(str(error), value) from None
        pattern = TextPattern(value.parts)
        if kind is TermKind.END and not any(map(pattern.matches, ENDS)):
            nearest = find_nearest(pattern.text, ENDS)
            hint = suggest(nearest) or f"; the ends are {', '.join(ENDS)}"
            raise self._fail(f'there is no end "{pattern.text}"{hint}', value, nearest)
        return pattern


def _suggest_quotes(token: Token | None) -> str:
    """Return the advice to quote a word that is to be searched; empty for a parenthesis."""
    return f'; to search for this text, quote it: "{token.text}"' if token and token.parts else ""


def _parse_argument(parts: Sequence[WordPart]) -> ArgumentPattern:
    """Parse ``city=Lisbon``, ``address.city="New York"``, ``city``; raise ValueError."""
    first, *others = parts
    path, equals, text = ("", "", "") if first.is_quoted else first.text.partition("=")
    if not path:
        raise ValueError("write the name of an argument, and perhaps its value: city=Lisbon")
    value = [part for part in (first._replace(text=text), *others) if part.text or part.is_quoted]
    if others and not equals:
        raise ValueError('write "=" between the argument and its value: city="New York"')
    separator = "" if path.startswith(("$", "[", ".")) else "."
    root = "" if path.startswith("$") else "$"
    return ArgumentPattern(
        JsonPath.parse(f"{root}{separator}{path}"), TextPattern(value) if equals else None
    )
