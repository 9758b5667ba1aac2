"""Texts that come in pieces, one per event: what a model says, what it passes to a function.

Whatever string stands at the same place in several events may be such a text. A piece belongs to
the text of its event's name, of its place in the event's JSON, and of the ids and indexes that
stand beside it or above. That is so in every API that streams, so nothing here knows one of them: a
secret that is split over events is found whatever the dialect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from runreel.core.redact.texts.json_leaves import LeafPath
from runreel.core.scan.streams import StreamItem

_IDENTIFYING = frozenset(
    ("type", "index", "output_index", "content_index", "summary_index", "item_id", "id")
)
"""Members that tell which text a piece belongs to, and are none."""

_PADDING = "obfuscation"
"""A member that holds random characters, to hide how long a piece is (API reference)."""

_INDEXED = frozenset(("index", "token"))
_PLAIN = (str, int)
_NESTED = (dict, list)
_MAX_DEPTH = 64

ChannelKey: TypeAlias = tuple[object, ...]


class ChannelPiece(NamedTuple):
    """A part of a text."""

    event: int
    """Which event it came in, counted from 1."""
    path: LeafPath
    text: bytes


def iter_channels(items: Sequence[StreamItem]) -> Iterator[list[ChannelPiece]]:
    """The texts that came in more than one piece, each with its pieces in order.

    A string that is the same in every event is no text that goes on.
    """
    found: dict[ChannelKey, list[ChannelPiece]] = {}
    for number, item in enumerate(items, start=1):
        for key, path, text in _collect_pieces(item.data):
            piece = ChannelPiece(number, path, text.encode("utf-8", "surrogatepass"))
            found.setdefault((item.name, *key), []).append(piece)
    for pieces in found.values():
        first = pieces[0].text
        if any(piece.text != first for piece in pieces):
            yield pieces


def _collect_pieces(data: str) -> list[tuple[ChannelKey, LeafPath, str]]:
    """The pieces in what one event says; all of it is one if it is no object and no array."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = data
    if not isinstance(value, _NESTED):
        return [((), (), value if isinstance(value, str) else data)]
    pieces: list[tuple[ChannelKey, LeafPath, str]] = []
    _add_pieces(value, (), (), pieces)
    return pieces


def _add_pieces(
    value: object, key: ChannelKey, path: LeafPath, pieces: list[tuple[ChannelKey, LeafPath, str]]
) -> None:
    """Add the pieces that stand in the value; a list to add to is faster than generators."""
    if len(path) > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        key += tuple([each for name, each in value.items() if _identifies_text(name, each)])
        for name, inner in value.items():
            if name != _PADDING and not _identifies_text(name, inner):
                _add_value(inner, (*key, name), (*path, name), pieces)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _add_value(inner, (*key, _build_index_key(inner, place)), (*path, place), pieces)


def _add_value(
    value: object, key: ChannelKey, path: LeafPath, pieces: list[tuple[ChannelKey, LeafPath, str]]
) -> None:
    """Add the value if it is a string; else what stands in it."""
    if isinstance(value, _NESTED):
        _add_pieces(value, key, path, pieces)
    elif isinstance(value, str) and value:
        pieces.append((key, path, value))


def _identifies_text(name: str, value: object) -> bool:
    return name in _IDENTIFYING and isinstance(value, _PLAIN)


def _build_index_key(value: object, place: int) -> object:
    """An item that tells its own index may stand anywhere in the list; tokens are one text."""
    return None if isinstance(value, dict) and not _INDEXED.isdisjoint(value) else place
