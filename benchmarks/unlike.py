"""Requests and events of which no two are alike, in sizes like those of the alike ones.

Each event has an id, two numbers and words of its own, as in OpenAI's Realtime and Responses APIs.
So nothing that was seen before may be passed over.
"""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Iterator
from itertools import count

from benchmarks.samples import (
    EVENTS,
    REQUEST_BODY,
    make_exchange,
    make_request_bytes,
    make_stream_answer,
    make_text,
)
from runreel.model import Exchange

_WORDS = (
    b"the river and its old bridge are near a market where trains leave at noon for every town that"
    b" has rooms left in spring or autumn with a view of hills while buses stop beside it"
).split()
_CASE_WORDS = 12
_OF_IDS = string.ascii_letters + string.digits


class UnlikeSamples:
    """A source of requests and events that never repeats itself; equal seeds give equal samples."""

    def __init__(self, seed: int = 0) -> None:
        """Start with this seed; streams of one exchange should not share it with another."""
        self._letters = random.Random(seed)  # noqa: S311 - the same each time
        self._count = 0

    def make_body(self) -> bytes:
        """Return the body of the next create-run request."""
        self._count += 1
        case = b"create-run %d %b" % (self._count, self._join_words(_CASE_WORDS))
        return REQUEST_BODY.replace(b"create-run", case)

    def make_request(self, port: int, target: str) -> bytes:
        """Return the next raw create-run request to 127.0.0.1."""
        return make_request_bytes(port, target, body=self.make_body())

    def make_event(self, number: int, stamp: int = 0) -> bytes:
        """Return the next delta of a message; the arguments are those of ``samples.make_event``."""
        word = self._letters.choice(_WORDS).decode()
        delta = {
            "event_id": f"event_{''.join(self._letters.choices(_OF_IDS, k=21))}",
            "sequence_number": number,
            "created_at": 1_700_000_000 + self._letters.randrange(10**7),
            "id": "msg_benchmark",
            "object": "thread.message.delta",
            "delta": {
                "content": [{"index": 0, "type": "text", "text": make_text(word, number, stamp)}]
            },
        }
        return b"event: thread.message.delta\ndata: " + json.dumps(delta).encode() + b"\n\n"

    def iter_events(self, size: int = 0) -> Iterator[bytes]:
        """Yield the next events of a stream: the usual number, or enough for ``size`` bytes."""
        total = 0
        for number in count():
            if number >= EVENTS and total >= size:
                return
            event = self.make_event(number, time.monotonic_ns())
            total += len(event)
            yield event

    def make_exchange(self, number: int) -> Exchange:
        """Make the next exchange of a stream."""
        answer = make_stream_answer(self.iter_events())
        return make_exchange(number, answer, body=self.make_body())

    def _join_words(self, count: int) -> bytes:
        return b" ".join(self._letters.choices(_WORDS, k=count))
