"""Reading many events at once finds the same as reading them one by one.

The streams are generated from numbers: 500 of them, 10,000 in CI, and a million with the profile
``deep`` in ``HYPOTHESIS_PROFILE``.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Iterator

import pytest

from runreel.core.dialect import NO_CHANNELS, Channels
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.streams import body_texts
from runreel.core.redact.streams.event_shape import EventShape
from runreel.core.redact.streams.stream import Stream
from runreel.model import Answer
from support.build import make_answer, make_exchange, make_request

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "fast")
COUNT = {"fast": 500, "ci": 10_000, "deep": 1_000_000}[PROFILE]
STEP = COUNT // 10

CHANNELS = Channels(pieces=frozenset({"delta"}), noise=frozenset({"noise"}))
REQUEST = make_request(headers=((b"Authorization", b"Bearer sk-test/canary-0001"),), body=b"")
RULES = Rules.build()

WORDS = ["the", "of", "river", "token:", "password=", "key", "card", "my", "at", "\\", '"', "é"]
SECRETS = [
    "sk-test/canary-0001",
    "sk-proj-Zq7tWv2LpX9sKd4RmBf8T3BlbkFJnHc6YgUe1AoViQz5",
    "ghp_R8sTq2WvYx4Zb6Nc9Md1Lf3Kg5Hj7Pq0AaBb",
    "ann@example.org",
    "4242 4242 4242 4242",
    "hunter2-Swordfish9",
    "xk9_Qm4vT7bN2cR8wL5jH1fD6gS3",
]
NAMES = ["id", "type", "index", "text", "delta", "note", "name", "value", "password", "seq"]
NAMES += ["created", "card", "noise", "x"]

Value = Callable[[], object]


class Generator:
    """Makes one stream from a number."""

    def __init__(self, number: int) -> None:
        self._dice = random.Random(number)  # noqa: S311 - the same each time

    def make_body(self) -> bytes:
        """Return a stream of up to ten events, of up to two templates."""
        make_members = [self._make_object(2) for _ in range(self._dice.randint(1, 2))]
        return b"".join(
            b"data: %b\n\n" % json.dumps(self._dice.choice(make_members)()).encode()
            for _ in range(self._dice.randint(1, 10))
        )

    def _make_object(self, depth: int) -> Value:
        names = self._dice.sample(NAMES, self._dice.randint(1, 5))
        members = {name: self._make_value(depth - 1) for name in names}
        return lambda: {name: make() for name, make in members.items()}

    def _make_value(self, depth: int) -> Value:
        dice, kind = self._dice, self._dice.randrange(11)
        constant, counter = self._make_text(), iter(range(dice.randrange(10**6), 10**8))
        pieces = self._iter_pieces()
        if kind < 2 and depth:
            return self._make_object(depth)
        makers: list[Value] = [
            lambda: constant,
            lambda: constant,
            lambda: next(counter),
            lambda: dice.choice(["a", "b", None, True, 7, "sk-"]),
            lambda: f"msg_{dice.getrandbits(90):024x}",
            dice.random,
            lambda: next(pieces),
            lambda: next(pieces),
            self._make_text,
            lambda: [constant, self._make_text()],
            lambda: dice.choice(SECRETS),
        ]
        return makers[kind]

    def _make_text(self) -> str:
        words = self._dice.choices(WORDS, k=self._dice.randint(0, 4))
        if self._dice.random() < 0.3:
            words.insert(self._dice.randint(0, len(words)), self._dice.choice(SECRETS))
        return " ".join(words)

    def _iter_pieces(self) -> Iterator[str]:
        """Yield the pieces of an endless text."""
        rest = ""
        while True:
            rest = rest or f"{self._make_text()} {self._make_text()} "
            size = self._dice.randint(0, 20)
            yield rest[:size]
            rest = rest[size:]


class CarefulStream(Stream):
    """A stream whose events are read one by one, each with all of its bytes."""

    def _find_shape(self, raw: bytes) -> EventShape | None:
        return None


def redact(body: bytes, channels: Channels) -> Answer:
    exchange = make_exchange(request=REQUEST, answer=make_answer(body))
    return Redactor(RULES, Vault()).redact_exchange(exchange, channels).answer


def renumber(body: bytes) -> bytes:
    """Return the body with placeholders numbered in their order.

    Numbers in events that repeat others are found last, and take a number as well.
    """
    numbers: dict[bytes, int] = {}

    def number(match: re.Match[bytes]) -> bytes:
        return b"%b#%d" % (match[1], numbers.setdefault(match[0], len(numbers)))

    return re.sub(rb"(REDACTED-[a-z-]+-)[0-9]+", number, body)


def redact_in_both_ways(number: int, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, bytes]:
    """Return the stream of this number as the fast and as the careful way redact it."""
    body = Generator(number).make_body()
    channels = CHANNELS if number % 2 else NO_CHANNELS
    fast = redact(body, channels)
    with monkeypatch.context() as patch:
        patch.setattr(body_texts, "Stream", CarefulStream)
        careful = redact(body, channels)
    return renumber(fast.body), renumber(careful.body)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", range(0, COUNT, STEP))
def test_the_fast_and_the_careful_way_agree(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(first, first + STEP):
        fast, careful = redact_in_both_ways(number, monkeypatch)
        assert (number, fast) == (number, careful)


ONCE_DIFFERENT = [
    # The same member and ids, beside a usual name in one event and without any in another.
    1_012_622,
]


@pytest.mark.parametrize("number", ONCE_DIFFERENT)
def test_streams_that_were_once_read_differently(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, careful = redact_in_both_ways(number, monkeypatch)
    assert fast == careful
