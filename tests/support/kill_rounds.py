"""Rounds of recording and replay that are disturbed, and what must hold after each of them.

``python tests/support/kill_rounds.py --rounds 300`` plays that many, each made from a number alone
(``--first``). In each, clients record through a proxy in a process of its own, or replay, while it
is killed, stopped, frozen, or loses its disk or its file. Afterwards, what was logged as recorded
is in the file, and all else was said: in the log, or by the exit code.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from runreel.shell.store import CassetteReader, verify_cassette
from support.process import ProcessResult, RunningProcess, start_runreel

_CLIENTS = 4
_MOST_BODY = 40_000
_ROOM = 30_000
"""Bytes that are left on the full disk."""
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: ([0-9]+)")
_PATIENCE = 60.0
"""Seconds that an event may take to be logged."""


@dataclass
class Recording:
    """A recording in progress, and what is known of it."""

    process: RunningProcess
    url: str
    path: Path
    source: random.Random
    events: list[dict[str, Any]] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    """Targets whose answers a client got completely."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def list_numbers(self, event: str) -> list[int]:
        """Return the numbers of the exchanges in these events of the log."""
        return [each["exchange"] for each in self.events if each["event"] == event]

    async def wait_for(self, event: str, count: int) -> None:
        """Wait until the log has that many of these events."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.list_numbers(event)) < count:
                self.changed.clear()
                await self.changed.wait()

    async def read_log(self) -> None:
        """Read the log until its end."""
        while line := await self.process.read_log_line():
            is_event = line.startswith("{")
            self.events.append(json.loads(line) if is_event else {"event": "error", "text": line})
            self.changed.set()

    async def run_client(self, name: int) -> None:
        """Send requests one after the other until the proxy is gone."""
        for number in range(1_000):
            target = f"/{name}/{number}"
            try:
                body = await fetch(self.url, target)
            except (OSError, EOFError):
                return
            if body == build_body(target):
                self.answered.add(target)


def build_body(target: str) -> bytes:
    """Return the body of the upstream's answer: it depends on the target alone."""
    source = random.Random(target)  # noqa: S311  # not a secret
    return (target.encode() + b" ") * source.randrange(1, _MOST_BODY // len(target))


@asynccontextmanager
async def serve_bodies() -> AsyncIterator[str]:
    """Serve an upstream that answers each target with its body, in pieces; yield its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, ValueError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = build_body(head.split(b" ")[1].decode())
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
                for at in range(0, len(body), 8_000):
                    writer.write(body[at : at + 8_000])
                    await writer.drain()
                    await asyncio.sleep(0)  # let another client's piece go first
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fetch(url: str, target: str) -> bytes:
    """Return the body of an answer; raise ``OSError`` or ``EOFError`` if it is incomplete."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return await reader.readexactly(int(length[1]) if length else 0)
    finally:
        writer.close()


@asynccontextmanager
async def record(folder: Path, source: random.Random, *arguments: str) -> AsyncIterator[Recording]:
    """Record with several clients.

    At the end of the block, the log of the process is read to its end, and the process is killed.
    """
    async with (
        serve_bodies() as upstream,
        start_runreel(
            *("record", "c", "--upstream", upstream, "--listen", "127.0.0.1:0", *arguments),
            cwd=folder,
        ) as process,
    ):
        url = await process.wait_until_ready()
        recording = Recording(process, url, folder / "cassettes" / "c.cassette", source)
        async with asyncio.TaskGroup() as group:
            group.create_task(recording.read_log())
            for name in range(_CLIENTS):
                group.create_task(recording.run_client(name))
            await recording.wait_for("exchange_recorded", source.randrange(1, 25))
            yield recording


async def end(recording: Recording, number: signal.Signals = signal.SIGTERM) -> ProcessResult:
    """End the proxy by a signal; return its result. ``record`` reads the rest of its log."""
    recording.process.send(number)
    code = await recording.process.process.wait()
    return ProcessResult(code, "", "")


def check_stored(recording: Recording, path: Path, *, torn: bool = False) -> set[str]:
    """Check that the file has all exchanges that were logged; return the targets in it."""
    report = verify_cassette(path)
    assert not report.damages, report
    assert torn or report.torn is None, report
    targets = {}
    with CassetteReader.open(path) as reader:
        for head in reader.heads:
            target = head.request.target.decode()
            targets[head.number] = target
            if head.whole:
                assert reader.read_answer(head.number).body == build_body(target), target
    missing = {*recording.list_numbers("exchange_recorded")} - {*targets}
    assert not missing, f"logged as recorded, and not in the file: {missing}"
    return {*targets.values()}


def check_complete(recording: Recording, targets: set[str]) -> None:
    """Check that all answered exchanges are in the file, or were logged as lost."""
    lost = len(recording.list_numbers("exchange_lost"))
    missing = recording.answered - targets
    assert len(missing) <= lost, f"answered, not stored, and nothing said: {missing}"


async def kill(folder: Path, source: random.Random) -> None:
    """SIGKILL: all logged exchanges are there, and at most the last record is torn."""
    async with record(folder, source) as recording:
        await end(recording, signal.SIGKILL)
    check_stored(recording, recording.path, torn=True)


async def kill_replacement(folder: Path, source: random.Random) -> None:
    """SIGKILL while a cassette is recorded anew: the old one stays, the new one is kept."""
    async with record(folder, source) as recording:
        await end(recording)
    before = recording.path.read_bytes()
    async with record(folder, source) as recording:
        await end(recording, signal.SIGKILL)
    assert recording.path.read_bytes() == before
    check_stored(recording, recording.path.with_name("c.cassette.recording"), torn=True)


async def terminate(folder: Path, source: random.Random) -> None:
    """SIGTERM: all answered exchanges are there."""
    await _stop_with(signal.SIGTERM, folder, source)


async def interrupt(folder: Path, source: random.Random) -> None:
    """SIGINT: the same."""
    await _stop_with(signal.SIGINT, folder, source)


async def _stop_with(number: signal.Signals, folder: Path, source: random.Random) -> None:
    async with record(folder, source) as recording:
        result = await end(recording, number)
    assert result.code == 0, result.code
    check_complete(recording, check_stored(recording, recording.path))


async def freeze(folder: Path, source: random.Random) -> None:
    """SIGSTOP and SIGCONT, several times: nothing is lost."""
    async with record(folder, source) as recording:
        for _ in range(3):
            recording.process.send(signal.SIGSTOP)
            await asyncio.sleep(source.random() / 10)  # how long it is frozen
            recording.process.send(signal.SIGCONT)
            count = len(recording.list_numbers("exchange_recorded"))
            await recording.wait_for("exchange_recorded", count + 1)
        result = await end(recording)
    assert result.code == 0, result.code
    check_complete(recording, check_stored(recording, recording.path))


async def fill_disk(folder: Path, source: random.Random) -> None:
    """No room, then room again: what did not fit is logged as lost, all else is there."""
    async with record(folder, source) as recording:
        size = recording.path.stat().st_size
        limit_size(recording, size + source.randrange(_ROOM))
        await recording.wait_for("exchange_lost", 1)
        limit_size(recording, resource.RLIM_INFINITY)
        count = len(recording.list_numbers("exchange_recorded"))
        await recording.wait_for("exchange_recorded", count + 1)
        result = await end(recording)
    assert result.code == 3, result.code
    check_complete(recording, check_stored(recording, recording.path))


def limit_size(recording: Recording, size: int) -> None:
    """Let no file of the proxy grow beyond this size."""
    most = resource.RLIM_INFINITY
    resource.prlimit(recording.process.process.pid, resource.RLIMIT_FSIZE, (size, most))


async def move_written(folder: Path, source: random.Random) -> None:
    """Move the file away while it is written: all is in the moved file, and that is said."""
    moved = folder / "moved.cassette"
    async with record(folder, source) as recording:
        recording.path.rename(moved)
        if source.random() < 0.5:
            recording.path.write_bytes(b"of somebody else")
        count = len(recording.list_numbers("exchange_recorded"))
        await recording.wait_for("exchange_recorded", count + 1)
        result = await end(recording)
    assert result.code == 3, result.code
    assert any("was moved or replaced" in each.get("text", "") for each in recording.events)
    check_complete(recording, check_stored(recording, moved))
    assert not recording.path.exists() or recording.path.read_bytes() == b"of somebody else"


async def delete_written(folder: Path, source: random.Random) -> None:
    """Delete the file while it is written: nothing more is logged as recorded."""
    async with record(folder, source) as recording:
        recording.path.unlink()
        await recording.wait_for("exchange_lost", 1)
        count = len(recording.list_numbers("exchange_recorded"))
        await recording.wait_for("exchange_lost", 3)
        result = await end(recording)
    assert len(recording.list_numbers("exchange_recorded")) == count
    assert result.code == 3, result.code
    assert any("was deleted while" in each.get("cause", "") for each in recording.events)


async def disturb_read(folder: Path, source: random.Random) -> None:
    """Move, delete, cut or overwrite the file while it is replayed: right answers, or errors."""
    async with record(folder, source) as recording:
        await end(recording)
    targets = sorted(check_stored(recording, recording.path))
    size = recording.path.stat().st_size
    disturbances: Sequence[Callable[[], object]] = (
        lambda: recording.path.rename(folder / "moved.cassette"),
        recording.path.unlink,
        lambda: os.truncate(recording.path, source.randrange(size)),
        lambda: recording.path.write_bytes(source.randbytes(size)),
        lambda: recording.path.write_bytes(b""),
    )
    async with start_runreel("replay", "c", "--listen", "127.0.0.1:0", cwd=folder) as process:
        url = await process.wait_until_ready()
        await fetch(url, targets[0])
        index = source.randrange(len(disturbances))
        disturbances[index]()
        for target in targets:
            body = await fetch(url, target)
            is_error = b"runreel" in body and index > 1
            assert body == build_body(target) or is_error, (index, target, body[:200])
        result = await process.stop()
    assert result.code in (0, 1), result.errors


ROUNDS: Mapping[str, Callable[[Path, random.Random], Awaitable[None]]] = {
    "kill": kill,
    "kill a replacement": kill_replacement,
    "terminate": terminate,
    "interrupt": interrupt,
    "freeze": freeze,
    **({"fill the disk": fill_disk} if hasattr(resource, "prlimit") else {}),
    "move the written file": move_written,
    "delete the written file": delete_written,
    "disturb a replay": disturb_read,
}
"""The kinds of rounds. Only Linux can change the limits of another process."""


async def play_round(number: int, folder: Path) -> str:
    """Play the round of this number; return its kind."""
    source = random.Random(number)  # noqa: S311  # not a secret
    kind = [*ROUNDS][number % len(ROUNDS)]
    folder.mkdir(parents=True)
    await ROUNDS[kind](folder, source)
    return kind


def main() -> int:
    """Play the rounds that the arguments name; return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    kinds, failed = Counter[str](), 0
    with tempfile.TemporaryDirectory() as root:
        for number in range(options.first, options.first + options.rounds):
            try:
                kinds[asyncio.run(play_round(number, Path(root) / str(number)))] += 1
            except Exception as error:  # of any kind: the other rounds are played too
                failed += 1
                kind = [*ROUNDS][number % len(ROUNDS)]
                print(f"round {number} ({kind}): {error!r}", file=sys.stderr, flush=True)
    print(f"{options.rounds} rounds, {failed} failed: {dict(kinds)}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
