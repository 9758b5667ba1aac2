"""The cost of finding an exchange, measured in this process; without a bar."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from benchmarks.plan import Plan, measure_cpu_us
from benchmarks.samples import make_exchange, make_stream_answer
from benchmarks.table import Line, make_line
from runreel.core.explain.miss import explain_miss
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import fingerprint
from runreel.core.match.rules import MatchRules
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.candidate import Candidate, may_change_state
from runreel.core.replay.query import build_query
from runreel.core.replay.selector import Selector
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, Request
from runreel.shell.replay.lookup import Lookup

_ROW = "matching"
_IGNORE = ("$.metadata.case", "$.additional_messages[*].id", "query.timestamp")


async def measure_matching(plan: Plan) -> list[Line]:
    """Measure fingerprints, the choice, indexing, explaining a miss, and wildcards."""
    heads = _make_heads(plan.exchanges)
    rules = MatchRules.parse(_IGNORE)
    request = heads[0].request
    return [
        _measure_step(plan, "fingerprint, 6 KB", lambda: fingerprint(request)),
        _measure_step(plan, "the same, three paths ignored", lambda: fingerprint(request, rules)),
        _measure_choice(plan, "different calls", fingerprints=plan.exchanges, method="POST"),
        _measure_choice(plan, "equal creates", fingerprints=1, method="POST"),
        _measure_choice(plan, "equal polls", fingerprints=1, method="GET"),
        *await _measure_indexing(plan, heads),
        _measure_miss(plan, heads),
        _measure_wildcard(plan, heads),
    ]


def _make_heads(count: int) -> Sequence[ExchangeHead]:
    """Make create-run requests of 6 KB that differ in their metadata and in one message."""
    head = make_exchange(1, make_stream_answer()).head
    body = json.loads(head.request.body)
    heads = []
    for number in range(1, count + 1):
        body["metadata"]["case"] = f"case {number}"
        body["additional_messages"][-1]["content"] = f"Question {number % 100}"
        request = replace(head.request, body=json.dumps(body).encode())
        heads.append(replace(head, number=number, request=request))
    return heads


def _measure_choice(plan: Plan, label: str, *, fingerprints: int, method: str) -> Line:
    """Measure the mean time of choosing each exchange of a large cassette once."""
    selector = Selector()
    keys = [b"%d" % (number % fingerprints) for number in range(plan.exchanges)]
    for number, key in enumerate(keys, start=1):
        selector.add(key, Candidate(number, "", may_change_state(method)))
    started = time.process_time()
    for key in keys:
        assert selector.take(key, "") is not None
    mean = (time.process_time() - started) / len(keys)
    return make_line(_ROW, f"choose among {len(keys):,} {label}", [mean * 1_000_000], "us")


async def _measure_indexing(plan: Plan, heads: Sequence[ExchangeHead]) -> list[Line]:
    """Measure indexing exchanges of one path, as the first request for that path does.

    The second line is the longest time for which that holds the event loop.
    """
    seconds, longest = [], []
    matching = Matching(find_dialect)
    redactor = Redactor(Rules.build(), Vault())
    query = build_query(heads[0].request, redactor=redactor, matching=matching, max_body=64 << 20)
    gc.collect()
    gc.freeze()  # as the server does before it listens
    for _ in range(plan.rounds):
        lookup = Lookup(Selector(), heads, matching, wildcards=False)
        watch = asyncio.create_task(_find_longest_turn())
        await asyncio.sleep(0)
        started = time.process_time()
        await lookup.find(query)
        seconds.append(time.process_time() - started)
        watch.cancel()
        longest.append(1000 * await watch)
    return [
        make_line(_ROW, f"index {len(heads):,} of 6 KB", seconds, "s"),
        make_line(_ROW, "the same: longest hold of the loop", longest, "ms"),
    ]


async def _find_longest_turn() -> float:
    """Return the most CPU seconds between two turns of the event loop before cancellation."""
    longest, last = 0.0, time.process_time()
    try:
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


def _measure_miss(plan: Plan, heads: Sequence[ExchangeHead]) -> Line:
    """Measure the explanation of a request that nothing answers."""
    sent = _edit(heads[len(heads) // 2].request)
    matching = Matching(find_dialect)
    miss = explain_miss(sent, heads, matching)
    assert miss.nearest is not None
    assert miss.nearest.number == len(heads) // 2 + 1
    label = f"nearest among {len(heads):,} of 6 KB, explained"
    return _measure_step(
        plan, label, lambda: explain_miss(sent, heads, matching).format_message("c", "u")
    )


def _measure_wildcard(plan: Plan, heads: Sequence[ExchangeHead]) -> Line:
    """Measure a request that equals the last recorded one except at a placeholder."""
    recorded = [_insert_text(b"REDACTED-email-1@redacted.invalid", head.request) for head in heads]
    index = WildcardIndex(recorded, Matching(find_dialect))
    sent = _insert_text(b"bob", heads[-1].request)
    assert index.find(sent) is recorded[-1]
    label = f"a value for a placeholder, among {len(heads):,}"
    return _measure_step(plan, label, lambda: index.find(sent))


def _insert_text(text: bytes, request: Request) -> Request:
    return replace(request, body=request.body.replace(b"Answer briefly", b"Write to " + text, 1))


def _measure_step(plan: Plan, label: str, act: Callable[[], object]) -> Line:
    return make_line(_ROW, label, measure_cpu_us(plan.rounds, act), "us")


def _edit(request: Request) -> Request:
    return replace(request, body=request.body.replace(b"Answer briefly", b"Answer at length", 1))
