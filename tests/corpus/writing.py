"""Writers of JSON and event streams that spell some of the strings as a case requires.

``Leaf`` marks the strings that contain a secret. They are written with the escapes of the case's
spelling, all others with as few escapes as possible.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from corpus.spellings import escape_plain

Escape = Callable[[str], str]
Json = object
"""A value for ``json.dumps``, whose strings may be leaves."""

_MARK = re.compile(r"@@leaf(\d+)@@")


class Leaf(str):
    """A string that is written in the spelling of the case."""

    __slots__ = ()


class Lines(str):
    """Data that is not JSON; each of its lines becomes a ``data`` line."""

    __slots__ = ()


class Sse(NamedTuple):
    """One event."""

    name: str | None
    data: Json


def write_json(value: Json, escape: Escape = escape_plain, *, indent: int | None = None) -> str:
    """Return the value as JSON."""
    leaves: list[str] = []
    marked = _mark_leaves(value, leaves)
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(marked, ensure_ascii=False, separators=separators, indent=indent)
    return _MARK.sub(lambda match: escape(leaves[int(match[1])]), text)


def _mark_leaves(value: Json, leaves: list[str]) -> Json:
    if isinstance(value, Leaf):
        leaves.append(str(value))
        return f"@@leaf{len(leaves) - 1}@@"
    if isinstance(value, Mapping):
        return {
            _mark_leaves(name, leaves): _mark_leaves(inner, leaves) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_mark_leaves(inner, leaves) for inner in value]
    return value


def _write_event(event: Sse, escape: Escape, *, indent: int | None = None) -> bytes:
    text = event.data if isinstance(event.data, Lines) else None
    lines = (write_json(event.data, escape, indent=indent) if text is None else text).split("\n")
    head = "" if event.name is None else f"event: {event.name}\n"
    return (head + "".join(f"data: {line}\n" for line in lines) + "\n").encode()


def _write_plain(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (_write_event(event, escape) for event in events)


def _write_crlf(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (one.replace(b"\n", b"\r\n") for one in _write_plain(events, escape))


def _write_comments(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    for place, one in enumerate(_write_plain(events, escape)):
        yield b": keep-alive\n\n" if place % 2 else b": comment\n"
        yield one


def _write_several_lines(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (_write_event(event, escape, indent=1) for event in events)


def _write_ids(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    for place, one in enumerate(_write_plain(events, escape)):
        yield b"id: %d\nretry: 3000\n" % place + one


def _write_without_space(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (one.replace(b"data: ", b"data:") for one in _write_plain(events, escape))


def _write_bom(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    for place, one in enumerate(_write_plain(events, escape)):
        yield one if place else b"\xef\xbb\xbf" + one


def _write_padded(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    """Yield the events with spaces before the closing brace, as Anthropic pads its events."""
    for place, one in enumerate(_write_plain(events, escape)):
        yield re.sub(rb"\}\n\n\Z", b" " * (place % 9 + 1) + b"}\n\n", one)


def _write_broken_off(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    """Yield the events up to the last one with a leaf, whose end is missing."""
    every = list(events)
    last = max(place for place, event in enumerate(every) if _has_leaf(event.data))
    *whole, end = _write_plain(every[: last + 1], escape)
    yield from whole
    yield end.rstrip(b"\n}]")


def _has_leaf(value: Json) -> bool:
    leaves: list[str] = []
    _mark_leaves(value, leaves)
    return bool(leaves) or isinstance(value, Lines)


WIRES: Mapping[str, Callable[[Iterable[Sse], Escape], Iterator[bytes]]] = {
    "lf": _write_plain,
    "crlf": _write_crlf,
    "comments": _write_comments,
    "several-lines": _write_several_lines,
    "ids": _write_ids,
    "no-space": _write_without_space,
    "bom": _write_bom,
    "padded": _write_padded,
    "broken-off": _write_broken_off,
}
"""Encodings of the same events on the wire."""
