"""Ways to cut bytes into pieces for an incremental parser; its output must not depend on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol


class Incremental(Protocol):
    """An object that takes bytes in pieces and returns bytes in other pieces."""

    def feed(self, data: bytes) -> list[bytes]:
        """Process the next bytes and return what is complete."""
        ...

    def finish(self) -> bytes:
        """Return the rest."""
        ...


def feed_all(machine: Incremental, chunks: Iterable[bytes]) -> tuple[list[bytes], bytes]:
    """Feed the chunks and finish; return all pieces of the output, and the rest."""
    pieces = [piece for chunk in chunks for piece in machine.feed(chunk)]
    return pieces, machine.finish()


def list_chunkings(data: bytes) -> list[list[bytes]]:
    """Return ways to cut the data: whole, by byte, with empty chunks, in two at every offset."""
    bytewise = cut_at(data, range(len(data)))
    padded = [piece for byte in bytewise for piece in (b"", byte)]
    return [[data], bytewise, padded, *(cut_at(data, [offset]) for offset in range(len(data)))]


def flip_bit(data: bytes, offset: int) -> bytes:
    """Return the data with the lowest bit of one byte flipped."""
    return data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :]


def cut_at(data: bytes, offsets: Sequence[int]) -> list[bytes]:
    """Cut the data at these offsets, given in ascending order."""
    return [data[start:end] for start, end in pairwise([0, *offsets, len(data)])]
