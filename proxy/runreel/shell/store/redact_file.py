"""A cassette redacted again, under the rules of today, in its place.

The file is rewritten only if that changes something, and whatever happens, one whole file has its
name. Numbers, sessions, frames, times, ends and retractions stay; so do all bytes of an exchange in
which nothing is found.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runreel.core.cassette import (
    Codec,
    Header,
    Kind,
    Record,
    Stored,
    decode_answer,
    decode_head,
    decode_header,
    encode_header,
    scan,
)
from runreel.core.record.seal import DialectOf, Sealed, Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.errors import CorruptCassetteError
from runreel.model import Exchange, Head, Request
from runreel.shell.store.folder import Folder
from runreel.shell.store.reader import Pread, damaged, load, locating
from runreel.shell.store.repair import verify
from runreel.shell.store.replacement import locked_file, replacing


@dataclass(frozen=True, slots=True)
class Renewal:
    """What was changed, or would be."""

    path: Path
    exchanges: int
    """All of the file, retracted ones too."""
    changed: int
    """Those that were written anew."""
    replaced: Mapping[str, int]
    """How many values each rule found that had stood there."""
    header_changes: bool = False
    """Whether a secret stood in the upstream's URL."""

    @property
    def changes(self) -> bool:
        """Whether the file is another one than before."""
        return self.changed > 0 or self.header_changes


class Renewer:
    """Renews cassettes, one after the other."""

    def __init__(
        self, rules: Rules, dialect_of: DialectOf, *, max_body: int, known: Iterable[bytes] = ()
    ) -> None:
        """``max_body``: bytes that a body may grow to when its content coding is undone.

        ``known`` values are secret wherever they stand.
        """
        self._rules = rules
        self._known = tuple(known)
        self._dialect_of = dialect_of
        self._max_body = max_body

    def renew(self, path: Path, *, only_check: bool = False) -> Renewal:
        """Redact the cassette again; ``only_check`` tells what that would change.

        Raises ``CassetteLockedError``; ``CassetteError`` where there is no cassette, or one that is
        not whole; ``StoreError`` where it cannot be written, or a secret would be.
        """
        with locked_file(path) as (folder, fd):
            _demand_whole(path)
            with locating(path):
                renewing = self._renewing(fd, path)
                renewing.learn()
                renewal = renewing.renewal(path)
            if renewal.changes and not only_check:
                renewing.write(folder, path.name)
            return renewal

    def _renewing(self, fd: int, path: Path) -> _Renewing:
        vault = Vault()
        vault.learn(self._known)
        sealer = Sealer(Redactor(self._rules, vault), self._dialect_of, self._max_body)
        return _Renewing(fd, load(fd, path).header_size, sealer, vault)


class _Renewing:
    """One open cassette. All is learnt before anything is decided: a secret may be named last."""

    def __init__(self, fd: int, header_size: int, sealer: Sealer, vault: Vault) -> None:
        self._fd = fd
        self._read = Pread(fd)
        self._sealer = sealer
        self._vault = vault
        header, _ = decode_header(self._read(0, header_size))
        self._header = self._renewed_header(header, header_size)
        self._header_size = header_size
        self._changed: set[int] = set()

    def learn(self) -> None:
        """Keep the placeholders that stand there from other values, then learn all values."""
        for stored in self._exchanges():
            exchange = self._exchange(stored)
            for data in _parts(exchange):
                self._vault.reserve(data)
        for stored in self._exchanges():
            self._sealer.learn(self._exchange(stored))

    def renewal(self, path: Path) -> Renewal:
        """Find out what changes."""
        count, replaced = 0, Counter[str]()
        for stored in self._exchanges():
            count += 1
            sealed = self._renewed(stored)
            if sealed is not None:
                self._changed.add(stored.offset)
                replaced += _by_rule(sealed.head) - _by_rule(stored.head)
        header_changes = self._header != self._read(0, self._header_size)
        return Renewal(path, count, len(self._changed), dict(replaced), header_changes)

    def write(self, folder: Folder, name: str) -> None:
        """Put a file with the changes in the place of the old one."""
        written = f"{name}.redacted"
        with replacing(folder, name, written=written, like=os.fstat(self._fd)) as file:
            file.append(self._header)
            for record in self._records():
                file.append(self._rewritten(record))

    def _rewritten(self, record: Record) -> bytes:
        if record.offset not in self._changed:
            return self._read(record.offset, record.end - record.offset)
        sealed = self._renewed(decode_head(record))
        assert sealed is not None, "it has changed before"  # noqa: S101
        return sealed.record

    def _renewed_header(self, header: Header, size: int) -> bytes:
        """The header with its upstream redacted; as it lies there if that changes nothing."""
        asked = Request("GET", header.upstream.encode(), ())
        upstream = self._sealer.redactor.request(asked).request.target.decode()
        if upstream == header.upstream:
            return self._read(0, size)
        return encode_header(replace(header, upstream=upstream))

    def _renewed(self, stored: Stored) -> Sealed | None:
        sealer = replace(self._sealer, codec=Codec(stored.codec))
        return sealer.renewed(self._exchange(stored))

    def _records(self) -> Iterator[Record]:
        size = os.fstat(self._fd).st_size
        for found in scan(self._read, self._header_size, size):
            assert isinstance(found, Record), "the file was found whole, and is locked"  # noqa: S101
            yield found

    def _exchanges(self) -> Iterator[Stored]:
        return (decode_head(each) for each in self._records() if each.kind == Kind.EXCHANGE)

    def _exchange(self, stored: Stored) -> Exchange:
        body = self._read(stored.body_offset, stored.body_size)
        return Exchange(stored.head, decode_answer(stored, body))


def _demand_whole(path: Path) -> None:
    report = verify(path)
    if report.damages:
        raise damaged(path, report.damages)
    if report.torn is not None:
        raise CorruptCassetteError(
            f"{path}: at byte {report.torn.offset}: an incomplete record; cut it off with: "
            f"runreel verify --repair {path}",
            path=path,
            offset=report.torn.offset,
        )


def _parts(exchange: Exchange) -> Iterator[bytes]:
    """All of an exchange in which a placeholder may stand."""
    request, answer = exchange.head.request, exchange.answer
    yield from (request.target, request.body, answer.reason, answer.body)
    yield from (value for _, value in (*request.headers, *answer.headers))


def _by_rule(head: Head) -> Counter[str]:
    counts = Counter[str]()
    for hit in head.ledger:
        counts[hit.rule] += hit.count
    return counts
