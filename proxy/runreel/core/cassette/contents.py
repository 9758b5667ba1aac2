"""What the records of a file add up to: the exchanges that count, and all that is not whole."""

from __future__ import annotations

from dataclasses import dataclass

from runreel.core.cassette.decode import StoredExchange, decode_head, decode_retraction
from runreel.core.cassette.header import MAX_HEADER, CassetteHeader, decode_header
from runreel.core.cassette.record import Record, RecordKind
from runreel.core.cassette.scan import Damage, ReadAt, TornTail, scan_records
from runreel.errors import CorruptCassetteError

MAX_DAMAGES = 1000
"""Damaged stretches that are told apart; the rest of the file then counts as one."""


@dataclass(frozen=True, slots=True)
class CassetteContents:
    """A file without its answers."""

    header: CassetteHeader
    header_size: int
    """Bytes that the header takes; 0 where it could not be read and another took its place."""
    exchanges: tuple[StoredExchange, ...]
    """Those that count, in the order of their numbers."""
    retractions: int
    """How many records of this kind there are."""
    next_number: int
    """The first number that no record names, nor any above it."""
    torn: TornTail | None
    damages: tuple[Damage, ...]


def read_contents(read: ReadAt, size: int) -> CassetteContents:
    """Reads a file of this size; heads are verified, answers are not read.

    Raises ``CorruptCassetteError`` where the header is unusable, ``CassetteVersionError`` where it
    is of a newer format. What else is wrong is listed in the contents.
    """
    header, header_size = decode_header(read(0, min(size, MAX_HEADER)))
    return _collect(read, size, header, header_size)


def salvage_contents(read: ReadAt, size: int, header: CassetteHeader) -> CassetteContents:
    """As ``read_contents``, for a file whose header is unusable: ``header`` takes its place."""
    return _collect(read, size, header, 0)


def _collect(read: ReadAt, size: int, header: CassetteHeader, header_size: int) -> CassetteContents:
    gathering = _Collector()
    for found in scan_records(read, header_size, size):
        gathering.add(found)
        if len(gathering.damages) == MAX_DAMAGES:
            gathering.merge_rest(size)
            break
    return gathering.build_contents(header, header_size)


class _Collector:
    """Takes records and gaps in the order of the file."""

    def __init__(self) -> None:
        self._exchanges: dict[int, StoredExchange] = {}
        self._retracted: list[int] = []
        self._torn: TornTail | None = None
        self.damages: list[Damage] = []

    def merge_rest(self, size: int) -> None:
        """The last damage becomes all of the rest of the file."""
        offset = self.damages[-1].offset
        reason = "too much is damaged to tell one from the other"
        self.damages[-1] = Damage(offset, size - offset, reason)

    def add(self, item: Record | Damage | TornTail) -> None:
        if isinstance(item, Record):
            self._add_record(item)
        elif isinstance(item, TornTail):
            self._torn = item
        else:
            self.damages.append(item)

    def _add_record(self, record: Record) -> None:
        try:
            self._read_record(record)
        except CorruptCassetteError as error:
            self.damages.append(Damage(record.offset, record.end - record.offset, str(error)))

    def _read_record(self, record: Record) -> None:
        if record.kind == RecordKind.RETRACTION:
            self._retracted.append(decode_retraction(record))
        elif record.kind == RecordKind.EXCHANGE:
            self._add_exchange(decode_head(record))
        else:
            raise CorruptCassetteError(f"its kind {record.kind} is unknown", offset=record.offset)

    def _add_exchange(self, stored: StoredExchange) -> None:
        number = stored.head.number
        first = self._exchanges.setdefault(number, stored)
        if first is not stored:
            message = f"exchange {number} is here twice, first at byte {first.offset}"
            raise CorruptCassetteError(message, offset=stored.offset)

    def build_contents(self, header: CassetteHeader, header_size: int) -> CassetteContents:
        numbers = sorted(self._exchanges.keys() - set(self._retracted))
        return CassetteContents(
            header=header,
            header_size=header_size,
            exchanges=tuple(self._exchanges[number] for number in numbers),
            retractions=len(self._retracted),
            next_number=max((*self._exchanges, *self._retracted), default=0) + 1,
            torn=self._torn,
            damages=tuple(self.damages),
        )
