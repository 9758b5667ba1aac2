"""The contents of a cassette: its valid exchanges, and everything incomplete or damaged in it."""

from __future__ import annotations

from msgspec import Struct

from runreel.core.cassette.decode import StoredExchange, decode_head, decode_retraction
from runreel.core.cassette.header import MAX_HEADER, CassetteHeader, decode_header
from runreel.core.cassette.record import Record, RecordKind
from runreel.core.cassette.scan import Damage, ReadAt, TornTail, scan_records
from runreel.errors import CorruptCassetteError

MAX_DAMAGES = 1000
"""Maximum number of damages that are listed; the last one then covers the rest of the file."""


class CassetteContents(Struct, frozen=True):
    """The contents of a file, without the answers."""

    header: CassetteHeader
    header_size: int
    """Length of the header in bytes; 0 if it was unusable and has been replaced."""
    exchanges: tuple[StoredExchange, ...]
    """Exchanges that have not been retracted, sorted by number."""
    retractions: int
    """Number of retraction records."""
    next_number: int
    """One more than the highest number in any record."""
    torn: TornTail | None
    damages: tuple[Damage, ...]


def read_contents(read: ReadAt, size: int) -> CassetteContents:
    """Read a file of ``size`` bytes. Heads are verified; answers are not read.

    Raise ``CorruptCassetteError`` if the header is unusable, and ``CassetteVersionError`` if the
    format is newer. All other flaws are listed in the result.
    """
    header, header_size = decode_header(read(0, min(size, MAX_HEADER)))
    return _collect(read, size, header, header_size)


def salvage_contents(read: ReadAt, size: int, header: CassetteHeader) -> CassetteContents:
    """Read a file as ``read_contents`` does, with ``header`` in place of its unusable header."""
    return _collect(read, size, header, 0)


def _collect(read: ReadAt, size: int, header: CassetteHeader, header_size: int) -> CassetteContents:
    collector = _Collector()
    for item in scan_records(read, header_size, size):
        collector.add(item)
        if len(collector.damages) == MAX_DAMAGES:
            collector.merge_rest(size)
            break
    return collector.build_contents(header, header_size)


class _Collector:
    """Collects the records and gaps of a file, in order."""

    def __init__(self) -> None:
        self._exchanges: dict[int, StoredExchange] = {}
        self._retracted: list[int] = []
        self._torn: TornTail | None = None
        self.damages: list[Damage] = []

    def merge_rest(self, size: int) -> None:
        """Extend the last damage to the end of the file."""
        offset = self.damages[-1].offset
        reason = "too much is damaged to list each place"
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
            message = f"exchange {number} occurs twice, first at byte {first.offset}"
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
