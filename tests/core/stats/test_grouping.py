"""Figures of groups: nearest-rank percentiles, tokens counted once, costs, repetitions."""

from __future__ import annotations

from array import array
from typing import Any

import pytest

from runreel.core.stats.call_facts import CallFacts
from runreel.core.stats.distribution import Distribution, summarize
from runreel.core.stats.grouping import group_calls, list_largest
from runreel.core.stats.prices import PriceTable
from runreel.core.trace.model import TraceUsage
from runreel.errors import UsageError

PRICES = PriceTable.parse(
    {"gpt-4o*": {"input": 2, "cached": 1, "output": 10}, "*": {"input": 1, "output": 1}}
)


def call(number: int = 1, **changes: Any) -> CallFacts:
    facts = CallFacts(
        cassette="a.cassette",
        number=number,
        dialect="chat",
        operation="chat.completions.create",
        model="gpt-4o-mini",
        session="s",
        status=200,
        end="complete",
        error="",
        duration_us=1000 * number,
        first_byte_us=100,
        first_content_us=None,
        gaps_us=array("q"),
        stalls=0,
        events=0,
        size=10,
        usage=TraceUsage(),
        usage_owner="",
        request_digest=bytes([number]),
    )
    return facts._replace(**changes)


DISTRIBUTIONS = [
    ("nothing", [], Distribution(0, None, None, None)),
    ("one", [7], Distribution(1, 7, 7, 7)),
    ("two: the median is one of them", [3, 9], Distribution(2, 3, 9, 9)),
    ("a hundred", list(range(100, 0, -1)), Distribution(100, 50, 95, 100)),
    ("twenty: the 95th percentile is the 19th", list(range(1, 21)), Distribution(20, 10, 19, 20)),
]


@pytest.mark.parametrize(
    ("why", "numbers", "expected"), DISTRIBUTIONS, ids=[row[0] for row in DISTRIBUTIONS]
)
def test_distributions(why: str, numbers: list[int], expected: Distribution) -> None:
    assert summarize(numbers) == expected


def test_groups_are_made_by_keys_and_the_largest_comes_first() -> None:
    calls = [call(1), call(2), call(3, operation="models.list", status=404, error="404")]
    first, second = group_calls(calls, ("operation", "status"))
    assert (first.key, first.calls) == (("chat.completions.create", "200"), 2)
    assert (second.key, second.errors) == (("models.list", "404"), {"404": 1})
    (total,) = group_calls(calls, ())
    assert (total.key, total.calls, total.duration.max) == ((), 3, 3000)


def test_only_streams_have_a_time_to_first_content() -> None:
    calls = [call(1), call(2, first_content_us=500, events=3, gaps_us=array("q", [5, 7]))]
    (group,) = group_calls(calls, ())
    assert group.first_content == Distribution(1, 500, 500, 500)
    assert (group.streamed, group.gaps.max) == (1, 7)


USAGE = TraceUsage(input_tokens=100, cached_tokens=40, output_tokens=5, total_tokens=105)


def test_tokens_that_several_answers_report_are_counted_once() -> None:
    owner = {"usage": USAGE, "usage_owner": "run_id run_1"}
    calls = [
        call(1, **owner),
        call(2, usage_owner="run_id run_1"),
        call(3, **owner, operation="runs.retrieve"),
        call(4, usage=USAGE),
    ]
    (total,) = group_calls(calls, ())
    assert (total.tokens.input, total.tokens.calls) == (200, 2)
    groups = {group.key: group.tokens.output for group in group_calls(calls, ("operation",))}
    assert groups == {("chat.completions.create",): 5, ("runs.retrieve",): 5}


def test_the_same_run_in_another_cassette_is_another_one() -> None:
    owner = {"usage": USAGE, "usage_owner": "run_id run_1"}
    (total,) = group_calls([call(1, **owner), call(1, **owner, cassette="b")], ())
    assert total.tokens.input == 200


def test_nothing_reported_is_not_zero() -> None:
    (group,) = group_calls([call()], ())
    assert (group.tokens.input, group.tokens.total, group.tokens.calls) == (None, None, 0)


COSTS = [
    ("cached tokens are part of the input", "gpt-4o-mini", "chat", (60 * 2 + 40 * 1 + 50) / 1e6),
    ("Anthropic reports them beside it", "gpt-4o", "anthropic", (100 * 2 + 40 * 1 + 50) / 1e6),
    ("the first pattern that matches; cached as input", "o3", "chat", (60 + 40 + 5) / 1e6),
]


@pytest.mark.parametrize(("why", "model", "dialect", "cost"), COSTS, ids=[row[0] for row in COSTS])
def test_costs(why: str, model: str, dialect: str, cost: float) -> None:
    assert PRICES.compute_cost(model, dialect, USAGE) == pytest.approx(cost)


def test_calls_without_a_price_are_counted() -> None:
    prices = PriceTable.parse({"gpt-*": {"input": 1}})
    (group,) = group_calls([call(1, usage=USAGE), call(2, usage=USAGE, model="x")], (), prices)
    assert group.cost == pytest.approx(100 / 1e6)
    assert group.unpriced == 1


BAD_PRICES = [
    ("not a table", {"m": 3}, "must be a table"),
    ("an unknown name", {"m": {"inputs": 3}}, "'inputs' is unknown"),
    ("text", {"m": {"input": "3"}}, "'m'.input: must be a number"),
    ("negative", {"m": {"output": -1}}, "must be a number of at least 0"),
    ("not finite", {"m": {"output": float("nan")}}, "must be a number"),
    ("a boolean", {"m": {"output": True}}, "must be a number"),
]


@pytest.mark.parametrize(
    ("why", "document", "message"), BAD_PRICES, ids=[row[0] for row in BAD_PRICES]
)
def test_mistakes_in_prices(why: str, document: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        PriceTable.parse(document)


def test_repetitions() -> None:
    same = {"request_digest": b"x"}
    (group,) = group_calls([call(1, **same), call(2, **same), call(3, **same), call(4)], ())
    assert group.repeated == 2


def test_the_largest() -> None:
    calls = [call(1, size=5), call(2, size=9), call(3, size=7)]
    assert [each.number for each in list_largest(calls, 2)] == [2, 3]
