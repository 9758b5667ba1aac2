"""Seeking: the same to the letter first, placeholders second; in slices, and in order."""

from __future__ import annotations

import asyncio

import pytest

from runreel.core.match import Matching, fingerprint
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay import Selector
from runreel.core.replay.query import ReplayQuery, build_query
from runreel.dialects import find_dialect
from runreel.model import Request
from runreel.shell.replay import lookup
from runreel.shell.replay.seeking import Lookup
from support.build import make_head, make_request

MATCHING = Matching(find_dialect)
RULES = Rules.build()


@pytest.fixture(autouse=True)
def the_smallest_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the event loop turn after each exchange."""
    monkeypatch.setattr(lookup, "_SLICE_SECONDS", 0.0)


def asked(request: Request) -> ReplayQuery:
    redactor = Redactor(RULES, Vault())
    return build_query(request, redactor=redactor, matching=MATCHING, max_body=1000)


def saying(text: str, target: bytes = b"/v1/x") -> Request:
    return make_request(target=target, body=f'{{"to": "{text}"}}'.encode())


def seeker(*requests: Request, wildcards: bool = True) -> tuple[Selector, Lookup]:
    deck = Selector()
    heads = [make_head(number=at, request=each) for at, each in enumerate(requests, start=1)]
    return deck, Lookup(deck, heads, MATCHING, wildcards=wildcards)


MAIL, PATH = saying("REDACTED-email-1"), saying("a", b"/v1/REDACTED-id-1")
CASES = [
    ("to the letter", saying("bob@example.org"), [MAIL], MAIL, False),
    ("a dummy", saying("bob"), [MAIL], MAIL, True),
    ("a dummy in a path, which is dealt then", saying("a", b"/v1/y"), [PATH], PATH, True),
    ("to the letter goes first", saying("bob"), [MAIL, saying("bob")], saying("bob"), False),
]


@pytest.mark.parametrize(
    ("why", "sent", "recorded", "call", "second"), CASES, ids=[r[0] for r in CASES]
)
async def test_which_call_it_is(
    why: str, sent: Request, recorded: list[Request], call: Request, second: bool
) -> None:
    deck, made = seeker(*recorded)
    found = await made.find(asked(sent))
    assert found.fingerprint == fingerprint(call)
    assert (found.wildcard is not None) is second
    assert deck.take(found.fingerprint, found.scope) is not None


async def test_nothing_is_found() -> None:
    deck, made = seeker(MAIL)
    found = await made.find(asked(saying("not one run")))
    assert found.wildcard is None
    assert found.fingerprint not in deck


async def test_placeholders_can_be_taken_at_their_word() -> None:
    deck, made = seeker(MAIL, wildcards=False)
    assert (await made.find(asked(saying("bob")))).fingerprint not in deck


async def test_equal_requests_are_found_in_their_order() -> None:
    _, made = seeker(*[MAIL] * 20, PATH, *[saying(f"REDACTED-email-1 {at}") for at in range(20)])
    order: list[int] = []

    async def find(number: int) -> None:
        await made.find(asked(saying("bob")))
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(find(number))
    assert order == list(range(10))
