"""Rounds of recording that something interrupts: what was acknowledged is there, all else is said.

A round starts ``runreel record``, lets clients make calls, and interrupts it at a random moment: by
a kill, a stop signal, a pause, a full disk that gets room again, or a cassette that is moved away.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.processes import Server
from benchmarks.soaking.calls import iter_calls
from benchmarks.soaking.clients import Results, run_calls
from benchmarks.soaking.soak import Soak, stop, wait_for_end
from runreel.shell.store import CassetteReader

_CALLS = 60
_MAX_DELAY = 0.8
_PAUSE = 0.2
_KINDS = {"thread", "message", "poll", "list", "upload", "429", "500", "503"}


@dataclass(slots=True)
class _Round:
    """One recording, and what happened to it."""

    server: Server
    cassette: Path
    moved: Path
    is_killed: bool = False
    """True if the process could not finish: then only what it acknowledged must be there."""
    is_stopping: bool = False
    """True if the process has got a signal to stop; a second one would drop exchanges."""


async def _kill(round_: _Round) -> None:
    round_.is_killed = True
    os.kill(round_.server.pid, signal.SIGKILL)


async def _terminate(round_: _Round) -> None:
    round_.is_stopping = True
    os.kill(round_.server.pid, signal.SIGTERM)


async def _interrupt(round_: _Round) -> None:
    round_.is_stopping = True
    os.kill(round_.server.pid, signal.SIGINT)


async def _pause(round_: _Round) -> None:
    os.kill(round_.server.pid, signal.SIGSTOP)
    await asyncio.sleep(_PAUSE)
    os.kill(round_.server.pid, signal.SIGCONT)


async def _fill_disk(round_: _Round) -> None:
    """Let the file grow no more for a while; a write then fails as on a full disk."""
    unlimited = resource.prlimit(round_.server.pid, resource.RLIMIT_FSIZE)
    size = round_.cassette.stat().st_size
    resource.prlimit(round_.server.pid, resource.RLIMIT_FSIZE, (size + 1000, unlimited[1]))
    await asyncio.sleep(_PAUSE)
    resource.prlimit(round_.server.pid, resource.RLIMIT_FSIZE, unlimited)


async def _move(round_: _Round) -> None:
    await asyncio.to_thread(round_.cassette.rename, round_.moved)


_EVENTS: Mapping[str, Callable[[_Round], Awaitable[None]]] = {
    "kill -9": _kill,
    "SIGTERM": _terminate,
    "SIGINT": _interrupt,
    "SIGSTOP and SIGCONT": _pause,
    "full disk": _fill_disk,
    "moved": _move,
}


async def run_rounds(soak: Soak, total: int) -> int:
    """Run ``total`` rounds; return 1 if anything was lost without a word."""
    choices = random.Random(soak.seed)  # noqa: S311 - the same each time
    names = list(_EVENTS)
    outcomes: Counter[str] = Counter()
    async with soak.run_upstream() as upstream:
        for number in range(total):
            name = names[number % len(names)]
            answered, problem = await _run_round(soak, upstream, name, choices, number)
            outcomes[f"{name}: {problem or 'ok'}"] += 1
            if problem or number % 30 == 29:
                print(
                    f"round {number + 1}, {name}, {answered} answered: {problem or 'ok'}",
                    flush=True,
                )
    print("\n".join(f"{count:5} {name}" for name, count in sorted(outcomes.items())))
    return int(any(not name.endswith(": ok") for name in outcomes))


async def _run_round(
    soak: Soak, upstream: Server, name: str, choices: random.Random, number: int
) -> tuple[int, str]:
    """Return the number of answers, and what was lost without a word, if anything was."""
    folder = soak.folder / f"round-{number}"
    folder.mkdir()
    cassette = folder / "c.cassette"
    kinds = (call for call in iter_calls(soak.seed + number, 0) if call.kind in _KINDS)
    calls = list(islice(kinds, _CALLS))
    results = Results()
    log = soak.folder / "record.log"
    log.write_bytes(b"")
    async with soak.run_runreel("record", str(cassette), "--upstream", upstream.url) as (server, _):
        round_ = _Round(server, cassette, folder / "moved.cassette")
        load = asyncio.ensure_future(run_calls(server.port, results, calls, 4))
        await asyncio.sleep(choices.random() * _MAX_DELAY)
        await _EVENTS[name](round_)
        with suppress(OSError, ExceptionGroup):
            await load
        with suppress(ProcessLookupError):
            await (wait_for_end(server) if round_.is_stopping else stop(server))
    return len(results.exchanges), _judge(round_, results, log)


def _judge(round_: _Round, results: Results, log: Path) -> str:
    events = [_parse(line) for line in log.read_text(encoding="utf-8").splitlines()]
    acknowledged = {each["exchange"] for each in events if each.get("event") == "exchange_recorded"}
    said = {each["exchange"] for each in events if each.get("event") == "exchange_lost"}
    path = round_.moved if round_.moved.exists() else round_.cassette
    with CassetteReader.open(path) as reader:
        damage = reader.damage
        stored = {head.number for head in reader.heads}
    if damage:
        return f"damage: {damage}"
    if acknowledged - stored:
        return f"acknowledged, but not there: {sorted(acknowledged - stored)}"
    missing = results.exchanges - stored - said
    # The limit on the size of files is one for the log too, whose last line counts what was lost.
    lost = sum(each["lost"] for each in events if each.get("event") == "session_ended")
    if not round_.is_killed and missing and lost != len(results.exchanges - stored):
        return f"answered, not there, not said: {sorted(missing)}"
    if round_.moved.exists() and "was moved or replaced while" not in log.read_text():
        return "moved, and not said"
    return ""


def _parse(line: str) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}  # the message at the end
    return fields
