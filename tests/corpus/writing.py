"""From values to the bytes of JSON and of event streams, with chosen texts spelt as asked.

``Leaf`` marks the strings that hold a secret: they are written with the escapes of a spelling, all
others as any server writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from corpus.spellings import plain

Escape = Callable[[str], str]
Json = object
"""What ``json.dumps`` takes, with leaves among its strings."""

_MARK = re.compile(r"@@leaf(\d+)@@")


class Leaf(str):
    """A string that is written in the spelling of the case."""

    __slots__ = ()


class Lines(str):
    """Data that is no JSON: each of its lines becomes a data line."""

    __slots__ = ()


class Sse(NamedTuple):
    """One event."""

    name: str | None
    data: Json


def written(value: Json, escape: Escape = plain, *, indent: int | None = None) -> str:
    """The value as JSON."""
    leaves: list[str] = []
    marked = _marked(value, leaves)
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(marked, ensure_ascii=False, separators=separators, indent=indent)
    return _MARK.sub(lambda match: escape(leaves[int(match[1])]), text)


def _marked(value: Json, leaves: list[str]) -> Json:
    if isinstance(value, Leaf):
        leaves.append(str(value))
        return f"@@leaf{len(leaves) - 1}@@"
    if isinstance(value, Mapping):
        return {_marked(name, leaves): _marked(inner, leaves) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, leaves) for inner in value]
    return value


def _event(event: Sse, escape: Escape, *, indent: int | None = None) -> bytes:
    text = event.data if isinstance(event.data, Lines) else None
    lines = (written(event.data, escape, indent=indent) if text is None else text).split("\n")
    head = "" if event.name is None else f"event: {event.name}\n"
    return (head + "".join(f"data: {line}\n" for line in lines) + "\n").encode()


def _as_sent(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (_event(event, escape) for event in events)


def _crlf(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (one.replace(b"\n", b"\r\n") for one in _as_sent(events, escape))


def _commented(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    for place, one in enumerate(_as_sent(events, escape)):
        yield b": keep-alive\n\n" if place % 2 else b": comment\n"
        yield one


def _several_lines(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (_event(event, escape, indent=1) for event in events)


def _numbered(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    for place, one in enumerate(_as_sent(events, escape)):
        yield b"id: %d\nretry: 3000\n" % place + one


def _tight(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    return (one.replace(b"data: ", b"data:") for one in _as_sent(events, escape))


def _marked_utf8(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    for place, one in enumerate(_as_sent(events, escape)):
        yield one if place else b"\xef\xbb\xbf" + one


def _padded(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    """With blanks before the closing brace, as Anthropic pads its events."""
    for place, one in enumerate(_as_sent(events, escape)):
        yield re.sub(rb"\}\n\n\Z", b" " * (place % 9 + 1) + b"}\n\n", one)


def _broken_off(events: Iterable[Sse], escape: Escape) -> Iterator[bytes]:
    """Without what follows the last event that has a leaf, and without the end of that."""
    every = list(events)
    last = max(place for place, event in enumerate(every) if _has_leaf(event.data))
    *whole, end = _as_sent(every[: last + 1], escape)
    yield from whole
    yield end.rstrip(b"\n}]")


def _has_leaf(value: Json) -> bool:
    leaves: list[str] = []
    _marked(value, leaves)
    return bool(leaves) or isinstance(value, Lines)


WIRES: Mapping[str, Callable[[Iterable[Sse], Escape], Iterator[bytes]]] = {
    "lf": _as_sent,
    "crlf": _crlf,
    "comments": _commented,
    "several-lines": _several_lines,
    "ids": _numbered,
    "no-space": _tight,
    "bom": _marked_utf8,
    "padded": _padded,
    "broken-off": _broken_off,
}
"""How the same events stand on the wire."""
