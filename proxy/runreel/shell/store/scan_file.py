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
    Damage,
    Header,
    Kind,
    Record,
    Stored,
    Torn,
    decode_answer,
    decode_head,
    decode_header,
    scan,
)
from runreel.core.scan import Inspector, Leak
from runreel.errors import CassetteVersionError, CorruptCassetteError
from runreel.shell.store.reader import Pread, locating, open_to_read

_BLOCK = 1 << 20
_OVERLAP = 1 << 12
"""Bytes by which blocks of what is no record overlap: longer secrets than that may be missed."""


class Sighting(NamedTuple):
    """A leak, and where in the file it lies."""

    exchange: int | None
    """The number of the exchange; None for what belongs to none."""
    offset: int
    """Where the record begins, or the stretch that is none; in bytes."""
    length: int
    leak: Leak


@dataclass
class Findings:
    """What was found in one cassette."""

    path: Path
    exchanges: int = 0
    """Those that could be read, retracted ones too."""
    older: int = 0
    """How many of them were recorded under other rules than today's."""
    sightings: list[Sighting] = field(default_factory=list)
    torn: Torn | None = None
    damages: list[Damage] = field(default_factory=list)


def look_through(path: Path, inspector: Inspector, ruleset: str) -> Findings:
    """All secrets in the file at ``path``; ``ruleset`` names the rules in force.

    Raises ``CassetteError`` where there is no such file, or none of ours; damage is only listed.
    """
    fd = open_to_read(path)
    try:
        with locating(path):
            look = _Look(Findings(path), Pread(fd), inspector, ruleset)
            look.at_file(os.fstat(fd).st_size)
            return look.findings
    finally:
        os.close(fd)


class _Look:
    """Goes through one open file."""

    def __init__(self, findings: Findings, read: Pread, inspector: Inspector, ruleset: str) -> None:
        self.findings = findings
        self._read = read
        self._inspector = inspector
        self._ruleset = ruleset

    def at_file(self, size: int) -> None:
        begin, unusable = 0, None
        try:
            header, begin = decode_header(self._read(0, min(size, MAX_HEADER)))
            self._note(None, 0, begin, self._inspector.text(_text_of(header), "header"))
        except CorruptCassetteError as error:
            unusable = error
        for found in scan(self._read, begin, size):
            self._at(found)
        if unusable is not None and not self.findings.exchanges:
            raise unusable

    def _at(self, found: Record | Damage | Torn) -> None:
        if isinstance(found, Record):
            try:
                self._at_record(found)
            except (CorruptCassetteError, CassetteVersionError) as error:
                self._at_damage(Damage(found.offset, found.end - found.offset, str(error)))
        elif isinstance(found, Torn):
            self.findings.torn = found
            self._search(found.offset, found.length, "torn tail")
        else:
            self._at_damage(found)

    def _at_record(self, record: Record) -> None:
        if record.kind != Kind.EXCHANGE:
            return
        stored = decode_head(record)
        answer = decode_answer(stored, self._read(stored.body_offset, stored.body_size))
        self.findings.exchanges += 1
        self.findings.older += stored.head.ruleset != self._ruleset
        self._note_exchange(stored, self._inspector.head(stored.head))
        self._note_exchange(stored, self._inspector.answer(answer, whole=stored.head.whole))

    def _at_damage(self, damage: Damage) -> None:
        self.findings.damages.append(damage)
        self._search(damage.offset, damage.length, "damaged bytes")

    def _note_exchange(self, stored: Stored, leaks: Iterable[Leak]) -> None:
        self._note(stored.head.number, stored.offset, stored.end - stored.offset, leaks)

    def _note(self, number: int | None, offset: int, length: int, leaks: Iterable[Leak]) -> None:
        self.findings.sightings += (Sighting(number, offset, length, leak) for leak in leaks)

    def _search(self, offset: int, length: int, place: str) -> None:
        self._note(None, offset, length, self._in_bytes(offset, length, place))

    def _in_bytes(self, offset: int, length: int, place: str) -> Iterator[Leak]:
        """Each once: what begins in the overlap is told of the next block."""
        for at in range(0, length, _BLOCK):
            size = min(_BLOCK + _OVERLAP, length - at)
            data, is_last = self._read(offset + at, size), at + size == length
            for leak in self._inspector.unread(data, place, is_cut=is_last):
                if leak.offset < _BLOCK:
                    yield leak._replace(offset=at + leak.offset)


def _text_of(header: Header) -> bytes:
    return f"{header.writer}\n{header.upstream}\n{dict(header.extra)}".encode("utf-8", "replace")
