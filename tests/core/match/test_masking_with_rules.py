"""Volatile texts do not count beside bound places, outputs in any order, and choosing headers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.config import MatchSettings
from runreel.core.match.masking import build_rank
from runreel.core.match.matching import Matching, learn_answers
from runreel.core.match.rules import MatchRules
from runreel.core.redact.search.user_pattern import compile_user_pattern
from runreel.core.volatile.mask import VolatileMask
from runreel.dialects import find_dialect
from runreel.model import Headers, Request
from support.build import make_head, make_request

DAYS = "2026-11-30", "2026-12-01"
HTTP_DAYS = b"Mon, 30 Nov 2026 08:00:00 GMT", b"Tue, 01 Dec 2026 08:00:00 GMT"
KINDS = ("date", "time", "uuid", "random_id")
JSON: Headers = ((b"Content-Type", b"application/json"),)


def build_matching(
    *,
    volatile: tuple[str, ...] = KINDS,
    headers: tuple[str, ...] = (),
    bind: tuple[str, ...] = (),
) -> Matching:
    settings = MatchSettings(volatile=volatile, headers=headers, bind=bind)
    return Matching(find_dialect, MatchRules.from_settings(settings))


HEADERS = [
    ("a condition", b"If-Modified-Since", HTTP_DAYS),
    (
        "a place in a stream",
        b"Last-Event-ID",
        (b"run-2026-11-30T08:00:00", b"run-2026-12-01T09:30"),
    ),
    ("one that the settings name", b"X-At", (b"2026-11-30", b"2026-12-01")),
    ("one that the answers vary by", b"X-Day", (b"2026-11-30", b"2026-12-01")),
]


@pytest.mark.parametrize(("why", "name", "values"), HEADERS, ids=[row[0] for row in HEADERS])
def test_a_volatile_text_in_a_header_that_counts(
    why: str, name: bytes, values: tuple[bytes, bytes]
) -> None:
    one, other = (
        make_request("GET", b"/files/%b" % day.encode(), ((name, value),), b"")
        for day, value in zip(DAYS, values, strict=True)
    )
    edited = make_request("GET", other.target, ((name, values[1] + b" x"),), b"")
    matching = build_matching(headers=("x-at",))
    learn_answers(matching, [make_head(request=one)], lambda number: ((b"Vary", b"X-Day"),))
    prints = [matching.fingerprint(each) for each in (one, other, edited)]
    assert prints[0] == prints[1] != prints[2]
    assert build_matching(volatile=()).fingerprint(one) != prints[0]
    assert matching.depends_on_answers(matching.build_request_key(other))
    place = f"headers.{name.decode().lower()}"
    assert matching.find_passed_over(one, other).keys() == {"path", place}
    assert [each.path for each in matching.find_differences(one, edited).listed] == [place]
    assert matching.list_differing_places(one, edited, lambda rules: rules) == {place}


def test_the_type_of_the_answer_counts_beside_a_volatile_text() -> None:
    one, same, other = (
        make_request(body=json.dumps({"input": f"On {day}"}).encode(), headers=(*JSON, accept))
        for day, accept in (
            (DAYS[0], (b"Accept", b"text/event-stream")),
            (DAYS[1], (b"Accept", b"text/event-stream")),
            (DAYS[1], (b"Accept", b"application/json")),
        )
    )
    matching = build_matching()
    learn_answers(matching, [make_head(request=one)], lambda _: ((b"Content-Type", b"a/b"),))
    assert matching.fingerprint(one) == matching.fingerprint(same) != matching.fingerprint(other)


def make_call(nonce: object, day: str, text: str = "Be kind.") -> Request:
    body = {"nonce": nonce, "day": day, "input": f"Today is {day}. {text}", "of": {"nonce": nonce}}
    headers = (*JSON, (b"X-Seq", str(nonce).encode()), (b"X-At", day.encode()))
    return make_request(
        "POST", f"/x?n={nonce}&at={day}".encode(), headers, json.dumps(body).encode()
    )


def test_bound_places_and_volatile_texts_of_one_request() -> None:
    bind = ("$..nonce", "query.n", "headers.x-seq")
    matching = build_matching(bind=bind, headers=("x-seq", "x-at"))
    one, other = make_call(1, DAYS[0]), make_call("two", DAYS[1])
    assert matching.fingerprint(one) == matching.fingerprint(other)
    places = {"query.at", "headers.x-at", "$.day", "$.input"}
    assert matching.find_passed_over(one, other) == dict.fromkeys(sorted(places), ("date",))
    edited = make_call("two", DAYS[1], "Be terse.")
    assert [each.path for each in matching.find_differences(one, edited).listed] == ["$.input"]
    for alone in (build_matching(), build_matching(bind=bind, volatile=())):
        assert alone.fingerprint(one) != alone.fingerprint(other)


def test_a_bound_value_that_is_volatile_too_is_there_or_not() -> None:
    matching = build_matching(bind=("$.id",))
    one, other, without = (
        make_request(headers=JSON, body=json.dumps({**member, "a": 1}).encode())
        for member in ({"id": DAYS[0]}, {"id": "x"}, {})
    )
    assert matching.fingerprint(one) == matching.fingerprint(other)
    assert matching.fingerprint(one) != matching.fingerprint(without)


def make_turn(outputs: Sequence[int], ids: Sequence[str], day: str) -> Request:
    """Return a turn with three calls of tools, and their outputs in this order."""
    calls = [{"id": each, "function": {"name": f"f{at}"}} for at, each in enumerate(ids)]
    messages = [
        {"role": "user", "content": f"It is {day}."},
        {"role": "assistant", "tool_calls": calls},
        *({"role": "tool", "tool_call_id": ids[at], "content": f"{day}: {at}"} for at in outputs),
    ]
    body = json.dumps({"model": "m", "messages": messages}).encode()
    return make_request("POST", b"/v1/chat/completions", JSON, body)


ORDERS = st.permutations(range(3))
IDS = st.lists(st.uuids().map(str), min_size=3, max_size=3, unique=True)


@given(ORDERS, ORDERS, IDS, IDS)
def test_outputs_in_any_order_even_if_their_ids_are_new(
    order: list[int], other_order: list[int], ids: list[str], other_ids: list[str]
) -> None:
    one = make_turn(order, ids, DAYS[0])
    other = make_turn(other_order, other_ids, DAYS[1])
    matching = build_matching()
    assert matching.fingerprint(one) == matching.fingerprint(other)
    assert not matching.find_differences(one, other).listed
    kinds = {*chain.from_iterable(matching.find_passed_over(one, other).values())}
    assert kinds == {"date"} | ({"uuid"} if ids != other_ids else set())
    swapped = make_turn(other_order, [other_ids[1], other_ids[0], other_ids[2]], DAYS[1])
    outputs = json.loads(swapped.body)
    outputs["messages"][1] = json.loads(other.body)["messages"][1]
    crossed = make_request("POST", one.target, JSON, json.dumps(outputs).encode())
    assert matching.fingerprint(one) != matching.fingerprint(crossed)


@given(ORDERS)
def test_outputs_in_any_order_if_no_call_is_named(order: list[int]) -> None:
    ids = [f"call_{letter}8f3Kd92Ls0aPq7Zx41Mn5b" for letter in "abc"]
    outputs = [
        {"type": "function_call_output", "call_id": ids[at], "output": f"{at}"} for at in order
    ]
    body = {"previous_response_id": "resp_1", "input": outputs}
    one = make_request("POST", b"/v1/responses", JSON, json.dumps(body).encode())
    outputs.sort(key=lambda output: output["call_id"])
    other = make_request("POST", b"/v1/responses", JSON, json.dumps(body).encode())
    assert build_matching().fingerprint(one) == build_matching().fingerprint(other)


REPEATED = [
    ("twice", {"a": "id-1", "b": ["id-1"]}, {b"id-1"}),
    ("once", {"a": "id-1", "b": ["id-2"]}, set()),
    ("a name and a value", {"id-1": {"x": "id-1"}}, {b"id-1"}),
    ("beside numbers, texts and constants", [12345, "a b", "id-1", None, "id-1", "a b"], {b"id-1"}),
    ("in JSON in a string", {"a": json.dumps({"x": "id-1", "y": "id-1"})}, set()),
]


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
@pytest.mark.parametrize(("why", "value", "names"), REPEATED, ids=[row[0] for row in REPEATED])
def test_the_names_that_recur_are_found_in_one_pass(
    why: str, value: object, names: set[bytes], separators: tuple[str, str]
) -> None:
    body = json.dumps(value, separators=separators).encode()
    rank = build_rank(body, VolatileMask((), [compile_user_pattern("id-[0-9]")]))
    assert {each for each in (b"id-1", b"id-2") if rank(each.decode())} == names
    assert all(rank(each.decode()) == body.index(b'"%b"' % each) for each in names)


def test_the_rules_of_a_dialect_stay_with_those_of_the_settings() -> None:
    settings = MatchSettings(
        ignore=("$.a", "headers.range"), bind=("$.b",), volatile=("date",), patterns=("x-[0-9]+",)
    )
    rules = Matching(find_dialect, MatchRules.from_settings(settings)).get_rules(make_request())
    assert rules.mask is not None
    assert (rules.volatile, rules.patterns) == (("date",), ("x-[0-9]+",))
    assert "$.b" in {rule.place.place for rule in rules.bound}
    assert b"if-none-match" in rules.headers
    assert b"range" not in rules.headers
    assert rules.unordered_items
    extended = rules.with_ignored(["$.c", "headers.if-none-match"]).with_masked(["uuid"])
    assert (extended.bound, extended.unordered_items) == (rules.bound, rules.unordered_items)
    assert b"if-none-match" not in extended.with_headers(()).headers
