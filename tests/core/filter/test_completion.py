"""Completion of the word of a filter that is being typed."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from runreel.core.filter.completion import complete_filter
from runreel.core.filter.parser import parse_filter
from runreel.core.trace.model import BlockKind, Trace
from runreel.model import ExchangeHead, LedgerEntry
from support.build import make_head
from support.trace_values import make_block, make_trace


class Subject(NamedTuple):
    """An exchange that is read."""

    head: ExchangeHead
    trace: Trace
    run_ids: tuple[str, ...] = ("run_abc",)
    is_miss: bool = False

    @property
    def facts(self) -> Trace:
        return self.trace


SUBJECTS = [
    Subject(
        make_head(
            operation=operation,
            session="check out",
            ledger=(LedgerEntry("email", "request.body", 1),),
        ),
        make_trace(make_block("{}", BlockKind.TOOL_CALL, name='say "hi"')),
    )
    for operation in ("runs.create", "runs.list", "messages.list", "runs.create")
]

ROWS = [
    ("a name begun", "sta|", ["status:"]),
    ("several names", "t|", ["ttft:", "took:", "tokens:", "text:", "tool:"]),
    ("in capitals", "STAT|", ["status:"]),
    ("nothing begun", "op:a |", []),
    ("a bare word", "lisbon|", []),
    ("values, each once", "op:runs.|", ["op:runs.create", "op:runs.list"]),
    ("no value begun", "op:|", ["op:messages.list", "op:runs.create", "op:runs.list"]),
    ("in the middle", "not (op:m| or text:a)", ["op:messages.list"]),
    ("a value with a space", "session:|", ['session:"check out"']),
    ("a value with quotes", "tool:|", ['tool:"say \\"hi\\""']),
    ("an end", "end:cl|", ["end:client_left", "end:closed"]),
    ("a rule", "redacted:e|", ["redacted:email"]),
    ("no such term", "stauts:4|", []),
    ("a number", "status:4|", []),
    ("a text", "text:re|", []),
    ("ids of several exchanges", "run:r|", []),
]


@pytest.mark.parametrize(("why", "text", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_words_that_may_stand_there(why: str, text: str, words: list[str]) -> None:
    offset = text.index("|")
    completed = complete_filter(text.replace("|", ""), offset, SUBJECTS)
    assert sorted(completed) == sorted(words)
    for word in completed:
        if not word.endswith(":"):
            parse_filter(word)


def test_twenty_at_most() -> None:
    subjects = [Subject(make_head(operation=f"op.{n}"), make_trace()) for n in range(50)]
    assert len(complete_filter("op:", 3, subjects)) == 20


def test_an_offset_behind_the_end_is_the_end() -> None:
    assert complete_filter("stat", 99, ()) == ("status:",)
