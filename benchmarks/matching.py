"""What finding an exchange costs, measured in this process: figures without a bar."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.plan import Plan, cpu_us
from benchmarks.samples import recorded, stream_answer
from benchmarks.table import Line, alone
from runreel.core.explain.miss import missed
from runreel.core.match import Matching, MatchRules, SecondChoice, fingerprint, place_of
from runreel.core.replay import Candidate, Deck, changes_state
from runreel.dialects import dialect_of
from runreel.model import Head, Request
from runreel.shell.replay.lookup import Dealer

_ROW = "matching"
_IGNORE = ("$.metadata.case", "$.additional_messages[*].id", "query.timestamp")


async def matching_row(plan: Plan) -> list[Line]:
    """Fingerprint, choosing, dealing, the nearest of a miss, and the second choice."""
    heads = _runs(plan.exchanges)
    rules = MatchRules.parse(_IGNORE)
    request = heads[0].request
    return [
        _step(plan, "fingerprint, 6 KB", lambda: fingerprint(request)),
        _step(plan, "the same, three places ignored", lambda: fingerprint(request, rules)),
        _choice(plan, "different calls", fingerprints=plan.exchanges, method="POST"),
        _choice(plan, "equal creates", fingerprints=1, method="POST"),
        _choice(plan, "equal polls", fingerprints=1, method="GET"),
        *await _dealing(plan, heads),
        _miss(plan, heads),
        _dummy(plan, heads),
    ]


def _runs(count: int) -> Sequence[Head]:
    """The heads of create-runs of 6 KB that differ in their metadata and in one message."""
    head = recorded(1, stream_answer()).head
    body = json.loads(head.request.body)
    heads = []
    for number in range(1, count + 1):
        body["metadata"]["case"] = f"case {number}"
        body["additional_messages"][-1]["content"] = f"Question {number % 100}"
        request = replace(head.request, body=json.dumps(body).encode())
        heads.append(replace(head, number=number, request=request))
    return heads


def _choice(plan: Plan, what: str, *, fingerprints: int, method: str) -> Line:
    """The mean of choosing each of the large cassette's exchanges once."""
    deck = Deck()
    keys = [b"%d" % (number % fingerprints) for number in range(plan.exchanges)]
    for number, key in enumerate(keys, start=1):
        deck.add(key, Candidate(number, "", changes_state(method)))
    started = time.process_time()
    for key in keys:
        assert deck.draw(key, "") is not None
    mean = (time.process_time() - started) / len(keys)
    return alone(_ROW, f"choose among {len(keys):,} {what}", [mean * 1_000_000], "us")


async def _dealing(plan: Plan, heads: Sequence[Head]) -> list[Line]:
    """All at one path, as the first request for it makes it; and what streams notice of that."""
    seconds, longest = [], []
    gc.collect()
    gc.freeze()  # as a server does when it is ready
    for _ in range(plan.rounds):
        dealer = Dealer(Deck(), heads, Matching(dialect_of))
        held = asyncio.create_task(_longest_turn())
        await asyncio.sleep(0)
        started = time.process_time()
        await dealer.deal([place_of(heads[0].request)])
        seconds.append(time.process_time() - started)
        held.cancel()
        longest.append(1000 * await held)
    return [
        alone(_ROW, f"deal {len(heads):,} of 6 KB", seconds, "s"),
        alone(_ROW, "the same: longest hold of the loop", longest, "ms"),
    ]


async def _longest_turn() -> float:
    """CPU seconds between two turns of the event loop, at most, until cancelled."""
    longest, last = 0.0, time.process_time()
    try:
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


def _miss(plan: Plan, heads: Sequence[Head]) -> Line:
    """From a request that nothing answers to its explanation."""
    sent = _edited(heads[len(heads) // 2].request)
    matching = Matching(dialect_of)
    found = missed(sent, heads, matching)
    assert found.nearest is not None
    assert found.nearest.number == len(heads) // 2 + 1
    what = f"nearest among {len(heads):,} of 6 KB, explained"
    return _step(plan, what, lambda: missed(sent, heads, matching).told("c", "u"))


def _dummy(plan: Plan, heads: Sequence[Head]) -> Line:
    """A request that is the last one but for a placeholder, all being prepared."""
    recorded = [_saying(b"REDACTED-email-1@redacted.invalid", head.request) for head in heads]
    second = SecondChoice(recorded, Matching(dialect_of))
    sent = _saying(b"bob", heads[-1].request)
    assert second.find(sent) is recorded[-1]
    what = f"a dummy for a placeholder, among {len(heads):,}"
    return _step(plan, what, lambda: second.find(sent))


def _saying(text: bytes, request: Request) -> Request:
    return replace(request, body=request.body.replace(b"Answer briefly", b"Write to " + text, 1))


def _step(plan: Plan, what: str, act: Callable[[], object]) -> Line:
    return alone(_ROW, what, cpu_us(plan.rounds, act), "us")


def _edited(request: Request) -> Request:
    return replace(request, body=request.body.replace(b"Answer briefly", b"Answer at length", 1))
