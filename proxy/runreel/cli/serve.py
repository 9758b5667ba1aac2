"""What ``record`` and ``replay`` share: where they listen, and how they say that they are ready."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Sequence

import click

from runreel.shell.lifecycle import allow_many_connections
from runreel.shell.logs import harden_process

FREE_PORT = "127.0.0.1:0"


def listen_for(listen: str | None, command: Sequence[str]) -> str | None:
    """The address to ask for: a wrapped command finds its server by itself, so any port will do."""
    return FREE_PORT if command and listen is None else listen


def run(session: Callable[[Callable[[str], None]], Awaitable[int]], command: Sequence[str]) -> int:
    """Run ``session`` and return its exit code; a wrapped command has standard output to itself."""

    def announce(url: str) -> None:
        if not command:
            click.echo(f"listening on {url}")
            sys.stdout.flush()
        # What was loaded to get here stays: the collector need not look at it again and again.
        gc.freeze()

    async def main() -> int:
        return await session(announce)

    # Sealing an exchange in its thread must not keep a live event waiting for 5 ms at a time.
    sys.setswitchinterval(0.0005)
    harden_process()
    allow_many_connections()
    return asyncio.run(main())
