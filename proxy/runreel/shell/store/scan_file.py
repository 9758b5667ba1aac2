"""A cassette file looked through for secrets, whole or damaged, record after record.

Retracted exchanges lie in the file as any others do. What cannot be read as a record is searched as
it lies there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from runreel.core.cassette import (
    MAX_HEADER,
    CassetteHeader,
    Damage,
    Record,
    RecordKind,
    StoredExchange,
    TornTail,
    decode_answer,
    decode_head,
    decode_header,
    scan_records,
)
from runreel.core.scan import Leak, LeakScanner
from runreel.errors import CassetteVersionError, CorruptCassetteError
from runreel.shell.store.reader import ExactReader, add_path_to_errors, open_to_read

_BLOCK_SIZE = 1 << 20
_OVERLAP_SIZE = 1 << 12
"""Bytes by which blocks of what is no record overlap: longer secrets than that may be missed."""


class Finding(NamedTuple):
    """A leak, and where in the file it lies."""

    exchange: int | None
    """The number of the exchange; None for what belongs to none."""
    offset: int
    """Where the record begins, or the stretch that is none; in bytes."""
    length: int
    leak: Leak


@dataclass
class ScanResult:
    """What was found in one cassette."""

    path: Path
    exchanges: int = 0
    """Those that could be read, retracted ones too."""
    outdated: int = 0
    """How many of them were recorded under other rules than today's."""
    findings: list[Finding] = field(default_factory=list)
    torn: TornTail | None = None
    damages: list[Damage] = field(default_factory=list)


def scan_file(path: Path, scanner: LeakScanner, ruleset: str) -> ScanResult:
    """All secrets in the file at ``path``; ``ruleset`` names the rules in force.

    Raises ``CassetteError`` where there is no such file, or none of ours; damage is only listed.
    """
    fd = open_to_read(path)
    try:
        with add_path_to_errors(path):
            look = _FileScan(ScanResult(path), ExactReader(fd), scanner, ruleset)
            look.scan(os.fstat(fd).st_size)
            return look.result
    finally:
        os.close(fd)


class _FileScan:
    """Goes through one open file."""

    def __init__(
        self, result: ScanResult, read: ExactReader, scanner: LeakScanner, ruleset: str
    ) -> None:
        self.result = result
        self._read = read
        self._scanner = scanner
        self._ruleset = ruleset

    def scan(self, size: int) -> None:
        begin, unusable = 0, None
        try:
            header, begin = decode_header(self._read(0, min(size, MAX_HEADER)))
            self._add_findings(
                None, 0, begin, self._scanner.scan_text(_join_header_texts(header), "header")
            )
        except CorruptCassetteError as error:
            unusable = error
        for found in scan_records(self._read, begin, size):
            self._scan_item(found)
        if unusable is not None and not self.result.exchanges:
            raise unusable

    def _scan_item(self, found: Record | Damage | TornTail) -> None:
        if isinstance(found, Record):
            try:
                self._scan_record(found)
            except (CorruptCassetteError, CassetteVersionError) as error:
                self._scan_damage(Damage(found.offset, found.end - found.offset, str(error)))
        elif isinstance(found, TornTail):
            self.result.torn = found
            self._scan_bytes(found.offset, found.length, "torn tail")
        else:
            self._scan_damage(found)

    def _scan_record(self, record: Record) -> None:
        if record.kind != RecordKind.EXCHANGE:
            return
        stored = decode_head(record)
        answer = decode_answer(stored, self._read(stored.body_offset, stored.body_size))
        self.result.exchanges += 1
        self.result.outdated += stored.head.ruleset != self._ruleset
        self._add_exchange_findings(stored, self._scanner.scan_head(stored.head))
        self._add_exchange_findings(
            stored, self._scanner.scan_answer(answer, whole=stored.head.whole)
        )

    def _scan_damage(self, damage: Damage) -> None:
        self.result.damages.append(damage)
        self._scan_bytes(damage.offset, damage.length, "damaged bytes")

    def _add_exchange_findings(self, stored: StoredExchange, leaks: Iterable[Leak]) -> None:
        self._add_findings(stored.head.number, stored.offset, stored.end - stored.offset, leaks)

    def _add_findings(
        self, number: int | None, offset: int, length: int, leaks: Iterable[Leak]
    ) -> None:
        self.result.findings += (Finding(number, offset, length, leak) for leak in leaks)

    def _scan_bytes(self, offset: int, length: int, place: str) -> None:
        self._add_findings(None, offset, length, self._find_in_bytes(offset, length, place))

    def _find_in_bytes(self, offset: int, length: int, place: str) -> Iterator[Leak]:
        """Each once: what begins in the overlap is told of the next block."""
        for at in range(0, length, _BLOCK_SIZE):
            size = min(_BLOCK_SIZE + _OVERLAP_SIZE, length - at)
            data, is_last = self._read(offset + at, size), at + size == length
            for leak in self._scanner.scan_undecoded(data, place, is_cut=is_last):
                if leak.offset < _BLOCK_SIZE:
                    yield leak._replace(offset=at + leak.offset)


def _join_header_texts(header: CassetteHeader) -> bytes:
    return f"{header.writer}\n{header.upstream}\n{dict(header.extra)}".encode("utf-8", "replace")
