"""Looking up calls: equal requests, then wildcards; in time slices; in the order of arrival."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from runreel.core.bind.bound_values import ClientValues
from runreel.core.match.matching import Matching, SplitFingerprint
from runreel.core.match.normalize import build_request_key, fingerprint
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.match import Match, ReplayQuery
from runreel.core.replay.query import build_query
from runreel.core.replay.selector import Selector
from runreel.dialects import find_dialect
from runreel.model import Request
from runreel.shell.replay import lookup
from runreel.shell.replay.lookup import Lookup
from support.build import make_head, make_request

MATCHING = Matching(find_dialect)
RULES = Rules.build()
RUN = make_request("GET", b"/v1/threads/t/runs/r", body=b"")
MESSAGE = make_request("POST", b"/v1/threads/t/messages", body=b'{"content": "a"}')
FILES = make_request("GET", b"/v1/files", body=b"")


def make_mail(text: str, target: bytes = b"/v1/x") -> Request:
    return make_request(target=target, body=f'{{"to": "{text}"}}'.encode())


MAIL, PATH = make_mail("REDACTED-email-1"), make_mail("a", b"/v1/REDACTED-id-1")


@pytest.fixture(autouse=True)
def shortest_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the event loop run other tasks after each exchange."""
    monkeypatch.setattr(lookup, "_SLICE_SECONDS", 0.0)


class Cassette:
    """Recorded requests, numbered from 1, with a selector and a look-up of their own."""

    def __init__(self, *requests: Request, wildcards: bool = True) -> None:
        heads = [make_head(number=at, request=each) for at, each in enumerate(requests, start=1)]
        self.selector = Selector()
        self.lookup = Lookup(self.selector, heads, MATCHING, wildcards=wildcards)

    async def find(self, request: Request) -> Match:
        redactor = Redactor(RULES, Vault())
        query = build_query(request, redactor=redactor, matching=MATCHING, max_body=1 << 20)
        return await self.lookup.find(query)

    async def take(self, request: Request) -> int | None:
        """Find the call of this request; return the number of the exchange that answers."""
        match = await self.find(request)
        candidate = self.selector.take(match.fingerprint, match.scope)
        return candidate and candidate.number


CASES = [
    ("equal", make_mail("bob@example.org"), [MAIL], MAIL, False),
    ("a dummy value", make_mail("bob"), [MAIL], MAIL, True),
    ("a dummy value in the path", make_mail("a", b"/v1/y"), [PATH], PATH, True),
    ("equal is preferred", make_mail("bob"), [MAIL, make_mail("bob")], make_mail("bob"), False),
]


@pytest.mark.parametrize(
    ("why", "sent", "recorded", "call", "is_wildcard"), CASES, ids=[row[0] for row in CASES]
)
async def test_a_request_finds_its_call(
    why: str, sent: Request, recorded: list[Request], call: Request, is_wildcard: bool
) -> None:
    cassette = Cassette(*recorded)
    match = await cassette.find(sent)
    assert match.fingerprint == fingerprint(call)
    assert (match.wildcard is not None) is is_wildcard
    assert cassette.selector.take(match.fingerprint, match.scope) is not None


async def test_an_unknown_request_finds_no_call() -> None:
    cassette = Cassette(MAIL)
    match = await cassette.find(make_mail("not one run"))
    assert match.wildcard is None
    assert match.fingerprint not in cassette.selector


async def test_wildcards_can_be_switched_off() -> None:
    cassette = Cassette(MAIL, wildcards=False)
    match = await cassette.find(make_mail("bob"))
    assert match.fingerprint not in cassette.selector


async def test_only_the_exchanges_of_the_request_are_indexed() -> None:
    cassette = Cassette(RUN, FILES, RUN)
    assert await cassette.take(RUN) == 1
    assert fingerprint(FILES) not in cassette.selector
    assert await cassette.take(RUN) == 3
    assert await cassette.take(FILES) == 2


async def test_state_changes_count_before_their_exchanges_are_indexed() -> None:
    cassette = Cassette(RUN, MESSAGE, RUN)
    assert [await cassette.take(RUN), await cassette.take(RUN)] == [1, 1]


async def test_the_event_loop_runs_other_tasks_between_exchanges() -> None:
    cassette = Cassette(*[RUN] * 100)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    await cassette.find(RUN)
    counting.cancel()
    assert turns >= 100


async def test_equal_requests_get_the_exchanges_in_the_order_of_their_arrival() -> None:
    cassette = Cassette(*[RUN] * 3)
    answers: list[tuple[int, int | None]] = []
    first_answer = asyncio.Event()

    async def ask(client: int) -> None:
        answers.append((client, await cassette.take(RUN)))
        first_answer.set()

    early = [asyncio.create_task(ask(1)), asyncio.create_task(ask(2))]
    await first_answer.wait()
    await asyncio.gather(*early, ask(3))
    assert answers == [(1, 1), (2, 2), (3, 3)]


async def test_requests_that_need_wildcards_are_found_in_the_order_of_their_arrival() -> None:
    others = [make_mail(f"REDACTED-email-1 {number}") for number in range(20)]
    cassette = Cassette(*[MAIL] * 20, PATH, *others)
    clients: list[int] = []

    async def ask(client: int) -> None:
        await cassette.find(make_mail("bob"))
        clients.append(client)

    async with asyncio.TaskGroup() as group:
        for client in range(10):
            group.create_task(ask(client))
    assert clients == list(range(10))


async def test_a_request_that_is_cancelled_leaves_the_rest_of_the_work_to_the_next() -> None:
    cassette = Cassette(*[MESSAGE] * 3, *[RUN] * 3)
    for _ in range(12):
        cancelled = asyncio.create_task(cassette.find(RUN))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([cancelled])
    assert [await cassette.take(MESSAGE) for _ in range(3)] == [1, 2, 3]
    assert [await cassette.take(RUN) for _ in range(4)] == [4, 5, 6, 6]


class GatedMatching(Matching):
    """A matching that waits for its gate before it computes the fingerprint of a long request."""

    def __init__(self) -> None:
        super().__init__(find_dialect)
        self.has_begun = threading.Event()
        self.gate = threading.Event()
        self.threads: set[int] = set()

    def split_fingerprint(self, request: Request) -> SplitFingerprint:
        if len(request.body) > LONG:
            self.threads.add(threading.get_ident())
            self.has_begun.set()
            assert self.gate.wait(10)
        return super().split_fingerprint(request)


LONG = 1 << 17


def make_upload(number: int) -> Request:
    return make_request(target=b"/v1/files", body=b"%d %s" % (number, b"x" * LONG))


async def test_requests_for_other_paths_do_not_wait_while_long_ones_are_indexed() -> None:
    matching = GatedMatching()
    requests = [*(make_upload(number) for number in range(3)), RUN, MAIL]
    heads = [make_head(number=at, request=each) for at, each in enumerate(requests, start=1)]
    selector = Selector()
    finder = Lookup(selector, heads, matching, wildcards=True)

    def query(request: Request) -> ReplayQuery:
        key, plain = build_request_key(request), fingerprint(request)
        return ReplayQuery(request, (request,), MATCHING.find_scope(request), (key,), (plain,))

    answered: list[int] = []

    async def ask(number: int) -> None:
        await finder.find(query(make_upload(number)))
        answered.append(number)

    uploads = [asyncio.create_task(ask(number)) for number in (2, 0, 1)]
    await asyncio.to_thread(matching.has_begun.wait, 10)
    assert (await finder.find(query(RUN))).fingerprint == fingerprint(RUN)
    assert (await finder.find(query(make_mail("bob")))).wildcard == MAIL
    assert not answered
    matching.gate.set()
    await asyncio.gather(*uploads)
    assert answered == [2, 0, 1], "in the order of their arrival"
    assert threading.get_ident() not in matching.threads
    for number in (2, 0, 1):
        match = await finder.find(query(make_upload(number)))
        candidate = selector.take(match.fingerprint, match.scope)
        assert candidate is not None
        assert candidate.number == number + 1


ONE, TWO, MINE, OTHER = (f"{digit}c5ec7a8-1111-4a11-8111-111111111111".encode() for digit in "1289")
"""Ids of threads that clients choose: two recorded ones, and two new ones."""


def make_start(thread: bytes, size: int = 0) -> Request:
    return make_request(target=b"/threads/%b/runs" % thread, body=b'{"x": "%b"}' % (b"x" * size))


class BindingCassette(Cassette):
    """Recorded requests whose clients have chosen ids, which are bound as the player does it."""

    def __init__(self, *requests: Request) -> None:
        super().__init__(*requests)
        self.values = ClientValues()
        heads = [make_head(number=at, request=each) for at, each in enumerate(requests, start=1)]
        self.recorded = {head.number: head.request for head in heads}
        self.lookup = Lookup(
            self.selector, heads, MATCHING, wildcards=True, client_values=self.values
        )

    async def play(self, sent: Request) -> int | None:
        number = await self.take(sent)
        if number is not None:
            recorded = self.recorded[number]
            rules = MATCHING.get_rules(recorded).bound
            self.values.bind(recorded, sent, rules, lambda value: True)
        return number


SIZES = [("short requests", 0), ("requests that a thread reads", 1 << 17)]


@pytest.mark.parametrize(("why", "size"), SIZES, ids=[row[0] for row in SIZES])
async def test_two_clients_at_once_never_get_one_recorded_thread(why: str, size: int) -> None:
    cassette = BindingCassette(make_start(ONE, size), make_start(TWO, size))
    starts = (make_start(thread, size) for thread in (MINE, OTHER))
    assert await asyncio.gather(*map(cassette.play, starts)) == [1, 2]


async def test_a_thread_that_is_bound_meanwhile_is_not_given_to_another() -> None:
    cassette = BindingCassette(make_start(ONE), make_start(TWO))
    await asyncio.gather(*(cassette.find(make_start(thread)) for thread in (ONE, TWO)))
    by_path = asyncio.create_task(cassette.play(make_start(MINE)))
    at_once = asyncio.create_task(cassette.play(make_start(ONE)))
    assert (await at_once, await by_path) == (1, 2)


@pytest.mark.parametrize(("count", "is_exempt"), [(999, False), (1000, True)])
async def test_many_indexed_exchanges_are_exempt_from_collections(
    count: int, is_exempt: bool
) -> None:
    gc.unfreeze()
    heads = [make_head(number=number, request=make_request()) for number in range(1, count + 1)]
    lookup = Lookup(Selector(), heads, MATCHING, wildcards=False)
    redactor = Redactor(Rules.build(), Vault())
    query = build_query(heads[0].request, redactor=redactor, matching=MATCHING, max_body=1 << 20)
    try:
        await lookup.find(query)
        assert (gc.get_freeze_count() > 0) is is_exempt
    finally:
        gc.unfreeze()
