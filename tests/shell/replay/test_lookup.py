"""Dealing: in slices, in the order of those who ask, and whatever happens in between."""

from __future__ import annotations

import asyncio

import pytest

from runreel.core.match import Matching, build_request_key, fingerprint
from runreel.core.replay import Selector
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, Request
from runreel.shell.replay import lookup
from runreel.shell.replay.lookup import Indexer
from support.build import make_head, make_request

RUN = make_request("GET", b"/v1/threads/t/runs/r", body=b"")
MESSAGE = make_request("POST", b"/v1/threads/t/messages", body=b'{"content": "a"}')
FILES = make_request("GET", b"/v1/files", body=b"")


@pytest.fixture(autouse=True)
def the_smallest_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the event loop turn after each exchange."""
    monkeypatch.setattr(lookup, "_SLICE_SECONDS", 0.0)


def heads(*requests: Request) -> list[ExchangeHead]:
    return [make_head(number=number, request=each) for number, each in enumerate(requests, start=1)]


def dealer(*requests: Request) -> tuple[Selector, Indexer]:
    deck = Selector()
    return deck, Indexer(deck, heads(*requests), Matching(find_dialect))


def drawn(deck: Selector, request: Request) -> int | None:
    card = deck.take(fingerprint(request), find_dialect(request).find_scope(request))
    return card and card.number


async def test_what_is_asked_for_is_there() -> None:
    deck, made = dealer(RUN, FILES, RUN)
    await made.index([build_request_key(RUN)])
    assert fingerprint(FILES) not in deck
    assert made.is_indexed([build_request_key(RUN)])
    assert not made.is_indexed([build_request_key(RUN), build_request_key(FILES)])
    assert [drawn(deck, RUN), drawn(deck, RUN)] == [1, 3]
    await made.index([build_request_key(FILES), build_request_key(MESSAGE)])
    assert drawn(deck, FILES) == 2


async def test_changes_bound_what_is_dealt_before_they_are() -> None:
    deck, made = dealer(RUN, MESSAGE, RUN)
    await made.index([build_request_key(RUN)])
    assert [drawn(deck, RUN), drawn(deck, RUN)] == [1, 1]


async def test_the_event_loop_turns_between_exchanges() -> None:
    _, made = dealer(*[RUN] * 100)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    await made.index([build_request_key(RUN)])
    counting.cancel()
    assert turns >= 100


async def test_those_who_ask_first_are_served_first() -> None:
    deck, made = dealer(*[RUN] * 3)
    served: list[tuple[int, int | None]] = []
    one_was_served = asyncio.Event()

    async def ask(who: int) -> None:
        if not made.is_indexed([build_request_key(RUN)]):
            await made.index([build_request_key(RUN)])
        served.append((who, drawn(deck, RUN)))
        one_was_served.set()

    early = [asyncio.create_task(ask(1)), asyncio.create_task(ask(2))]
    await one_was_served.wait()
    await asyncio.gather(*early, ask(3))
    assert served == [(1, 1), (2, 2), (3, 3)]


async def test_one_who_leaves_leaves_the_rest_to_the_next() -> None:
    deck, made = dealer(*[MESSAGE] * 3, *[RUN] * 3)
    for _ in range(12):
        leaving = asyncio.create_task(made.index([build_request_key(RUN)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
    await made.index([build_request_key(RUN), build_request_key(MESSAGE)])
    assert [drawn(deck, MESSAGE) for _ in range(3)] == [1, 2, 3]
    assert [drawn(deck, RUN) for _ in range(4)] == [4, 5, 6, 6]


async def test_work_is_done_in_slices_and_in_turn() -> None:
    _, made = dealer(RUN)
    order: list[str] = []

    async def note(name: str) -> None:
        await made.run_steps(map(order.append, (f"{name}{step}" for step in range(3))))
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(note("a"))
        group.create_task(note("b"))
        group.create_task(turns(order))
    assert [each for each in order if each != "turn"] == [
        *("a0", "a1", "a2", "a", "b0", "b1", "b2", "b")
    ]
    assert order.index("turn") < order.index("a1"), "others go on meanwhile"


async def turns(order: list[str]) -> None:
    """Note that the event loop turned."""
    order.append("turn")
