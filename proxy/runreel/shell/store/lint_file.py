"""Linting a whole cassette file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from runreel.core.dialect import Dialect, DialectFinder
from runreel.core.explain.rule_check import check_rules
from runreel.core.lint.cassette_checks import (
    MAX_REDACTED,
    MAX_REDACTED_BYTES,
    check_calls,
    check_rules_in_force,
)
from runreel.core.lint.exchange_checks import LintContext, check_exchange
from runreel.core.lint.findings import LintFinding
from runreel.core.match.matching import Matching, learn_answers
from runreel.core.trace.build import build_trace
from runreel.model import Exchange, ExchangeHead, Request
from runreel.shell.store.reader import CassetteReader

Selects = Callable[[CassetteReader, ExchangeHead], bool]


class LintProgress(Protocol):
    """Shows how many exchanges have been checked."""

    def begin(self, total: int) -> None:
        """Count anew, up to ``total``."""
        ...

    def advance(self) -> None:
        """Count one more."""
        ...


def lint_cassette(
    path: Path,
    context: LintContext,
    matching: Matching,
    *,
    redact: Callable[[ExchangeHead], Request],
    is_outdated: Callable[[Exchange], bool],
    find_dialect: DialectFinder,
    selects: Selects,
    progress: LintProgress | None = None,
) -> Iterator[LintFinding]:
    """Yield the findings of the selected exchanges of a cassette.

    ``redact`` is as for ``check_rules``; ``is_outdated`` says whether the rules in force would
    change an exchange; ``matching`` must be new; ``progress`` counts exchanges. Raises
    ``CassetteError`` if the file is damaged or cannot be read.
    """
    with CassetteReader.open(path) as reader:
        reader.raise_if_damaged()
        selected = [head for head in reader.heads if selects(reader, head)]
        of_cassette = context._replace(upstream=reader.header.upstream)
        outdated, step = [], -(-len(selected) // MAX_REDACTED)
        redacted_again = {head.number for head in selected[:: step or 1] if _is_short(head)}
        if progress is not None:
            progress.begin(len(selected))
        for head in selected:
            exchange = reader.read_exchange(head.number)
            yield from _check_trace(exchange, find_dialect(head.request), of_cassette)
            if head.number in redacted_again and is_outdated(exchange):
                outdated.append(head.number)
            if progress is not None:
                progress.advance()
        yield from check_rules_in_force(outdated, step)
        learn_answers(matching, selected, reader.read_answer_headers)
        rule_check = check_rules(
            selected,
            matching,
            redact=lambda head: redact(head) if head.number in redacted_again else head.request,
            find_omitted_reason=lambda number: reader.read_answer(number).omitted,
        )
        yield from check_calls(rule_check)


def _is_short(head: ExchangeHead) -> bool:
    """Return whether an exchange may be redacted to see if the rules in force change it."""
    request = head.request
    return len(request.target) + len(request.body) + head.size <= MAX_REDACTED_BYTES


def _check_trace(
    exchange: Exchange, dialect: Dialect, context: LintContext
) -> Iterator[LintFinding]:
    """Yield the findings of one exchange, whose trace takes memory until they are there."""
    trace = build_trace(exchange, dialect, places=False)
    yield from check_exchange(exchange, trace, context)
