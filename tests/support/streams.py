"""Streams of events for the tests of redaction."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from runreel.core.dialect import Channels
from runreel.core.redact.streams.stream import Stream
from runreel.core.redact.texts.joined_text import JoinedPieces, Owner
from runreel.core.redact.texts.text import Pieces, Text, TextKind

CHANNELS = Channels(
    pieces=frozenset({"text", "delta"}),
    noise=frozenset({"noise"}),
)


def make_event(value: object, name: str = "") -> bytes:
    """Return a server-sent event with this value as JSON."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def split_one_by_one(events: Sequence[bytes]) -> Stream:
    """Return a stream that gets one event after the other."""
    stream = Stream(CHANNELS, lambda leaf: leaf.name == "password")
    for raw in events:
        stream.feed([raw])
    return stream


def split_at_once(events: Sequence[bytes]) -> Stream:
    """Return a stream that gets all events at once."""
    stream = Stream(CHANNELS, lambda leaf: leaf.name == "password")
    stream.feed(events)
    return stream


def list_texts(stream: Stream) -> list[Text]:
    """Return the texts of a stream, of which no two share a byte."""
    texts = stream.finish()
    return [texts.rest, *texts.channels]


class ListedPieces(JoinedPieces):
    """Pieces of a joined text, each with its origin, its bytes and its owner."""

    kind = TextKind.JSON_STRING

    def __init__(self, rows: Sequence[tuple[int, bytes, Owner]]) -> None:
        self._rows = rows
        self.locate_count = 0

    def join(self) -> bytes:
        """Return all pieces, joined."""
        return b"".join(data for _, data, _ in self._rows)

    def locate(self) -> tuple[Pieces, Sequence[Owner]]:
        """Return the pieces, and the owner of each."""
        self.locate_count += 1
        pieces = Pieces([row[0] for row in self._rows], [len(row[1]) for row in self._rows])
        return pieces, [owner for _, _, owner in self._rows]


SCALARS = st.sampled_from(["a", "b", 'sk-"1', 1, 23456789, -1.5, True, None])
NAMES = st.sampled_from(["text", "delta", "id", "type", "index", "noise", "x", "password"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.builds(
    make_event, st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from(["", "e"])
)
