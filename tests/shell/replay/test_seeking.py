"""Seeking: the same to the letter first, placeholders second; in slices, and in order."""

from __future__ import annotations

import asyncio

import pytest

from runreel.core.match import Matching, fingerprint
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay import Deck
from runreel.core.replay.query import Recognised, recognised
from runreel.dialects import dialect_of
from runreel.model import Request
from runreel.shell.replay import lookup
from runreel.shell.replay.seeking import Seeker
from support.build import make_head, make_request

MATCHING = Matching(dialect_of)
RULES = Rules.extended()


@pytest.fixture(autouse=True)
def the_smallest_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the event loop turn after each exchange."""
    monkeypatch.setattr(lookup, "_SLICE", 0.0)


def asked(request: Request) -> Recognised:
    redactor = Redactor(RULES, Vault())
    return recognised(request, redactor=redactor, matching=MATCHING, max_body=1000)


def saying(text: str, target: bytes = b"/v1/x") -> Request:
    return make_request(target=target, body=f'{{"to": "{text}"}}'.encode())


def seeker(*requests: Request, wildcards: bool = True) -> tuple[Deck, Seeker]:
    deck = Deck()
    heads = [make_head(number=at, request=each) for at, each in enumerate(requests, start=1)]
    return deck, Seeker(deck, heads, MATCHING, wildcards=wildcards)


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
    assert found.key == fingerprint(call)
    assert (found.second is not None) is second
    assert deck.draw(found.key, found.scope) is not None


async def test_nothing_is_found() -> None:
    deck, made = seeker(MAIL)
    found = await made.find(asked(saying("not one run")))
    assert found.second is None
    assert found.key not in deck


async def test_placeholders_can_be_taken_at_their_word() -> None:
    deck, made = seeker(MAIL, wildcards=False)
    assert (await made.find(asked(saying("bob")))).key not in deck


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
