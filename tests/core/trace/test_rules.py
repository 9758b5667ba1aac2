"""Rows of trace tables: conditions, names of events, keys, fallbacks, usage and ids."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from runreel.core.trace.model import BlockKind, Trace
from runreel.core.trace.rules import compile_table
from runreel.core.trace.table import (
    EventRule,
    IdRule,
    TextMode,
    TextRule,
    TraceTable,
    UsageRule,
    ValueRule,
)
from runreel.dialects.chat import CHAT
from support.build import make_request
from support.traces import trace_body

REQUEST = make_request("GET", b"/x", body=b"")


def trace(table: TraceTable, *events: object) -> Trace:
    """Return the trace of a stream of an API with this table."""
    body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events)
    return trace_body(REQUEST, body, dialect=replace(CHAT, trace_table=table))


CONDITIONS: list[tuple[str, object, bool]] = [
    ("a", "a", True),
    ("a|b", "b", True),
    ("a", "c", False),
    ("a", None, False),
    ("*", "x", True),
    ("*", "", False),
    ("*", [], False),
    ("*", {}, False),
    ("*", None, False),
    ("*", 0, True),
    ("*", [0], True),
    ("1", 1, True),
    ("true", True, True),
    ("1", True, False),
    ("false", False, True),
    ("!a|b", "c", True),
    ("!a|b", "b", False),
    ("!a", None, True),
    ("!*", None, True),
    ("!*", {"b": 1}, False),
]


@pytest.mark.parametrize(("expected", "value", "holds"), CONDITIONS)
def test_conditions(expected: str, value: object, holds: bool) -> None:
    table = TraceTable(terminal=(EventRule(when=(("a", expected),)),))
    assert bool(trace(table, {"a": value}).end.terminal_event) is holds


NAMES: list[tuple[tuple[str, ...], str, bool]] = [
    (("*",), "x", True),
    (("a.delta",), "a.delta", True),
    (("a.delta",), "a.deltas", False),
    (("*.delta",), "a.b.delta", True),
    (("messages|*",), "messages|outer:1", True),
    (("a", "b"), "b", True),
    (("a.*",), "ab", False),
    (("",), "", True),
    (("",), "x", False),
]


@pytest.mark.parametrize(("on", "name", "matches"), NAMES)
def test_names_of_events(on: tuple[str, ...], name: str, matches: bool) -> None:
    rules = compile_table(TraceTable(texts=(TextRule(BlockKind.TEXT, "a", on=on),)))
    assert bool(rules.find_rules(name).texts.rules) is matches


def test_very_many_names_of_events_are_not_all_remembered() -> None:
    compiled = compile_table(TraceTable())
    for number in range(2_000):
        compiled.find_rules(str(number))
    assert len(compiled._rules) <= 512


def list_texts(trace_: Trace) -> list[tuple[str, str]]:
    return [(block.owner, block.text) for block in trace_.blocks]


def test_pieces_with_the_same_key_are_one_text() -> None:
    table = TraceTable(
        texts=(
            TextRule(BlockKind.TEXT, "t", "items[*]", key=("$.id",), owner="$.id"),
            TextRule(BlockKind.TEXT, "whole", key=("id", "n"), mode=TextMode.WHOLE, owner="id"),
        )
    )
    events = (
        {"id": "m", "items": [{"index": 1, "t": "a"}, {"index": 0, "t": "x"}]},
        {"id": "o", "items": [{"index": 1, "t": "1"}]},
        {"id": "m", "items": [{"index": 1, "t": "b"}]},
        {"id": "m", "n": 1, "whole": "ab"},
        {"id": "m", "n": 0, "whole": "xy"},
    )
    result = trace(table, *events)
    assert list_texts(result) == [("m", "ab"), ("m", "x"), ("o", "1")]
    assert [path for path, _ in result.problems] == ["events[5]"]


def test_a_fallback_counts_where_there_is_nothing_else() -> None:
    table = TraceTable(
        texts=(
            TextRule(BlockKind.TEXT, "a"),
            TextRule(BlockKind.TEXT, "b", "more[]", is_fallback=True),
        )
    )
    events = ({"a": "1", "more": [{"b": "1"}]}, {"a": "", "more": [{"b": "2"}, {"b": "3"}]})
    assert list_texts(trace(table, *events)) == [("", "12")]


def test_text_that_is_no_content() -> None:
    table = TraceTable(texts=(TextRule(BlockKind.TEXT, "a", is_content=False),))
    result = trace(table, {"a": "1", "type": "x"})
    assert list_texts(result) == [("", "1")]
    assert result.timing.first_content_us is None


def test_reports_of_usage_replace_each_other_and_those_of_other_keys_are_added() -> None:
    table = TraceTable(
        usage=(UsageRule("usage", input="in", output="out", cached="c.n", key=("$.id",)),)
    )
    events = (
        {"id": "a", "usage": {"in": 5, "out": 1}},
        {"id": "a", "usage": {"out": 3, "in": None, "c": {"n": 2}}},
        {"id": "b", "usage": {"in": 10}},
        {"id": "b", "usage": {"in": -1, "out": True, "c": "x"}},
    )
    usage = trace(table, *events).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (15, 3, 2)


def test_an_id_counts_if_it_is_the_same_everywhere() -> None:
    table = TraceTable(
        ids=(IdRule("a_id", "a"), IdRule("b_id", "items[].b"), IdRule("c_id", "c", on=("x",)))
    )
    events = ({"a": "1", "items": [{"b": "2"}]}, {"a": "1", "items": [{"b": "3"}], "c": "4"})
    assert dict(trace(table, *events).ids) == {"a_id": "1"}


def test_the_last_value_counts() -> None:
    table = TraceTable(models=(ValueRule("m"),), status=(ValueRule("s[]", when=(("m", "*"),)),))
    events = ({"m": "1", "s": ["a"]}, {"m": "", "s": ["b"]}, {"m": "2", "s": ["c", "d"]})
    result = trace(table, *events, {"m": None})
    assert (result.usage.answered_model, result.end.status) == ("2", "c d")


def test_objects_of_a_list_are_read_one_by_one() -> None:
    table = TraceTable(
        texts=(TextRule(BlockKind.TEXT, "t", on=("say",), mode=TextMode.WHOLE, key=("$.id",)),),
        list_member="data",
    )
    items = [{"type": "say", "id": "1", "t": "a"}, {"type": "no", "t": "b"}]
    body = json.dumps({"data": [*items, {"type": "say", "id": "2", "t": "c"}, 5]}).encode()
    result = trace_body(REQUEST, body, dialect=replace(CHAT, trace_table=table))
    assert [block.text for block in result.blocks] == ["a", "c"]
    pieces = [block.pieces[0] for block in result.blocks]
    assert [body[piece.start : piece.end] for piece in pieces] == [b"a", b"c"]


def test_a_path_that_is_wrong_is_found_when_its_rule_is_used() -> None:
    table = TraceTable(texts=(TextRule(BlockKind.TEXT, "a[*]"),))
    with pytest.raises(ValueError, match="single value"):
        compile_table(table).find_rules("")
