"""What is finished goes to the disk, or is reported as lost; never raw, never twice."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from runreel.core.cassette import Header
from runreel.core.redact import Redacted, RedactionError, Redactor, Rules, Vault
from runreel.core.seal import Sealer
from runreel.dialects import dialect_of
from runreel.model import Exchange
from runreel.shell.archive import Archive
from runreel.shell.store import AppendError, CassetteReader, CassetteWriter
from support.build import make_exchange


def sealer() -> Sealer:
    return Sealer(Redactor(Rules.extended(), Vault()), dialect_of, max_body=10_000)


def writer(path: Path) -> CassetteWriter:
    return CassetteWriter.create(path, Header(0, "runreel test"))


async def stored(archive: Archive, *exchanges: Exchange) -> list[int]:
    """Put all, wait for all; returns the numbers whose bytes were freed, in order."""
    freed: list[int] = []
    for exchange in exchanges:
        archive.put(exchange, partial(freed.append, exchange.head.number))
    await archive.close()
    return freed


async def test_what_is_put_is_stored_in_the_order_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    cassette = writer(path)
    archive = Archive(sealer(), cassette)
    assert await stored(archive, *(make_exchange(number) for number in (2, 1, 3))) == [2, 1, 3]
    cassette.close()
    assert (archive.recorded, archive.lost) == (3, 0)
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [1, 2, 3]


class Refusing(Redactor):
    """Finds a secret left over in the second exchange, and fails on the third."""

    def prove(self, record: bytes, *parts: bytes) -> Redacted:
        if b"number\x02" in record:
            raise RedactionError("authorization", 17)
        if b"number\x03" in record:
            raise RecursionError("sk-test-canary")
        return super().prove(record, *parts)


async def test_what_cannot_be_redacted_is_lost_alone_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    cassette = writer(path)
    failing = Sealer(Refusing(Rules.extended(), Vault()), dialect_of, max_body=10_000)
    archive = Archive(failing, cassette)
    assert await stored(archive, *(make_exchange(number) for number in (1, 2, 3, 4))) == [
        1,
        2,
        3,
        4,
    ]
    cassette.close()
    assert (archive.recorded, archive.lost) == (2, 2)
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [1, 4]
    printed = capsys.readouterr().out
    assert printed.count("exchange_lost") == 2
    assert "RecursionError" in printed
    assert "sk-test-canary" not in printed


class Full:
    """A disk that takes one record of each batch."""

    def append(self, records: Sequence[Redacted]) -> None:
        if len(records) > 1:
            raise AppendError("disk full", stored=1) from OSError(errno.ENOSPC, "full")


async def test_a_full_disk_loses_what_it_did_not_take_and_frees_the_memory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive = Archive(sealer(), Full())  # type: ignore[arg-type]  # only append is used
    freed = await stored(archive, *(make_exchange(number) for number in range(1, 40)))
    assert freed == list(range(1, 40))
    assert archive.recorded + archive.lost == 39
    assert archive.lost > 0
    assert capsys.readouterr().out.count("disk full") == archive.lost


async def test_an_exchange_is_acknowledged_only_when_it_is_written() -> None:
    loop = asyncio.get_running_loop()
    writing, release = asyncio.Event(), asyncio.Event()

    class Slow:
        def append(self, records: Sequence[Redacted]) -> None:
            loop.call_soon_threadsafe(writing.set)
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)

    archive = Archive(sealer(), Slow())  # type: ignore[arg-type]  # only append is used
    archive.put(make_exchange(1), lambda: None)
    await writing.wait()
    assert archive.recorded == 0
    release.set()
    await archive.close()
    assert archive.recorded == 1
