"""Complete the word of a filter that is being typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runreel.core.filter.subject import FilterSubject
from runreel.core.filter.terms import ENDS, TERMS, TermKind, TermRule

_WORD_BEFORE = re.compile(r'[^\s()"]*\Z')
_PLAIN_VALUE = re.compile(r"[\w./@+-]+")
_MAX_COMPLETIONS = 20
_OF_SEVERAL = frozenset({"run", "miss"})
"""Terms whose values need more than the exchange itself."""


def complete_filter(text: str, offset: int, subjects: Iterable[FilterSubject]) -> tuple[str, ...]:
    """Return words that may replace the one before an offset, at most 20.

    For the begin of a word these are the names of terms; for the begin of a term's value, the
    values that the subjects have, whose answers must have been read.
    """
    word = _WORD_BEFORE.search(text[:offset])
    name, colon, value = (word.group() if word else "").partition(":")
    if not colon:
        return tuple(f"{term}:" for term in TERMS if name and term.startswith(name.lower()))
    rule = TERMS.get(name.lower())
    if rule is None or name.lower() in _OF_SEVERAL:
        return ()
    values = sorted({each for each in _iter_values(rule, subjects) if _matches(each, value)})
    return tuple(f"{name}:{_quote(each)}" for each in values[:_MAX_COMPLETIONS])


def _iter_values(rule: TermRule, subjects: Iterable[FilterSubject]) -> Iterator[str]:
    if rule.kind is TermKind.END:
        yield from ENDS
    elif rule.kind is TermKind.NAME and rule.get_texts is not None:
        for subject in subjects:
            yield from rule.get_texts(subject)


def _matches(value: str, beginning: str) -> bool:
    return value != "" and value.lower().startswith(beginning.lower())


def _quote(value: str) -> str:
    if _PLAIN_VALUE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
