"""Calls in groups, and the figures of each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from runreel.core.stats.call_facts import CallFacts
from runreel.core.stats.distribution import Distribution, summarize
from runreel.core.stats.prices import PriceTable
from runreel.core.trace.model import TraceUsage

KEYS: Mapping[str, Callable[[CallFacts], str]] = {
    "operation": lambda call: call.operation,
    "model": lambda call: call.model,
    "session": lambda call: call.session,
    "dialect": lambda call: call.dialect,
    "status": lambda call: str(call.status),
    "cassette": lambda call: call.cassette,
}
"""Properties by which calls can be grouped."""


class TokenSums(NamedTuple):
    """Sums of the tokens that the API reported; None for what no call reported."""

    input: int | None
    cached: int | None
    output: int | None
    reasoning: int | None
    total: int | None
    calls: int
    """Number of calls that reported any."""


class GroupStats(NamedTuple):
    """The figures of a group; durations are microseconds."""

    key: tuple[str, ...]
    calls: int
    errors: Mapping[str, int]
    """Number of failed calls by ``CallFacts.error``."""
    ends: Mapping[str, int]
    streamed: int
    """Number of calls whose answer is a stream."""
    duration: Distribution
    first_byte: Distribution
    first_content: Distribution
    """Times of streams with content."""
    gaps: Distribution
    """Times between the events of all streams."""
    stalls: int
    events: int
    size: int
    """Bytes of the answers."""
    tokens: TokenSums
    cost: float | None
    """None without prices, and if no call has a price."""
    unpriced: int
    """Number of calls that reported tokens and have no price."""
    repeated: int
    """Number of calls that are the same as an earlier one."""


def group_calls(
    calls: Iterable[CallFacts], by: Sequence[str], prices: PriceTable | None = None
) -> list[GroupStats]:
    """Return the figures of each group, those with the most calls first.

    ``by`` are names from ``KEYS``; without any, all calls are one group.
    """
    groups: dict[tuple[str, ...], list[CallFacts]] = {}
    for call in _count_usage_once(calls):
        groups.setdefault(tuple(KEYS[name](call) for name in by), []).append(call)
    stats = [_build_stats(key, members, prices) for key, members in groups.items()]
    return sorted(stats, key=lambda group: (-group.calls, group.key))


def list_largest(calls: Iterable[CallFacts], count: int = 5) -> list[CallFacts]:
    """Return the calls with the largest answers, the largest first."""
    return sorted(calls, key=lambda call: (-call.size, call.cassette, call.number))[:count]


def _count_usage_once(calls: Iterable[CallFacts]) -> list[CallFacts]:
    """Return the calls with the usage of a run or response only in the last one that has it."""
    listed = list(calls)
    last = {
        (call.cassette, call.usage_owner): position
        for position, call in enumerate(listed)
        if call.usage_owner and _has_tokens(call.usage)
    }
    return [
        call
        if last.get((call.cassette, call.usage_owner), position) == position
        else call._replace(usage=TraceUsage())
        for position, call in enumerate(listed)
    ]


def _build_stats(
    key: tuple[str, ...], calls: Sequence[CallFacts], prices: PriceTable | None
) -> GroupStats:
    costs = [] if prices is None else [_compute_cost(prices, call) for call in calls]
    known = [cost for cost in costs if cost is not None]
    reported = [call for call in calls if _has_tokens(call.usage)]
    return GroupStats(
        key=key,
        calls=len(calls),
        errors=Counter(call.error for call in calls if call.error),
        ends=Counter(call.end for call in calls),
        streamed=sum(call.events > 0 for call in calls),
        duration=summarize(call.duration_us for call in calls),
        first_byte=summarize(_list_known(call.first_byte_us for call in calls)),
        first_content=summarize(_list_known(call.first_content_us for call in calls)),
        gaps=summarize(gap for call in calls for gap in call.gaps_us),
        stalls=sum(call.stalls for call in calls),
        events=sum(call.events for call in calls),
        size=sum(call.size for call in calls),
        tokens=_sum_tokens([call.usage for call in reported]),
        cost=sum(known) if known else None,
        unpriced=0 if prices is None else max(0, len(reported) - len(known)),
        repeated=len(calls) - len({call.request_digest for call in calls}),
    )


def _compute_cost(prices: PriceTable, call: CallFacts) -> float | None:
    return prices.compute_cost(call.model, call.dialect, call.usage)


def _has_tokens(usage: TraceUsage) -> bool:
    return usage.input_tokens is not None or usage.output_tokens is not None


def _sum_tokens(usages: Sequence[TraceUsage]) -> TokenSums:
    def add(numbers: Iterable[int | None]) -> int | None:
        known = _list_known(numbers)
        return sum(known) if known else None

    return TokenSums(
        input=add(usage.input_tokens for usage in usages),
        cached=add(usage.cached_tokens for usage in usages),
        output=add(usage.output_tokens for usage in usages),
        reasoning=add(usage.reasoning_tokens for usage in usages),
        total=add(usage.total_tokens for usage in usages),
        calls=len(usages),
    )


def _list_known(numbers: Iterable[int | None]) -> list[int]:
    return [number for number in numbers if number is not None]
