"""Texts that come in pieces, one per event: a model's message, the arguments of a function.

Strings at the same path of several events may be pieces of one text, a *channel*. Pieces belong to
the same channel if the event's name, the path, and the ids and indexes beside and above the string
are the same::

    {"index": 0, "delta": {"content": "sk-pr"}}
    {"index": 1, "delta": {"content": "Hello"}}
    {"index": 0, "delta": {"content": "oj-…"}}      joins the first

All streaming APIs work like that, so no dialect is needed to find a secret that is split.
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
"""Members that identify the channel of the strings beside and below them, and are not text."""

_PADDING = "obfuscation"
"""A member of random characters, with which OpenAI's API hides the length of a piece."""

_INDEXED = frozenset(("index", "token"))
"""Members of array elements whose own position in the array does not count."""

_SCALAR = (str, int)
_NESTED = (dict, list)
_MAX_DEPTH = 64

ChannelKey: TypeAlias = tuple[object, ...]
"""Identity of a channel: ids, indexes, names of members and positions, from the root down."""


class ChannelPiece(NamedTuple):
    """A piece of a channel's text."""

    event: int
    """Number of its event, counted from 1."""
    path: LeafPath
    text: bytes


def iter_channels(items: Sequence[StreamItem]) -> Iterator[list[ChannelPiece]]:
    """Yield the pieces of each channel, in order.

    Strings that are the same in every event are not pieces, and are left out.
    """
    channels: dict[ChannelKey, list[ChannelPiece]] = {}
    for number, item in enumerate(items, start=1):
        for key, path, text in _collect_pieces(item.data):
            piece = ChannelPiece(number, path, text.encode("utf-8", "surrogatepass"))
            channels.setdefault((item.name, *key), []).append(piece)
    for pieces in channels.values():
        first = pieces[0].text
        if any(piece.text != first for piece in pieces):
            yield pieces


def _collect_pieces(data: str) -> list[tuple[ChannelKey, LeafPath, str]]:
    """Return key, path and text of each piece in an event's data.

    Data that is not a JSON object or array is one piece.
    """
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
    """Append the pieces in an object or array; a list is faster than nested generators."""
    if len(path) > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        key += tuple([each for name, each in value.items() if _identifies_text(name, each)])
        for name, inner in value.items():
            if name != _PADDING and not _identifies_text(name, inner):
                _add_value(inner, (*key, name), (*path, name), pieces)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _add_value(inner, (*key, _build_index_key(inner, index)), (*path, index), pieces)


def _add_value(
    value: object, key: ChannelKey, path: LeafPath, pieces: list[tuple[ChannelKey, LeafPath, str]]
) -> None:
    """Append the value if it is a string, or the pieces in it if it is an object or array."""
    if isinstance(value, _NESTED):
        _add_pieces(value, key, path, pieces)
    elif isinstance(value, str) and value:
        pieces.append((key, path, value))


def _identifies_text(name: str, value: object) -> bool:
    """Return whether a member identifies a channel."""
    return name in _IDENTIFYING and isinstance(value, _SCALAR)


def _build_index_key(value: object, index: int) -> object:
    """Return the part of a channel's key for an array element at this index.

    None if the element has an index of its own, or is one of the tokens of one text.
    """
    return None if isinstance(value, dict) and not _INDEXED.isdisjoint(value) else index
