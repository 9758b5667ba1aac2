"""The write queue: each finished exchange is stored redacted, or reported as lost."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from msgspec import field
from structlog.testing import capture_logs

from runreel.core.cassette import CassetteHeader
from runreel.core.dialect import CallMeaning
from runreel.core.record.seal import SealedRecord, Sealer
from runreel.core.redact import Redacted, RedactionError, Redactor, Rules, Vault
from runreel.dialects import Plain, find_dialect
from runreel.model import Exchange, OmittedReason, Request
from runreel.shell.record.write_queue import WriteQueue
from runreel.shell.store import CassetteReader, CassetteWriter
from support.build import make_answer, make_exchange, make_request


def build_sealer() -> Sealer:
    return Sealer(Redactor(Rules.build(), Vault()), find_dialect, max_body=10_000)


def create_writer(path: Path) -> CassetteWriter:
    return CassetteWriter.create(path, CassetteHeader(0, "runreel test"))


async def store(queue: WriteQueue, *exchanges: Exchange) -> list[int]:
    """Store all exchanges; return the numbers in the order in which they were released."""
    released: list[int] = []
    for exchange in exchanges:
        queue.put(exchange, partial(released.append, exchange.head.number))
    await queue.close()
    return released


async def test_exchanges_are_stored_in_the_order_in_which_they_are_put(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    cassette = create_writer(path)
    queue = WriteQueue(build_sealer(), cassette)
    assert await store(queue, *(make_exchange(number) for number in (2, 1, 3))) == [2, 1, 3]
    cassette.close()
    assert (queue.recorded, queue.lost) == (3, 0)
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [1, 2, 3]


class BrokenDialect(Plain):
    """A dialect that fails with a text that may be secret."""

    def interpret(self, request: Request) -> CallMeaning:
        raise KeyError("sk-test-canary")


async def test_the_mistake_of_a_dialect_is_logged_and_its_exchange_recorded(tmp_path: Path) -> None:
    cassette = create_writer(tmp_path / "c.cassette")
    sealer = Sealer(Redactor(Rules.build(), Vault()), lambda _: BrokenDialect(), max_body=10_000)
    queue = WriteQueue(sealer, cassette)
    with capture_logs() as log:
        await store(queue, make_exchange(1))
    cassette.close()
    assert (queue.recorded, queue.lost) == (1, 0)
    [entry] = [entry for entry in log if entry["event"] == "dialect_failed"]
    assert (entry["exchange"], entry["error"]) == (1, "KeyError")
    assert "seal.py:" in entry["at"]
    assert "sk-test-canary" not in str(log)


class FailingRedactor(Redactor):
    """A redactor that finds a remaining secret in exchange 2, and fails on exchange 3."""

    def prove(self, record: bytes, *parts: bytes) -> Redacted:
        if b"number\x02" in record:
            raise RedactionError("authorization", 17)
        if b"number\x03" in record:
            raise RecursionError("sk-test-canary")
        return super().prove(record, *parts)


async def test_an_exchange_that_cannot_be_redacted_is_lost_and_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    cassette = create_writer(path)
    failing = Sealer(FailingRedactor(Rules.build(), Vault()), find_dialect, max_body=10_000)
    queue = WriteQueue(failing, cassette)
    assert await store(queue, *(make_exchange(number) for number in (1, 2, 3, 4))) == [
        1,
        2,
        3,
        4,
    ]
    cassette.close()
    assert (queue.recorded, queue.lost) == (2, 2)
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [1, 4]
    printed = capsys.readouterr().out
    assert printed.count("exchange_lost") == 2
    assert "RecursionError" in printed
    assert "sk-test-canary" not in printed


class GatedWriter:
    """A writer that records the calls, and waits for its gate before the first write."""

    next_number = 1

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.has_begun = threading.Event()
        self.gate = threading.Event()

    def write(self, _record: Redacted) -> int:
        self.has_begun.set()
        assert self.gate.wait(10)
        self.calls.append("write")
        return 0

    def sync(self) -> None:
        self.calls.append("sync")


class SealerSpy(Sealer, frozen=True):
    """A sealer that records its calls."""

    calls: list[str] = field(default_factory=list)

    def seal(self, exchange: Exchange) -> SealedRecord:
        self.calls.append("seal")
        return Sealer.seal(self, exchange)


def build_gated_queue(*, max_body: int = 10_000) -> tuple[WriteQueue, GatedWriter]:
    slow = GatedWriter()
    sealer = SealerSpy(Redactor(Rules.build(), Vault()), find_dialect, max_body, calls=slow.calls)
    return WriteQueue(sealer, slow), slow  # type: ignore[arg-type]  # it has the methods that the queue uses


BACKLOGS = [
    (
        "small exchanges share one sync, but are sealed one by one",
        10,
        [*["seal", "write"] * 3, "sync"],
    ),
    ("large exchanges are synced at once", 1 << 20, ["seal", "write", "sync"] * 3),
]


@pytest.mark.parametrize(("size", "calls"), [c[1:] for c in BACKLOGS], ids=[c[0] for c in BACKLOGS])
async def test_queued_exchanges_are_sealed_and_written_one_by_one(
    size: int, calls: list[str]
) -> None:
    queue, slow = build_gated_queue(max_body=1 << 21)
    for number in (1, 2, 3):
        queue.put(make_exchange(number, answer=make_answer(b"x" * size)), lambda: None)
    slow.gate.set()
    await queue.close()
    assert slow.calls == calls
    assert (queue.accepted, queue.recorded, queue.lost) == (3, 3, 0)


async def test_an_exchange_is_acknowledged_only_when_it_is_on_disk() -> None:
    queue, slow = build_gated_queue()
    queue.put(make_exchange(1), lambda: None)
    await asyncio.to_thread(slow.has_begun.wait, 10)
    assert (queue.accepted, queue.recorded) == (1, 0)
    slow.gate.set()
    await queue.close()
    assert queue.recorded == 1


async def test_close_waits_for_the_worker_even_if_cancelled_repeatedly() -> None:
    queue, slow = build_gated_queue()
    queue.put(make_exchange(1), lambda: None)
    await asyncio.to_thread(slow.has_begun.wait, 10)
    closing = asyncio.create_task(queue.close())
    for _ in range(3):
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing], timeout=0)
        assert not closing.done()
    slow.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert slow.calls == ["seal", "write", "sync"]
    assert queue.recorded == 1


def fail_with_io_error(*_: object) -> int:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def fail_with_bug(*_: object) -> int:
    raise ZeroDivisionError("sk-test-canary")


DISKS = [
    (
        "no write succeeds",
        {"pwrite": fail_with_io_error},
        "the record could not be written: Input/output error",
        3,
    ),
    (
        "an incomplete record cannot be removed",
        {"pwrite": fail_with_io_error, "ftruncate": fail_with_io_error},
        "left an incomplete record",
        3,
    ),
    (
        "no sync succeeds",
        {"fsync": fail_with_io_error},
        "not be forced to disk: Input/output error",
        3,
    ),
    ("a bug of our own", {"pwrite": fail_with_bug}, "not be redacted or written (ZeroDiv", 3),
]


@pytest.mark.parametrize(
    ("patches", "cause", "first_stored"), [c[1:] for c in DISKS], ids=[c[0] for c in DISKS]
)
async def test_a_failing_disk_loses_only_the_exchanges_that_were_not_written(
    patches: dict[str, Callable[..., int]],
    cause: str,
    first_stored: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "c.cassette"
    cassette = create_writer(path)
    failing, working = WriteQueue(build_sealer(), cassette), WriteQueue(build_sealer(), cassette)
    for name, call in patches.items():
        monkeypatch.setattr(os, name, call)
    assert await store(failing, make_exchange(1), make_exchange(2)) == [1, 2]
    monkeypatch.undo()
    assert await store(working, make_exchange(3)) == [3]

    assert (failing.recorded, failing.lost) == (0, 2)
    losses = [line for line in capsys.readouterr().out.splitlines() if "exchange_lost" in line]
    lost = [number for number in (1, 2, 3) if any(f"exchange={number}" in line for line in losses)]
    assert lost == [number for number in (1, 2, 3) if number < first_stored]
    assert working.recorded + working.lost == 1
    assert any(cause in line for line in losses)
    assert not any("sk-test-canary" in line for line in losses)
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [
            number for number in (1, 2, 3) if number not in lost
        ]


ENCODED = ((b"Content-Encoding", b"unheard-of"),)
OMITTED = [
    ("no body is omitted", make_exchange(), "info", None),
    (
        "the request was too large",
        make_exchange(request=make_request(body=b"", omitted=OmittedReason.MAX_BODY)),
        "warning",
        "request:max_body",
    ),
    (
        "the answer cannot be decoded",
        make_exchange(answer=make_answer(b"\xff", headers=ENCODED)),
        "warning",
        "answer:encoding",
    ),
    (
        "both bodies are omitted",
        make_exchange(
            request=make_request(body=b"\xff", headers=ENCODED),
            answer=make_answer(omitted=OmittedReason.MAX_MEMORY, frames=()),
        ),
        "warning",
        "request:encoding, answer:max_memory",
    ),
]


@pytest.mark.parametrize(
    ("exchange", "level", "omitted"), [c[1:] for c in OMITTED], ids=[c[0] for c in OMITTED]
)
async def test_an_omitted_body_is_logged_as_a_warning(
    exchange: Exchange, level: str, omitted: str | None, tmp_path: Path
) -> None:
    with capture_logs() as events:
        await store(WriteQueue(build_sealer(), create_writer(tmp_path / "c.cassette")), exchange)
    (event,) = events
    assert event["event"] == "exchange_recorded"
    assert (event["log_level"], event.get("omitted")) == (level, omitted)
