"""Documents that are cut to a size: texts, lists, bytes, and the shape of an answer over time."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.inspector.condensed import condense_trace
from runreel.core.inspector.growth import AnswerGrowth
from runreel.core.inspector.pages import (
    MAX_BODY,
    MAX_EVENT,
    TextBudget,
    build_byte_range,
    build_event_page,
    cut_exchange_document,
)
from runreel.core.inspector.rows import SLICES, draw_sparkline
from runreel.core.inspector.run_page import assign_lanes
from runreel.core.trace.model import BlockKind, EventKind, TraceEvent
from runreel.model import Frame
from support.trace_values import make_block, make_timing, make_trace


@given(st.text(), st.integers(0, 60), st.integers(0, 60), st.integers(1, 20))
def test_ranges_of_a_text_are_text_and_lie_in_what_was_asked_for(
    text: str, start: int, end: int, limit: int
) -> None:
    data = text.encode("utf-8", "surrogatepass")
    page = build_byte_range(data, start, end, limit=limit)
    first, last = page["from"], page["to"]
    assert isinstance(first, int)
    assert isinstance(last, int)
    assert first <= last <= min(max(start, end), start + limit, len(data)) or first == last
    piece = data[first:last]
    assert page.get("hex", piece.hex()) == piece.hex()
    if "text" in page:
        assert str(page["text"]).encode() == piece


@given(st.text(alphabet="aé€😀", min_size=1, max_size=40), st.integers(4, 9))
def test_pages_of_a_text_go_on_where_the_one_before_has_ended(text: str, limit: int) -> None:
    data, at, pieces = text.encode(), 0, []
    while at < len(data):
        page = build_byte_range(data, at, at + limit, limit=limit)
        pieces.append(str(page["text"]))
        assert int(str(page["to"])) > at
        at = int(str(page["to"]))
    assert "".join(pieces) == text


def test_bytes_that_are_no_text_are_hexadecimal() -> None:
    assert build_byte_range(b"\xff\xfe\x00", 0, 9)["hex"] == "fffe00"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=30,
)


@given(JSON, st.integers(0, 40), st.integers(0, 20))
def test_a_budget_is_kept_and_what_fits_is_unchanged(value: object, size: int, items: int) -> None:
    budget = TextBudget(size, items)
    cut = budget.cut(value)
    if not budget.is_used_up:
        assert cut == value
    whole = TextBudget(10**6)
    assert whole.cut(value) == value
    assert not whole.is_used_up
    assert sum(map(len, _list_texts(cut))) <= size


def _list_texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for item in value.values() for text in _list_texts(item)]
        case list():
            return [text for item in value for text in _list_texts(item)]
    return []


def test_what_belongs_to_a_long_text_stays_whole() -> None:
    long = "x" * (4 * MAX_BODY)
    block = {"text": long, "kind": "text", "pieces": [[1, 2, 3, 4, 5]], "name": "n"}
    document = cut_exchange_document(
        {
            "number": 7,
            "answer": {"status": 200, "body": {"text": long, "size": len(long)}},
            "timeline": [{"data": long}],
            "trace": {"blocks": [block] * 2, "conversation": [], "usage": {"total": 1}},
        }
    )
    trace, answer = document["trace"], document["answer"]
    assert isinstance(trace, dict)
    assert isinstance(answer, dict)
    assert (document["number"], document["timeline"], document["truncated"]) == (7, [], False)
    assert answer["body"]["truncated"]
    assert len(answer["body"]["text"]) == MAX_BODY
    assert [each["truncated"] for each in trace["blocks"]] == [False, True]
    assert all(each["pieces"] == block["pieces"] for each in trace["blocks"])
    assert trace["usage"] == {"total": 1}


def test_an_event_keeps_everything_but_its_long_data() -> None:
    event = {"number": 1, "data": "x" * 5_000_000, "kind": "content", "gist": "'x'", "blocks": [1]}
    page = build_event_page([event], total=9)
    assert page["events"] == [{**event, "data": "x" * MAX_EVENT, "truncated": True}]
    assert page["total"] == 9
    assert len(json.dumps(page)) < 2 * MAX_EVENT


@pytest.mark.parametrize(
    ("why", "frames", "end_us", "expected"),
    [
        ("nothing", [], 0, {}),
        ("one at once", [(0, 5)], 0, {0: 100}),
        ("a large and a tiny one", [(0, 1), (99, 1000)], 100, {0: 1, 23: 100}),
        ("later than the end", [(500, 5)], 100, {23: 100}),
        ("before the beginning", [(-5, 5)], 100, {0: 100}),
        ("empty pieces", [(5, 0)], 100, {}),
    ],
)
def test_a_sparkline(
    why: str, frames: list[tuple[int, int]], end_us: int, expected: dict[int, int]
) -> None:
    spark = draw_sparkline((Frame(at, size, False) for at, size in frames), end_us)
    assert list(spark) == [expected.get(slot, 0) for slot in range(SLICES)], why


def test_an_answer_that_grows_for_long_is_drawn_from_few_samples() -> None:
    growth = AnswerGrowth()
    assert growth.draw() == bytes(SLICES)
    for at in range(1, 10_001):
        assert growth.add(at * 10, at * 1000)
    assert not growth.add(5, 10**8)
    spark = growth.draw()
    assert min(spark) > 50
    assert max(spark) == 100


def test_lanes_hold_one_operation_and_do_not_overlap() -> None:
    spans = [("poll", 0, 5), ("create", 1, 9), ("poll", 3, 4), ("poll", 5, 6), ("create", 9, 9)]
    assert assign_lanes(spans) == [0, 1, 2, 0, 1]


def test_a_condensed_trace_has_what_filters_ask_for_and_no_texts() -> None:
    event = TraceEvent(1, 5, 5, 0, 9, 0, 0, "a", EventKind.CONTENT, (1,), "long text")
    trace = make_trace(
        make_block("long text"),
        make_block("{}", BlockKind.TOOL_CALL, name="get"),
        conversation=(make_block("long text"),),
        events=(event, event._replace(number=2), event._replace(number=3, name="b")),
        timing=make_timing(first_content_us=5, gaps_us=(3, 9, 4)),
    )
    slim = condense_trace(trace)
    assert [each.name for each in slim.events] == ["a", "b"]
    assert [each.name for each in slim.blocks] == ["get"]
    assert slim.timing.gaps_us == (9,)
    assert "long text" not in repr(slim)
