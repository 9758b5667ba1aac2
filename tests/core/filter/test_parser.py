"""The filter language: what matches, what it reads, and the answers to mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.filter.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_filter
from runreel.core.filter.terms import TERMS
from runreel.core.filter.values import SIZE_UNITS, TIME_UNITS
from runreel.core.inspector.condensed import condense_trace
from runreel.core.trace.model import BlockKind, EventKind, Trace, TraceEvent, TraceUsage
from runreel.errors import FilterError
from runreel.model import End, ExchangeHead, LedgerEntry, Problem, Timings
from support.build import STARTED_NS, make_head, make_request
from support.trace_values import make_block, make_timing, make_trace

DOCUMENT = (Path(__file__).parents[3] / "docs" / "filter.md").read_text(encoding="utf-8")

HEAD = make_head(
    number=7,
    session="checkout",
    request=make_request(target=b"/v1/threads/thread_1/runs?limit=20"),
    end=End.RESET,
    operation="runs.create",
    summary={"model": "gpt-4o"},
    ledger=(LedgerEntry("email", "request.body", 2),),
    timings=Timings(started_ns=STARTED_NS, head_us=500, end_us=12_000_000),
)
TRACE = make_trace(
    make_block("I will look up the Refund."),
    make_block('{"city": "Lisbon", "at": {"days": [3, true]}}', BlockKind.TOOL_CALL, name="get"),
    conversation=(make_block("Where is (my) order? In my order."),),
    events=(TraceEvent(1, 5, 5, 0, 9, 0, 0, "thread.run.failed", EventKind.ERROR, (), ""),),
    usage=TraceUsage("gpt-4o", "gpt-4o-2024", input_tokens=4000, output_tokens=500),
    timing=make_timing(first_content_us=2_500_000, gaps_us=(10, 6_000_000, 20)),
    problems=(Problem("events[3]", "is not JSON"),),
)


class Subject(NamedTuple):
    """An exchange with everything."""

    head: ExchangeHead = HEAD
    trace: Trace = TRACE
    run_ids: tuple[str, ...] = ("run_abc",)
    is_miss: bool = False

    @property
    def facts(self) -> Trace:
        return self.trace


class WithoutTexts(NamedTuple):
    """An exchange of whose trace only the facts are known."""

    head: ExchangeHead = HEAD
    facts: Trace = condense_trace(TRACE)
    run_ids: tuple[str, ...] = ("run_abc",)
    is_miss: bool = False

    @property
    def trace(self) -> Trace:
        pytest.fail("the texts were read")


class Unread:
    """An exchange whose answer must not be read."""

    head = HEAD
    is_miss = False

    @property
    def trace(self) -> Trace:
        raise AssertionError("the trace was built")

    @property
    def facts(self) -> Trace:
        raise AssertionError("the trace was built")

    @property
    def run_ids(self) -> tuple[str, ...]:
        raise AssertionError("the runs were sought")


MATCHES = [
    ("everything", "", "   "),
    ("an operation", "op:runs.create", "op:runs.*"),
    ("a status", "status:200", "status:>=200", "status:200..299"),
    ("an end", "end:reset", "end:RESET", "end:re*"),
    ("a model as asked and as answered", "model:gpt-4o", "model:gpt-4o-2024"),
    ("the first content", "ttft:>2s", "ttft:2s..3s"),
    ("the time it took", "took:>10s", "took:<=12s"),
    ("the longest gap", "gap:>5s", "gap:6000ms"),
    ("bytes", "bytes:<1MB"),
    ("tokens, added up", "tokens:>4000", "tokens:4.5k"),
    ("an event", "event:thread.run.failed", "event:thread.*"),
    ("a text", 'text:"refund"', "text:refund", "text:look*up", 'text:"(my) order"'),
    ("a tool", "tool:get"),
    ("an argument", "arg:city=lisbon", "arg:city", "arg:at.days[0]=3", "arg:$..days=true"),
    ("an argument that holds others", "arg:at", "arg:at=3"),
    ("a session", "session:check*"),
    ("a rule", "redacted:email", "redacted"),
    ("a problem", "problem", "problem:json"),
    ("a run", "run:run_abc"),
    ("numbers", "#7", "#7..12", "#..7", "#1..7", "#7.."),
    ("words in the path and in texts", "thread_1", "limit=20", "refund", '"my order"'),
    ("both", "status:200 end:reset", "status:200 and end:reset", "status:200 AND end:reset"),
    ("either", "status:500 or end:reset", "status:500 or (status:404 or refund)"),
    ("not", "not status:500", "not not status:200", "not (status:500 or miss)"),
    ("or binds less than and", "status:200 or status:500 end:closed"),
    ("and binds less than not", "not status:500 end:reset"),
    ("a quoted keyword is a word", '"look" "up"'),
    ("text that looks like no term", "limit=20", "2024:1 or refund"),
]
MISMATCHES = [
    ("op:runs", "a part of a name"),
    ("status:>200", "another status"),
    ("end:closed", "another end"),
    ("model:gpt-5*", "another model"),
    ("ttft:>3s", "a later first content"),
    ("gap:>7s", "a longer gap"),
    ("bytes:>1MB", "a larger answer"),
    ("tokens:>5k", "more tokens"),
    ("event:done", "another event"),
    ('text:"look*up"', "a wildcard in quotes"),
    ("tool:ge", "a part of a tool's name"),
    ("arg:town", "another argument"),
    ("arg:city=Paris", "another value"),
    ("arg:days=3", "an argument of another level"),
    ("redacted:phone", "another rule"),
    ("problem:xml", "another problem"),
    ("miss", "a cassette has no misses"),
    ("run:run_b", "another run"),
    ("#8", "another number"),
    ("#8..", "later numbers"),
    ("lisbon paris", "one word of two"),
    ("not refund", "a word that is there"),
    ("(status:200 or status:500) end:closed", "parentheses bind closest"),
]


@pytest.mark.parametrize(
    "text", [text for _, *texts in MATCHES for text in texts], ids=lambda text: text or "nothing"
)
def test_matches(text: str) -> None:
    assert parse_filter(text).matches(Subject())


@pytest.mark.parametrize(("text", "why"), MISMATCHES, ids=[row[0] for row in MISMATCHES])
def test_does_not_match(text: str, why: str) -> None:
    assert not parse_filter(text).matches(Subject())


def test_a_miss() -> None:
    assert parse_filter("miss").matches(Subject(is_miss=True))


@pytest.mark.parametrize("text", ["ttft:<1h", "gap:<1h", "tokens:>=0"])
def test_what_an_answer_lacks_matches_no_comparison(text: str) -> None:
    assert not parse_filter(text).matches(Subject(trace=make_trace()))


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '"a"', "city"])
def test_arguments_that_are_no_json_object(text: str) -> None:
    trace = make_trace(make_block(text, BlockKind.TOOL_CALL))
    assert not parse_filter("arg:city=a").matches(Subject(trace=trace))


CHEAP = [
    "op:x status:200 end:reset took:>1s bytes:>0 session:c redacted miss #7",
    "text:refund op:other",
    "not end:reset problem",
    "refund op:other or thread_1",
    "status:200 or text:refund",
]


@pytest.mark.parametrize("text", CHEAP)
def test_the_answer_is_read_only_if_the_head_leaves_it_open(text: str) -> None:
    parse_filter(text).matches(Unread())


def test_terms_about_the_head_need_no_trace() -> None:
    heads = {name for name, rule in TERMS.items() if not rule.needs_trace}
    assert heads == {"op", "status", "end", "took", "bytes", "session", "redacted", "miss"}
    assert not parse_filter("#7 (op:a or not status:3)").needs_trace
    assert parse_filter("#7 (op:a or not text:3)").needs_trace


@pytest.mark.parametrize(
    "text", [text for _, *texts in MATCHES for text in texts], ids=lambda text: text or "nothing"
)
def test_terms_that_are_not_about_texts_do_not_read_them(text: str) -> None:
    parsed = parse_filter(text)
    if not parsed.needs_texts:
        assert parsed.matches(WithoutTexts())


def test_terms_about_texts() -> None:
    assert {name for name, rule in TERMS.items() if rule.needs_texts} == {"text", "arg"}
    assert parse_filter("op:a (word or status:3)").needs_texts
    assert not parse_filter("not problem #7").needs_texts


MISTAKES = [
    ("stauts:>=400", 'there is no term "stauts"; did you mean "status"?', "stauts"),
    ("a STAUTS:1", 'did you mean "status"?', "STAUTS"),
    ("http://x", 'no term "http"; to search for this text, quote it: "http://x"', "http"),
    ("end:rest", 'no end "rest"; did you mean "reset"?', "rest"),
    ("end:xyzzy", "the ends are complete, reset", "xyzzy"),
    ("took:>10", "needs a unit here: us, µs, ms, s, m, min, h", ">10"),
    ("took:>10x or b", 'no unit "x" here', ">10x"),
    ("status:abc", "write a number", "abc"),
    ("status:", '"status:" needs a value: a number', "status:"),
    ("#x", "write a number such as", "#x"),
    ("#1..2..3", "write a number such as", "#1..2..3"),
    ("arg:=3", "write the name of an argument", "=3"),
    ('arg:city"a b"', 'write "=" between', 'city"a b"'),
    ("arg:a[-1]=3", "a JSON path has a mistake at character 4", "a[-1]=3"),
    ('text:"abc', "a quote is not closed", '"abc'),
    ("(a", 'this "(" is not closed', "("),
    ("a)", 'there is no "(" for this ")"', ")"),
    ("()", "a term is missing here", ")"),
    ("a or", "a term is missing here", ""),
    ("not", "a term is missing here", ""),
    ("or a", "a term is missing here; to search for this text, quote it", "or"),
    ("a and and b", "a term is missing here", "and"),
]


@pytest.mark.parametrize(("text", "reason", "place"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_mistakes_are_named_at_their_place(text: str, reason: str, place: str) -> None:
    with pytest.raises(FilterError, match=re.escape(reason)) as info:
        parse_filter(text)
    error = info.value
    assert text[error.start : error.end] == place
    assert error.reason in str(error)
    _, shown, marks = str(error).splitlines()
    assert shown[marks.index("^") : marks.rindex("^") + 1] == place


LIMITS: list[tuple[str, Callable[[int], str], int, str]] = [
    ("characters", lambda count: "a" * count, MAX_LENGTH, "at most 4000 characters"),
    ("terms", lambda count: " ".join(["a"] * count), MAX_TERMS, "at most 200 terms"),
    ("groups", lambda count: f"{'(' * count}a{')' * count}", MAX_DEPTH, "at most 32 levels"),
    ("negations", lambda count: f"{'not ' * count}a", MAX_DEPTH, "at most 32 levels"),
]


@pytest.mark.parametrize(
    ("what", "build", "most", "reason"), LIMITS, ids=[row[0] for row in LIMITS]
)
def test_limits(what: str, build: Callable[[int], str], most: int, reason: str) -> None:
    parse_filter(build(most))
    with pytest.raises(FilterError, match=reason):
        parse_filter(build(most + 1))


def test_a_mistake_in_a_long_filter_is_shown_with_its_surroundings() -> None:
    text = "status:1 " * 50 + "\x1b\u202estauts:2 " + "status:3 " * 50
    with pytest.raises(FilterError) as info:
        parse_filter(text.replace("\x1b\u202e", ""))
    _, shown, marks = str(info.value).splitlines()
    assert len(shown) < 90
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "stauts"
    with pytest.raises(FilterError) as info:
        parse_filter("status:\x1b")
    assert "\x1b" not in str(info.value)


WORDS = st.sampled_from(
    [*TERMS, *'()#:"\\*?=<>.', "or", "and", "not", " ", "12", "s", "end:reset", "é", "\n"]
)


@given(st.lists(WORDS, max_size=20).map("".join))
def test_any_text_is_a_filter_or_a_mistake_with_a_place(text: str) -> None:
    try:
        parse_filter(text).matches(Subject())
    except FilterError as error:
        place = error.start, error.end
    else:
        return
    assert 0 <= place[0] < place[1] <= len(text) + 1


def list_rows() -> list[list[str]]:
    """List the cells of the table of terms."""
    table = DOCUMENT.partition("## Terms")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_document_has_every_term() -> None:
    names = [re.split(r"[`:]", row[0])[1] for row in list_rows()]
    assert [name for name in names if name in TERMS] == [*TERMS]
    assert names[len(TERMS) :] == ["#7", "lisbon"]


def test_the_document_says_what_reads_the_answer() -> None:
    for term, meaning, reads in list_rows():
        for text in re.findall(r"`([^`]+)`", term):
            assert parse_filter(text).needs_trace is (reads == "yes"), (text, meaning)


@pytest.mark.parametrize("example", re.findall(r"--filter '([^']+)'", DOCUMENT))
def test_the_examples_of_the_document_are_valid(example: str) -> None:
    parse_filter(example)


def test_the_document_has_the_grammar_units_limits_and_ends() -> None:
    grammar = (parse_filter.__globals__["__doc__"] or "").partition(".. code:: none")[2]
    rules = [" ".join(line.split()) for line in grammar.splitlines() if "=" in line]
    written = [" ".join(line.split()) for line in DOCUMENT.splitlines()]
    assert len(rules) == 5
    assert not [rule for rule in rules if rule not in written]
    for unit in {*TIME_UNITS, *SIZE_UNITS} - {"", "µs"}:
        assert f"`{unit}`" in DOCUMENT
    for number in (MAX_LENGTH, MAX_TERMS, MAX_DEPTH):
        assert str(number) in DOCUMENT
    for end in End:
        assert f"`{end}`" in DOCUMENT


def test_the_mistake_in_the_document_is_what_is_printed() -> None:
    with pytest.raises(FilterError) as info:
        parse_filter("stauts:>=400")
    assert f"runreel: {info.value}" in DOCUMENT
