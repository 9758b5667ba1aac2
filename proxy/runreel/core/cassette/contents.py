"""What the records of a file add up to: the exchanges that count, and all that is not whole."""

from __future__ import annotations

from dataclasses import dataclass

from runreel.core.cassette.decode import Stored, decode_head, decode_retraction
from runreel.core.cassette.header import MAX_HEADER, Header, decode_header
from runreel.core.cassette.record import Kind, Record
from runreel.core.cassette.scan import Damage, Read, Torn, scan
from runreel.errors import CorruptCassetteError

MAX_DAMAGES = 1000
"""Damaged stretches that are told apart; the rest of the file then counts as one."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A file without its answers."""

    header: Header
    header_size: int
    """Bytes that the header takes; 0 where it could not be read and another took its place."""
    exchanges: tuple[Stored, ...]
    """Those that count, in the order of their numbers."""
    retractions: int
    """How many records of this kind there are."""
    next_number: int
    """The first number that no record names, nor any above it."""
    torn: Torn | None
    damages: tuple[Damage, ...]


def read_contents(read: Read, size: int) -> Contents:
    """Reads a file of this size; heads are verified, answers are not read.

    Raises ``CorruptCassetteError`` where the header is unusable, ``CassetteVersionError`` where it
    is of a newer format. What else is wrong is listed in the contents.
    """
    header, header_size = decode_header(read(0, min(size, MAX_HEADER)))
    return _gathered(read, size, header, header_size)


def salvage_contents(read: Read, size: int, header: Header) -> Contents:
    """As ``read_contents``, for a file whose header is unusable: ``header`` takes its place."""
    return _gathered(read, size, header, 0)


def _gathered(read: Read, size: int, header: Header, header_size: int) -> Contents:
    gathering = _Gathering()
    for found in scan(read, header_size, size):
        gathering.take(found)
        if len(gathering.damages) == MAX_DAMAGES:
            gathering.give_up(size)
            break
    return gathering.contents(header, header_size)


class _Gathering:
    """Takes records and gaps in the order of the file."""

    def __init__(self) -> None:
        self._exchanges: dict[int, Stored] = {}
        self._retracted: list[int] = []
        self._torn: Torn | None = None
        self.damages: list[Damage] = []

    def give_up(self, size: int) -> None:
        """The last damage becomes all of the rest of the file."""
        offset = self.damages[-1].offset
        reason = "too much is damaged to tell one from the other"
        self.damages[-1] = Damage(offset, size - offset, reason)

    def take(self, found: Record | Damage | Torn) -> None:
        if isinstance(found, Record):
            self._take_record(found)
        elif isinstance(found, Torn):
            self._torn = found
        else:
            self.damages.append(found)

    def _take_record(self, record: Record) -> None:
        try:
            self._read_record(record)
        except CorruptCassetteError as error:
            self.damages.append(Damage(record.offset, record.end - record.offset, str(error)))

    def _read_record(self, record: Record) -> None:
        if record.kind == Kind.RETRACTION:
            self._retracted.append(decode_retraction(record))
        elif record.kind == Kind.EXCHANGE:
            self._add(decode_head(record))
        else:
            raise CorruptCassetteError(f"its kind {record.kind} is unknown", offset=record.offset)

    def _add(self, stored: Stored) -> None:
        number = stored.head.number
        first = self._exchanges.setdefault(number, stored)
        if first is not stored:
            message = f"exchange {number} is here twice, first at byte {first.offset}"
            raise CorruptCassetteError(message, offset=stored.offset)

    def contents(self, header: Header, header_size: int) -> Contents:
        numbers = sorted(self._exchanges.keys() - set(self._retracted))
        return Contents(
            header=header,
            header_size=header_size,
            exchanges=tuple(self._exchanges[number] for number in numbers),
            retractions=len(self._retracted),
            next_number=max((*self._exchanges, *self._retracted), default=0) + 1,
            torn=self._torn,
            damages=tuple(self.damages),
        )
