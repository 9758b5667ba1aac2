"""Reading many events at once finds the same as reading them one by one.

The streams are generated from numbers: 500 of them, 10,000 in CI, and a million with the profile
``deep`` in ``HYPOTHESIS_PROFILE``; ``FIRST_STREAM`` is the number of the first one, for others than
those that were compared before. A failure prints the number and the stream.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache

import pytest

from corpus.random_streams import RandomStream
from runreel.core.dialect import NO_CHANNELS, Channels
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.finders.detector import Detection, Detector
from runreel.core.redact.streams import body_texts
from runreel.core.redact.streams.event_shape import EventShape
from runreel.core.redact.streams.stream import Stream
from runreel.model import Answer
from support.build import make_answer, make_exchange, make_request

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "fast")
COUNT = {"fast": 500, "ci": 10_000, "deep": 1_000_000}[PROFILE]
STEP = COUNT // 10
FIRST = int(os.environ.get("FIRST_STREAM", "0"))

CHANNELS = Channels(pieces=frozenset({"delta"}), noise=frozenset({"noise"}))
REQUEST = make_request(headers=((b"Authorization", b"Bearer sk-test/canary-0001"),), body=b"")
RULES = Rules.build()
FIND = Detector.find


class CarefulStream(Stream):
    """A stream whose events are read one by one, each with all of its bytes."""

    def _find_shape(self, raw: bytes) -> EventShape | None:
        return None


@lru_cache(maxsize=1 << 13)
def find_once(detector: Detector, text: bytes) -> tuple[Detection, ...]:
    """Return what the rules find; both ways search nearly the same texts, several times each."""
    return tuple(FIND(detector, text))


@pytest.fixture(autouse=True)
def search_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Detector, "find", lambda detector, text: [*find_once(detector, text)])


def choose_channels(number: int) -> Channels:
    return CHANNELS if number % 2 else NO_CHANNELS


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


def redact_in_both_ways(
    body: bytes, channels: Channels, monkeypatch: pytest.MonkeyPatch
) -> tuple[bytes, bytes]:
    """Return the stream as the fast and as the careful way redact it."""
    fast = redact(body, channels)
    with monkeypatch.context() as patch:
        patch.setattr(body_texts, "Stream", CarefulStream)
        careful = redact(body, channels)
    return renumber(fast.body), renumber(careful.body)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, STEP))
def test_the_fast_and_the_careful_way_agree(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(first, first + STEP):
        body, channels = RandomStream(number).make_body(), choose_channels(number)
        fast, careful = redact_in_both_ways(body, channels, monkeypatch)
        assert fast == careful, f"stream {number} differs: {body!r}"


EVENTS_ONCE_DIFFERENT = r"""
{"note": "key \" r", "delta": "a", "name": "msg_03b4f91bacdbb6111d8dcf99", "id": "b"}
{"note": "iver at ", "delta": null, "name": "msg_012de691434018d51b7caf77", "id": null}
{"created": "4242 4242 4242 4242"}
{"note": "\u00e9 \u00e9 key my token: ", "delta": 7, "name": "msg_03101f9845a5c2b165142f97", "id": "a"}
{"note": "\\ river ", "delta": true, "name": "msg_03b081d45a0794dc9ef0f7a7", "id": 7}
{"created": "password="}
{"note": "\\ xk9_Qm4vT7bN2cR", "delta": "b", "name": "msg_0009a1f82418b527e3fe4d59", "id": "a"}
{"note": "8wL5j", "delta": null, "name": "msg_023ac507bbb0fa31ebf67a99", "id": 7}
{"created": "river of card key"}
{"note": "H1fD6gS3 key ri", "delta": "a", "name": "msg_00e8d07490902aeb7853c809", "id": null}
"""  # noqa: E501 - events as they were sent
ONCE_DIFFERENT = [
    (
        "the same member and ids, beside a usual name in one event and without any in another",
        EVENTS_ONCE_DIFFERENT,
    ),
]


@pytest.mark.parametrize(("reason", "events"), ONCE_DIFFERENT)
@pytest.mark.parametrize("channels", [CHANNELS, NO_CHANNELS])
def test_streams_that_were_once_read_differently(
    reason: str, events: str, channels: Channels, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"".join(b"data: %b\n\n" % event.encode() for event in events.split("\n") if event)
    fast, careful = redact_in_both_ways(body, channels, monkeypatch)
    assert fast == careful, reason
