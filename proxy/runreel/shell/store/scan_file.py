"""Scanning a cassette file, whole or damaged, for secrets that are still in it.

Retracted exchanges are scanned too, because they are still in the file. Bytes that are not a valid
record are scanned as they are.
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
from runreel.core.dialect import DialectFinder
from runreel.core.scan import Leak, LeakScanner
from runreel.errors import CassetteVersionError, CorruptCassetteError
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.store.reader import ExactReader, add_path_to_errors, open_to_read

_BLOCK_SIZE = 1 << 20
_OVERLAP_SIZE = 1 << 12
"""Bytes by which blocks of undecodable data overlap; a longer secret may be missed."""


MAX_LISTED = 10_000
"""Findings of one cassette that are listed; all others are only counted."""


class Finding(NamedTuple):
    """A leak and its place in the file."""

    exchange: int | None
    """Number of the exchange; None in the header and in bytes that are not a valid record."""
    offset: int
    """Offset in the file of the record (or of the bytes that are not a valid record)."""
    length: int
    """Length of the record in bytes."""
    leak: Leak


@dataclass
class ScanResult:
    """The findings in one cassette file."""

    path: Path
    exchanges: int = 0
    """Number of readable exchanges, including retracted ones."""
    outdated: int = 0
    """Number of exchanges recorded with other rules than the current ones."""
    findings: list[Finding] = field(default_factory=list)
    """The first findings, at most ``MAX_LISTED``."""
    personal: int = 0
    """Number of all findings that are personal data."""
    credentials: int = 0
    """Number of all findings that are credentials."""
    torn: TornTail | None = None
    damages: list[Damage] = field(default_factory=list)

    @property
    def rest_count(self) -> int:
        """Number of findings that are not in ``findings``."""
        return self.personal + self.credentials - len(self.findings)

    def add_finding(self, finding: Finding) -> None:
        """Count a finding, and list it if there is room."""
        if finding.leak.personal:
            self.personal += 1
        else:
            self.credentials += 1
        if len(self.findings) < MAX_LISTED:
            self.findings.append(finding)


def scan_file(
    path: Path, scanner: LeakScanner, ruleset: str, find_dialect: DialectFinder
) -> ScanResult:
    """Scan the whole file at ``path``; ``ruleset`` is the digest of the current rules.

    ``find_dialect`` returns the dialect of a request, which knows the channels of its answer.
    Damage is listed in the result. Raises ``CassetteError`` if the file does not exist or contains
    neither a valid header nor an exchange.
    """
    fd = open_to_read(path)
    try:
        with add_path_to_errors(path):
            read = ExactReader(fd)
            file_scan = _FileScan(ScanResult(path), read, scanner, ruleset, find_dialect)
            file_scan.scan(os.fstat(fd).st_size)
            return file_scan.result
    finally:
        os.close(fd)


class _FileScan:
    """The scan of one open file."""

    def __init__(
        self,
        result: ScanResult,
        read: ExactReader,
        scanner: LeakScanner,
        ruleset: str,
        find_dialect: DialectFinder,
    ) -> None:
        self.result = result
        self._read = read
        self._scanner = scanner
        self._ruleset = ruleset
        self._find_dialect = find_dialect

    def scan(self, size: int) -> None:
        header_size, header_error = 0, None
        try:
            header, header_size = decode_header(self._read(0, min(size, MAX_HEADER)))
            leaks = self._scanner.scan_text(_join_header_texts(header), "header")
            self._add_findings(None, 0, header_size, leaks)
        except CorruptCassetteError as error:
            header_error = error
        for item in scan_records(self._read, header_size, size):
            self._scan_item(item)
        if header_error is not None and not self.result.exchanges:
            raise header_error

    def _scan_item(self, item: Record | Damage | TornTail) -> None:
        if isinstance(item, Record):
            try:
                with pause_gc():  # many findings, without cycles
                    self._scan_record(item)
            except (CorruptCassetteError, CassetteVersionError) as error:
                self._scan_damage(Damage(item.offset, item.end - item.offset, str(error)))
        elif isinstance(item, TornTail):
            self.result.torn = item
            self._scan_bytes(item.offset, item.length, "torn tail")
        else:
            self._scan_damage(item)

    def _scan_record(self, record: Record) -> None:
        if record.kind != RecordKind.EXCHANGE:
            return
        stored = decode_head(record)
        answer = decode_answer(stored, self._read(stored.body_offset, stored.body_size))
        self.result.exchanges += 1
        self.result.outdated += stored.head.ruleset != self._ruleset
        self._add_exchange_findings(stored, self._scanner.scan_head(stored.head))
        channels = self._find_dialect(stored.head.request).channels
        leaks = self._scanner.scan_answer(answer, channels, whole=stored.head.whole)
        self._add_exchange_findings(stored, leaks)

    def _scan_damage(self, damage: Damage) -> None:
        self.result.damages.append(damage)
        self._scan_bytes(damage.offset, damage.length, "damaged bytes")

    def _add_exchange_findings(self, stored: StoredExchange, leaks: Iterable[Leak]) -> None:
        self._add_findings(stored.head.number, stored.offset, stored.end - stored.offset, leaks)

    def _add_findings(
        self, number: int | None, offset: int, length: int, leaks: Iterable[Leak]
    ) -> None:
        for leak in leaks:
            self.result.add_finding(Finding(number, offset, length, leak))

    def _scan_bytes(self, offset: int, length: int, place: str) -> None:
        self._add_findings(None, offset, length, self._find_in_bytes(offset, length, place))

    def _find_in_bytes(self, offset: int, length: int, place: str) -> Iterator[Leak]:
        """Scan the bytes in overlapping blocks; yield each leak once.

        A leak that begins in the overlap is found again in the next block, so it is skipped here.
        """
        for at in range(0, length, _BLOCK_SIZE):
            size = min(_BLOCK_SIZE + _OVERLAP_SIZE, length - at)
            data, is_last = self._read(offset + at, size), at + size == length
            for leak in self._scanner.scan_undecoded(data, place, is_truncated=is_last):
                if leak.offset < _BLOCK_SIZE:
                    yield leak._replace(offset=at + leak.offset)


def _join_header_texts(header: CassetteHeader) -> bytes:
    return f"{header.writer}\n{header.upstream}\n{dict(header.extra)}".encode("utf-8", "replace")
