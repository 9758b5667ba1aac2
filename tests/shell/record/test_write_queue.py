"""What is finished goes to the disk, or is reported as lost; never raw, never twice."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from runreel.core.cassette import CassetteHeader
from runreel.core.record.seal import SealedRecord, Sealer
from runreel.core.redact import Redacted, RedactionError, Redactor, Rules, Vault
from runreel.dialects import find_dialect
from runreel.model import Exchange, OmittedReason
from runreel.shell.record.write_queue import WriteQueue
from runreel.shell.store import CassetteReader, CassetteWriter
from support.build import make_answer, make_exchange, make_request


def sealer() -> Sealer:
    return Sealer(Redactor(Rules.build(), Vault()), find_dialect, max_body=10_000)


def writer(path: Path) -> CassetteWriter:
    return CassetteWriter.create(path, CassetteHeader(0, "runreel test"))


async def stored(archive: WriteQueue, *exchanges: Exchange) -> list[int]:
    """Put all, wait for all; returns the numbers whose bytes were freed, in order."""
    freed: list[int] = []
    for exchange in exchanges:
        archive.put(exchange, partial(freed.append, exchange.head.number))
    await archive.close()
    return freed


async def test_what_is_put_is_stored_in_the_order_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    cassette = writer(path)
    archive = WriteQueue(sealer(), cassette)
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
    failing = Sealer(Refusing(Rules.build(), Vault()), find_dialect, max_body=10_000)
    archive = WriteQueue(failing, cassette)
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


class Gated:
    """A writer that takes down what is done, and begins when it is told to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.begun = threading.Event()
        self.gate = threading.Event()

    def write(self, _record: Redacted) -> None:
        self.begun.set()
        assert self.gate.wait(10)
        self.calls.append("write")

    def sync(self) -> None:
        self.calls.append("sync")


@dataclass(frozen=True, slots=True)
class Told(Sealer):
    """Takes down when it seals."""

    calls: list[str] = field(default_factory=list)

    def seal(self, exchange: Exchange) -> SealedRecord:
        self.calls.append("seal")
        return Sealer.seal(self, exchange)


def gated(*, max_body: int = 10_000) -> tuple[WriteQueue, Gated]:
    slow = Gated()
    told = Told(Redactor(Rules.build(), Vault()), find_dialect, max_body, calls=slow.calls)
    return WriteQueue(told, slow), slow  # type: ignore[arg-type]  # all that it uses of a writer


BACKLOGS = [
    ("nothing is sealed ahead, one sync is for all", 10, [*["seal", "write"] * 3, "sync"]),
    ("much does not wait for more", 1 << 20, ["seal", "write", "sync"] * 3),
]


@pytest.mark.parametrize(("size", "calls"), [c[1:] for c in BACKLOGS], ids=[c[0] for c in BACKLOGS])
async def test_a_backlog_is_written_one_by_one(size: int, calls: list[str]) -> None:
    archive, slow = gated(max_body=1 << 21)
    for number in (1, 2, 3):
        archive.put(make_exchange(number, answer=make_answer(b"x" * size)), lambda: None)
    slow.gate.set()
    await archive.close()
    assert slow.calls == calls
    assert (archive.accepted, archive.recorded, archive.lost) == (3, 3, 0)


async def test_an_exchange_is_acknowledged_only_when_it_is_on_disk() -> None:
    archive, slow = gated()
    archive.put(make_exchange(1), lambda: None)
    await asyncio.to_thread(slow.begun.wait, 10)
    assert (archive.accepted, archive.recorded) == (1, 0)
    slow.gate.set()
    await archive.close()
    assert archive.recorded == 1


async def test_closing_ends_only_when_the_thread_does_however_often_it_is_cancelled() -> None:
    archive, slow = gated()
    archive.put(make_exchange(1), lambda: None)
    await asyncio.to_thread(slow.begun.wait, 10)
    closing = asyncio.create_task(archive.close())
    for _ in range(3):
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing], timeout=0)
        assert not closing.done()
    slow.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert slow.calls == ["seal", "write", "sync"]
    assert archive.recorded == 1


def refused(*_: object) -> int:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def mistaken(*_: object) -> int:
    raise ZeroDivisionError("sk-test-canary")


DISKS = [
    ("it takes no write", {"pwrite": refused}, "did not take the record: Input/output error", 3),
    ("it keeps what is half", {"pwrite": refused, "ftruncate": refused}, "not be taken back", 4),
    ("it does not sync", {"fsync": refused}, "not be forced to disk: Input/output error", 3),
    ("a mistake of ours", {"pwrite": mistaken}, "not be redacted or written (ZeroDiv", 3),
]


@pytest.mark.parametrize(
    ("broken", "cause", "first_kept"), [c[1:] for c in DISKS], ids=[c[0] for c in DISKS]
)
async def test_a_failing_disk_loses_what_it_did_not_take_and_nothing_else(
    broken: dict[str, Callable[..., int]],
    cause: str,
    first_kept: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "c.cassette"
    cassette = writer(path)
    failing, healed = WriteQueue(sealer(), cassette), WriteQueue(sealer(), cassette)
    for name, call in broken.items():
        monkeypatch.setattr(os, name, call)
    assert await stored(failing, make_exchange(1), make_exchange(2)) == [1, 2]
    monkeypatch.undo()
    assert await stored(healed, make_exchange(3)) == [3]

    assert (failing.recorded, failing.lost) == (0, 2)
    losses = [line for line in capsys.readouterr().out.splitlines() if "exchange_lost" in line]
    lost = [number for number in (1, 2, 3) if any(f"exchange={number}" in line for line in losses)]
    assert lost == [number for number in (1, 2, 3) if number < first_kept]
    assert healed.recorded + healed.lost == 1
    assert any(cause in line for line in losses)
    assert not any("sk-test-canary" in line for line in losses)
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [
            number for number in (1, 2, 3) if number not in lost
        ]


ENCODED = ((b"Content-Encoding", b"unheard-of"),)
OMISSIONS = [
    ("all is there", make_exchange(), "info", None),
    (
        "the request was too large",
        make_exchange(request=make_request(body=b"", omitted=OmittedReason.MAX_BODY)),
        "warning",
        "request:max_body",
    ),
    (
        "the answer turns out not to be decodable",
        make_exchange(answer=make_answer(b"x", headers=ENCODED)),
        "warning",
        "answer:encoding",
    ),
    (
        "both",
        make_exchange(
            request=make_request(headers=ENCODED),
            answer=make_answer(omitted=OmittedReason.MAX_MEMORY, frames=()),
        ),
        "warning",
        "request:encoding, answer:max_memory",
    ),
]


@pytest.mark.parametrize(
    ("exchange", "level", "omitted"), [c[1:] for c in OMISSIONS], ids=[c[0] for c in OMISSIONS]
)
async def test_a_body_that_is_left_out_is_a_warning(
    exchange: Exchange, level: str, omitted: str | None, tmp_path: Path
) -> None:
    with capture_logs() as events:
        await stored(WriteQueue(sealer(), writer(tmp_path / "c.cassette")), exchange)
    (event,) = events
    assert event["event"] == "exchange_recorded"
    assert (event["log_level"], event.get("omitted")) == (level, omitted)
