"""runreel with a watch on its event loop: ``python -m benchmarks.soaking.watched FILE COMMAND …``.

Every few milliseconds a timer of the loop notes how late it is. The longest delay since the last
look of the reader is in FILE, three numbers of eight bytes: in wall time; the same, but not more
than the CPU time that the process used meanwhile, so that time in which the machine did other work
does not count; and not more than the CPU time of the loop's own thread.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

_INTERVAL = 0.005
_FORMAT = struct.Struct("ddd")


class Holds:
    """The longest holds of the loop, in seconds, in a file that two processes share."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(mmap.PAGESIZE)
            self._memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def add(self, *seconds: float) -> None:
        """Keep the longer of each kind."""
        _FORMAT.pack_into(self._memory, 0, *map(max, self.read(), seconds))

    def read(self) -> tuple[float, ...]:
        """Return the longest holds so far."""
        return _FORMAT.unpack_from(self._memory)

    def take(self) -> tuple[float, ...]:
        """Return the longest holds since the last call."""
        taken = self.read()
        _FORMAT.pack_into(self._memory, 0, 0, 0, 0)
        return taken


class LoopWatch:
    """A timer that notes how late it is called."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self._loop = asyncio.get_running_loop()
        self._tick_at = self._clocks()
        self._loop.call_later(_INTERVAL, self._tick)

    @staticmethod
    def _clocks() -> tuple[float, float, float]:
        return time.monotonic(), time.process_time(), time.thread_time()

    def _tick(self) -> None:
        wall, process, thread = (
            now - before for now, before in zip(self._clocks(), self._tick_at, strict=True)
        )
        late = wall - _INTERVAL
        self._holds.add(late, min(late, process), min(late, thread))
        self._tick_at = self._clocks()
        self._loop.call_later(_INTERVAL, self._tick)


def main(path: str, *arguments: str) -> int:
    """Run runreel with these arguments."""
    run = asyncio.Runner.run

    def run_watched(runner: asyncio.Runner, work: Coroutine[Any, Any, Any], **options: Any) -> Any:
        async def work_watched() -> Any:
            LoopWatch(Holds(Path(path)))
            return await work

        return run(runner, work_watched(), **options)

    asyncio.Runner.run = run_watched  # type: ignore[assignment, method-assign]  # before anything is run
    from runreel.cli import main as run_command  # noqa: PLC0415 - after that

    sys.argv = ["runreel", *arguments]
    return run_command()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
