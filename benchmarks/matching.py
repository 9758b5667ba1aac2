"""What finding an exchange costs, measured in this process: figures without a bar."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.plan import Plan, measure_cpu_us
from benchmarks.samples import make_exchange, make_stream_answer
from benchmarks.table import Line, make_line
from runreel.core.explain.miss import explain_miss
from runreel.core.match import Matching, MatchRules, WildcardIndex, build_request_key, fingerprint
from runreel.core.replay import Candidate, Selector, may_change_state
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, Request
from runreel.shell.replay.lookup import Indexer

_ROW = "matching"
_IGNORE = ("$.metadata.case", "$.additional_messages[*].id", "query.timestamp")


async def measure_matching(plan: Plan) -> list[Line]:
    """Fingerprint, choosing, dealing, the nearest of a miss, and the second choice."""
    heads = _make_heads(plan.exchanges)
    rules = MatchRules.parse(_IGNORE)
    request = heads[0].request
    return [
        _measure_step(plan, "fingerprint, 6 KB", lambda: fingerprint(request)),
        _measure_step(plan, "the same, three places ignored", lambda: fingerprint(request, rules)),
        _measure_choice(plan, "different calls", fingerprints=plan.exchanges, method="POST"),
        _measure_choice(plan, "equal creates", fingerprints=1, method="POST"),
        _measure_choice(plan, "equal polls", fingerprints=1, method="GET"),
        *await _measure_indexing(plan, heads),
        _measure_miss(plan, heads),
        _measure_wildcard(plan, heads),
    ]


def _make_heads(count: int) -> Sequence[ExchangeHead]:
    """The heads of create-runs of 6 KB that differ in their metadata and in one message."""
    head = make_exchange(1, make_stream_answer()).head
    body = json.loads(head.request.body)
    heads = []
    for number in range(1, count + 1):
        body["metadata"]["case"] = f"case {number}"
        body["additional_messages"][-1]["content"] = f"Question {number % 100}"
        request = replace(head.request, body=json.dumps(body).encode())
        heads.append(replace(head, number=number, request=request))
    return heads


def _measure_choice(plan: Plan, what: str, *, fingerprints: int, method: str) -> Line:
    """The mean of choosing each of the large cassette's exchanges once."""
    deck = Selector()
    keys = [b"%d" % (number % fingerprints) for number in range(plan.exchanges)]
    for number, key in enumerate(keys, start=1):
        deck.add(key, Candidate(number, "", may_change_state(method)))
    started = time.process_time()
    for key in keys:
        assert deck.take(key, "") is not None
    mean = (time.process_time() - started) / len(keys)
    return make_line(_ROW, f"choose among {len(keys):,} {what}", [mean * 1_000_000], "us")


async def _measure_indexing(plan: Plan, heads: Sequence[ExchangeHead]) -> list[Line]:
    """All at one path, as the first request for it makes it; and what streams notice of that."""
    seconds, longest = [], []
    gc.collect()
    gc.freeze()  # as a server does when it is ready
    for _ in range(plan.rounds):
        dealer = Indexer(Selector(), heads, Matching(find_dialect))
        held = asyncio.create_task(_find_longest_turn())
        await asyncio.sleep(0)
        started = time.process_time()
        await dealer.index([build_request_key(heads[0].request)])
        seconds.append(time.process_time() - started)
        held.cancel()
        longest.append(1000 * await held)
    return [
        make_line(_ROW, f"deal {len(heads):,} of 6 KB", seconds, "s"),
        make_line(_ROW, "the same: longest hold of the loop", longest, "ms"),
    ]


async def _find_longest_turn() -> float:
    """CPU seconds between two turns of the event loop, at most, until cancelled."""
    longest, last = 0.0, time.process_time()
    try:
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


def _measure_miss(plan: Plan, heads: Sequence[ExchangeHead]) -> Line:
    """From a request that nothing answers to its explanation."""
    sent = _edit(heads[len(heads) // 2].request)
    matching = Matching(find_dialect)
    found = explain_miss(sent, heads, matching)
    assert found.nearest is not None
    assert found.nearest.number == len(heads) // 2 + 1
    what = f"nearest among {len(heads):,} of 6 KB, explained"
    return _measure_step(
        plan, what, lambda: explain_miss(sent, heads, matching).format_message("c", "u")
    )


def _measure_wildcard(plan: Plan, heads: Sequence[ExchangeHead]) -> Line:
    """A request that is the last one but for a placeholder, all being prepared."""
    recorded = [_insert_text(b"REDACTED-email-1@redacted.invalid", head.request) for head in heads]
    second = WildcardIndex(recorded, Matching(find_dialect))
    sent = _insert_text(b"bob", heads[-1].request)
    assert second.find(sent) is recorded[-1]
    what = f"a dummy for a placeholder, among {len(heads):,}"
    return _measure_step(plan, what, lambda: second.find(sent))


def _insert_text(text: bytes, request: Request) -> Request:
    return replace(request, body=request.body.replace(b"Answer briefly", b"Write to " + text, 1))


def _measure_step(plan: Plan, what: str, act: Callable[[], object]) -> Line:
    return make_line(_ROW, what, measure_cpu_us(plan.rounds, act), "us")


def _edit(request: Request) -> Request:
    return replace(request, body=request.body.replace(b"Answer briefly", b"Answer at length", 1))
