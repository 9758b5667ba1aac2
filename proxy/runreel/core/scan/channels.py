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

from runreel.core.redact.texts.json_leaves import Path
from runreel.core.scan.streams import Said

_TELLING = frozenset(
    ("type", "index", "output_index", "content_index", "summary_index", "item_id", "id")
)
"""Members that tell which text a piece belongs to, and are none."""

_NOISE = "obfuscation"
"""A member that holds random characters, to hide how long a piece is (API reference)."""

_INDEXED = frozenset(("index", "token"))
_PLAIN = (str, int)
_NESTED = (dict, list)
_DEEPEST = 64

Key: TypeAlias = tuple[object, ...]


class Piece(NamedTuple):
    """A part of a text."""

    event: int
    """Which event it came in, counted from 1."""
    path: Path
    text: bytes


def channels(said: Sequence[Said]) -> Iterator[list[Piece]]:
    """The texts that came in more than one piece, each with its pieces in order.

    A string that is the same in every event is no text that goes on.
    """
    found: dict[Key, list[Piece]] = {}
    for number, item in enumerate(said, start=1):
        for key, path, text in _pieces(item.data):
            piece = Piece(number, path, text.encode("utf-8", "surrogatepass"))
            found.setdefault((item.name, *key), []).append(piece)
    for pieces in found.values():
        first = pieces[0].text
        if any(piece.text != first for piece in pieces):
            yield pieces


def _pieces(data: str) -> list[tuple[Key, Path, str]]:
    """The pieces in what one event says; all of it is one if it is no object and no array."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = data
    if not isinstance(value, _NESTED):
        return [((), (), value if isinstance(value, str) else data)]
    pieces: list[tuple[Key, Path, str]] = []
    _gather(value, (), (), pieces)
    return pieces


def _gather(value: object, key: Key, path: Path, pieces: list[tuple[Key, Path, str]]) -> None:
    """Add the pieces that stand in the value; a list to add to is faster than generators."""
    if len(path) > _DEEPEST:
        return
    if isinstance(value, dict):
        key += tuple([each for name, each in value.items() if _tells(name, each)])
        for name, inner in value.items():
            if name != _NOISE and not _tells(name, inner):
                _take(inner, (*key, name), (*path, name), pieces)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _take(inner, (*key, _place(inner, place)), (*path, place), pieces)


def _take(value: object, key: Key, path: Path, pieces: list[tuple[Key, Path, str]]) -> None:
    """Add the value if it is a string; else what stands in it."""
    if isinstance(value, _NESTED):
        _gather(value, key, path, pieces)
    elif isinstance(value, str) and value:
        pieces.append((key, path, value))


def _tells(name: str, value: object) -> bool:
    return name in _TELLING and isinstance(value, _PLAIN)


def _place(value: object, place: int) -> object:
    """An item that tells its own index may stand anywhere in the list; tokens are one text."""
    return None if isinstance(value, dict) and not _INDEXED.isdisjoint(value) else place
