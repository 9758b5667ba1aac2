"""Ways to feed the same bytes to anything incremental; none of them may change what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol


class Incremental(Protocol):
    """What takes bytes in pieces, and gives bytes out in other pieces."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take in the next bytes."""
        ...

    def finish(self) -> bytes:
        """Give out the rest."""
        ...


def feed_all(machine: Incremental, chunks: Iterable[bytes]) -> tuple[list[bytes], bytes]:
    """Feed the chunks and finish: all that came out, and the rest."""
    pieces = [piece for chunk in chunks for piece in machine.feed(chunk)]
    return pieces, machine.finish()


def list_chunkings(data: bytes) -> list[list[bytes]]:
    """Cut the data whole, byte by byte, with empty chunks between, and in two at every place."""
    bytewise = cut_at(data, range(len(data)))
    padded = [piece for byte in bytewise for piece in (b"", byte)]
    return [[data], bytewise, padded, *(cut_at(data, [place]) for place in range(len(data)))]


def cut_at(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut the data at these places, given in ascending order."""
    return [data[start:end] for start, end in pairwise([0, *places, len(data)])]
