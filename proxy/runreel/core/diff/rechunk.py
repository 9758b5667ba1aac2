"""Bring a stream into a form that does not depend on how its texts were cut into events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from runreel.core.diff.ids.members import NOISE

_BORDER = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)|(?<=\r\r)")
_SIGN_OF_LIFE = re.compile(rb":|event: ?(?:ping|heartbeat|keep-?alive)\r?\n")
_NOISE = re.compile(
    rb'(?:,\s?)?"(?:%b)"\s?:\s?(?:"(?:[^"\\]|\\.)*"|-?[0-9.]+|null)'
    % b"|".join(name.encode() for name in sorted(NOISE))
)
_EMPTIED = b'"\0"'
"""Stands for a text that was taken out."""


class Rechunked(NamedTuple):
    """A stream without its texts, and its texts."""

    template: bytes
    """The events without texts and padding; of successive equal ones that add to a text, one."""
    texts: tuple[tuple[bytes, bytes], ...]
    """The text of each member, joined, still with JSON's escapes."""


@lru_cache(16)
def _compile_pieces(names: frozenset[str]) -> re.Pattern[bytes]:
    alternatives = b"|".join(re.escape(name).encode() for name in sorted(names))
    return re.compile(rb'"(%b)"\s?:\s?"((?:[^"\\]|\\.)+)"' % alternatives)


def rechunk(body: bytes, names: frozenset[str]) -> Rechunked:
    """Return a stream of server-sent events without its texts: the strings of these members."""
    pattern = _compile_pieces(names)
    texts: dict[bytes, list[bytes]] = {}
    for name, text in pattern.findall(body):
        texts.setdefault(name, []).append(text)
    template = pattern.sub(rb'"\1":' + _EMPTIED, _NOISE.sub(b"", body))
    joined = tuple((name, b"".join(parts)) for name, parts in texts.items())
    return Rechunked(_merge(_iter_events(template)), joined)


def _iter_events(body: bytes) -> Iterator[bytes]:
    """Yield the events of a stream, with what is behind the last border."""
    at = 0
    for border in _BORDER.finditer(body):
        yield body[at : border.start()]
        at = border.start()
    yield body[at:]


def _merge(events: Iterable[bytes]) -> bytes:
    """Join the events, without signs of life and without repeated ones that add to a text."""
    merged, before = bytearray(), b""
    for event in events:
        is_repeated = event == before and _EMPTIED in event
        if not is_repeated and not _SIGN_OF_LIFE.match(event):
            before = event
            merged += event
    return bytes(merged)
