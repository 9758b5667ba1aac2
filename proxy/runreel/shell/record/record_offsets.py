"""The places of records in the file that is being written."""

from __future__ import annotations

from array import array

_NONE = -1


class RecordOffsets:
    """Offsets of exchanges by their numbers; eight bytes each, since a session may have many."""

    def __init__(self, first_number: int) -> None:
        """``first_number`` is the lowest number of an exchange."""
        self._first_number = first_number
        self._offsets = array("q")

    def set(self, number: int, offset: int) -> None:
        """Note the offset of an exchange."""
        index = number - self._first_number
        self._offsets.extend([_NONE] * (index + 1 - len(self._offsets)))
        self._offsets[index] = offset

    def get(self, number: int) -> int | None:
        """Return the offset of an exchange; None if it has none."""
        index = number - self._first_number
        if not 0 <= index < len(self._offsets) or self._offsets[index] == _NONE:
            return None
        return self._offsets[index]

    def list_numbers(self) -> list[int]:
        """Return the numbers of the exchanges that have an offset, in ascending order."""
        offsets = enumerate(self._offsets, self._first_number)
        return [number for number, offset in offsets if offset != _NONE]
