"""Redacting an existing cassette again, with the current rules.

The file is replaced only if something changes, by a new file that is complete before it gets the
name. Numbers, sessions, frames, times, ends and retractions stay, as do all bytes of an exchange in
which no new secret is found.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from runreel.core.cassette import (
    MAX_HEADER,
    CassetteHeader,
    Codec,
    Record,
    RecordKind,
    StoredExchange,
    decode_answer,
    decode_head,
    decode_header,
    encode_header,
    scan_records,
)
from runreel.core.dialect import DialectFinder
from runreel.core.placeholder import PREFIX
from runreel.core.record.seal import SealedRecord, Sealer
from runreel.core.record.sealing_passes import SealingPasses
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.redactor import Redactor
from runreel.core.redact.vault import MAX_VALUES_OF_CASSETTE, Vault
from runreel.errors import CorruptCassetteError
from runreel.model import Exchange, ExchangeHead, Request
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.store.folder import Folder
from runreel.shell.store.reader import (
    ExactReader,
    add_path_to_errors,
    build_damage_error,
)
from runreel.shell.store.repair import verify_cassette
from runreel.shell.store.replacement import open_locked, replace_file


@dataclass(frozen=True, slots=True)
class RedactAgainResult:
    """The changes that were made to a cassette, or that a check would make."""

    path: Path
    exchanges: int
    """Number of exchanges in the file, including retracted ones."""
    changed: int
    """Number of exchanges that were redacted again."""
    replaced: Mapping[str, int]
    """Number of values newly found, by rule."""
    is_header_changed: bool = False
    """True if the URL of the upstream in the header contained a secret."""

    @property
    def has_changes(self) -> bool:
        """True if anything in the file changes."""
        return self.changed > 0 or self.is_header_changed


class CassetteRedactor:
    """A redactor of whole cassette files with one set of rules."""

    def __init__(
        self,
        rules: Rules,
        find_dialect: DialectFinder,
        *,
        max_body: int,
        known: Iterable[bytes] = (),
    ) -> None:
        """Redact with ``rules`` and the secret values ``known``.

        ``max_body`` is the limit for a body after content decoding, in bytes.
        """
        self._rules = rules
        self._known = tuple(known)
        self._find_dialect = find_dialect
        self._max_body = max_body

    def redact_again(self, path: Path, *, only_check: bool = False) -> RedactAgainResult:
        """Redact the cassette again, unless ``only_check``; return the changes.

        Raises ``CassetteLockedError``, ``CassetteError`` if the cassette is missing or damaged, and
        ``StoreError`` if it cannot be written or a secret would remain.
        """
        with open_locked(path) as (folder, fd):
            _raise_if_not_whole(path)
            with add_path_to_errors(path):
                cassette = self._open(fd)
                cassette.learn_values()
                result = cassette.find_changes(path)
            if result.has_changes and not only_check:
                cassette.write_changes(folder, path.name)
            return result

    def _open(self, fd: int) -> _OpenCassette:
        vault = Vault(max_values=MAX_VALUES_OF_CASSETTE)
        vault.learn(self._known)
        header, header_size = decode_header(os.pread(fd, MAX_HEADER, 0))
        sealer = Sealer(
            Redactor(self._rules, vault),
            self._find_dialect,
            self._max_body,
            version=header.version,
        )
        return _OpenCassette(fd, header, header_size, sealer, vault)


class _OpenCassette:
    """An open cassette that is redacted in three passes: learn, find changes, write.

    All secret values are learnt first, because an exchange may contain a secret that only a later
    exchange identifies.
    """

    def __init__(
        self, fd: int, header: CassetteHeader, header_size: int, sealer: Sealer, vault: Vault
    ) -> None:
        self._fd = fd
        self._read = ExactReader(fd)
        self._sealer = sealer
        self._vault = vault
        self._header = self._redact_header(header, header_size)
        self._header_size = header_size
        self._changed_offsets: set[int] = set()
        self._passes: SealingPasses[SealedRecord | None] = SealingPasses(sealer)

    def learn_values(self) -> None:
        """Reserve the placeholders in the file, so that they are not reused; learn all values."""
        for record in filter(self._may_have_placeholders, self._iter_exchange_records()):
            for data in _iter_texts(self._read_exchange(decode_head(record))):
                self._vault.reserve(data)
        for record in self._iter_exchange_records():
            self._redact_exchange(record)

    def find_changes(self, path: Path) -> RedactAgainResult:
        """Redact all exchanges and the header; return the changes without writing them.

        If only descriptions differ, as those with the identifier of the rules, there are none.
        """
        count, replaced, has_new_data = 0, Counter[str](), False
        for record in self._iter_exchange_records():
            count += 1
            sealed = self._redact_exchange(record)
            if sealed is not None:
                self._changed_offsets.add(record.offset)
                has_new_data |= sealed.has_new_data
                replaced += _count_by_rule(sealed.head) - _count_by_rule(decode_head(record).head)
        is_header_changed = self._header != self._read(0, self._header_size)
        if not (has_new_data or is_header_changed):
            return RedactAgainResult(path, count, 0, {})
        return RedactAgainResult(
            path, count, len(self._changed_offsets), dict(replaced), is_header_changed
        )

    def write_changes(self, folder: Folder, name: str) -> None:
        """Replace the file by one with the changes."""
        status = os.fstat(self._fd)
        with replace_file(
            folder, name, temporary_name=f"{name}.redacted", old_status=status
        ) as file:
            file.append(self._header)
            for record in self._iter_records():
                file.append(self._build_record(record))

    def _build_record(self, record: Record) -> bytes:
        if record.offset not in self._changed_offsets:
            return self._read(record.offset, record.end - record.offset)
        sealed = self._redact_exchange(record)
        assert sealed is not None, "find_changes has found a change"  # noqa: S101
        return sealed.record

    def _redact_header(self, header: CassetteHeader, size: int) -> bytes:
        """Return the header with its upstream redacted, or its bytes as they are if unchanged."""
        request = Request("GET", header.upstream.encode(), ())
        upstream = self._sealer.redactor.redact_request(request).request.target.decode()
        if upstream == header.upstream:
            return self._read(0, size)
        return encode_header(replace(header, upstream=upstream))

    def _redact_exchange(self, record: Record) -> SealedRecord | None:
        """Return the redacted record of an exchange; None if it is the same as the stored one."""
        get_stored = cache(lambda: decode_head(record))

        def reseal(exchange: Exchange) -> SealedRecord | None:
            return replace(self._sealer, codec=Codec(get_stored().codec)).reseal(exchange)

        # The garbage collector would take a third of the time: many spans without cycles.
        with pause_gc():
            return self._passes.seal(
                record.offset, lambda: self._read_exchange(get_stored()), reseal
            )

    def _may_have_placeholders(self, record: Record) -> bool:
        """Return False if an exchange has none, which an uncompressed record shows undecoded."""
        is_compressed = Codec.ZLIB.encode() in record.head
        return is_compressed or PREFIX in self._read(record.offset, record.end - record.offset)

    def _iter_records(self) -> Iterator[Record]:
        size = os.fstat(self._fd).st_size
        for item in scan_records(self._read, self._header_size, size):
            assert isinstance(item, Record), "the file was verified, and is locked"  # noqa: S101
            yield item

    def _iter_exchange_records(self) -> Iterator[Record]:
        return (each for each in self._iter_records() if each.kind == RecordKind.EXCHANGE)

    def _read_exchange(self, stored: StoredExchange) -> Exchange:
        body = self._read(stored.body_offset, stored.body_size)
        return Exchange(stored.head, decode_answer(stored, body))


def _raise_if_not_whole(path: Path) -> None:
    report = verify_cassette(path)
    if report.damages:
        raise build_damage_error(path, report.damages)
    if report.torn is not None:
        raise CorruptCassetteError(
            f"{path}: at byte {report.torn.offset}: an incomplete record; cut it off with: "
            f"runreel verify --repair {path}",
            path=path,
            offset=report.torn.offset,
        )


def _iter_texts(exchange: Exchange) -> Iterator[bytes]:
    """Yield all parts of an exchange that may contain placeholders."""
    request, answer = exchange.head.request, exchange.answer
    yield from (request.target, request.body, answer.reason, answer.body)
    yield from (value for _, value in (*request.headers, *answer.headers))


def _count_by_rule(head: ExchangeHead) -> Counter[str]:
    counts = Counter[str]()
    for hit in head.ledger:
        counts[hit.rule] += hit.count
    return counts
