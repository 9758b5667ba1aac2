"""Memory for the bodies and frames of exchanges that are being recorded."""

from __future__ import annotations

from array import array

from msgspec import Struct, field

from runreel.core.http.body_digest import BodyDigest
from runreel.model import Frame, OmittedReason

MAX_FRAMES = 1_000_000


class MemoryBudget:
    """The number of bytes that all recordings together may hold."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def reserve(self, size: int) -> bool:
        """Reserve ``size`` bytes, or return False and reserve none."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def release(self, size: int) -> None:
        """Return ``size`` reserved bytes to the budget."""
        self._left += size


class BodyCopy(Struct):
    """The copy of one body, or the reason why it was discarded."""

    data: bytearray = field(default_factory=bytearray)
    size: int = 0
    omitted: OmittedReason | None = None
    digest: BodyDigest | None = None
    """Digest of a discarded request body, else None."""

    def release(self) -> bytes:
        """Return the body and free the copy; ``size`` stays."""
        body = bytes(self.data)
        self.data.clear()
        return body


class FrameColumns:
    """The frames of one body, stored by column: as objects they would need too much memory."""

    def __init__(self) -> None:
        self._dt_us = array("Q")
        self._lengths = array("Q")
        self._ends = bytearray()

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self._ends)

    def add(self, length: int, *, end_of_chunk: bool, dt_us: int) -> None:
        """Append a frame; beyond ``MAX_FRAMES``, extend the last one instead."""
        if len(self._ends) == MAX_FRAMES:
            self._lengths[-1] += length
            self._ends[-1] = end_of_chunk
            return
        self._dt_us.append(dt_us)
        self._lengths.append(length)
        self._ends.append(end_of_chunk)

    def close_last_chunk(self) -> None:
        """Mark the last frame, if there is one, as the end of a chunk."""
        if self._ends:
            self._ends[-1] = True

    def build_frames(self) -> tuple[Frame, ...]:
        """Return the frames in order."""
        return tuple(map(Frame, self._dt_us, self._lengths, map(bool, self._ends)))
