"""Run a command of this program in a process of its own, and return a page of its output.

What a hostile cassette costs, it costs that process, which is ended after a time or once the page
is full.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from runreel.errors import RunreelError, UsageError

PAGE_SIZE = 20_000
"""Bytes of a page, at most."""
_TIMEOUT = 60.0
_MAX_ERRORS = 4_000
_FOUND_NOTHING = 1
"""The largest exit code of a command that has done what it was asked for."""


class OutputPage(NamedTuple):
    """A part of an output."""

    text: str
    next_cursor: str
    """The cursor of the next page; empty if this is the last one."""

    def __str__(self) -> str:
        """Return the page, with a last line that says how to go on."""
        if not self.next_cursor:
            return self.text
        return f"{self.text}\n[there is more: call again with cursor={self.next_cursor!r}]"


def parse_cursor(cursor: str) -> int:
    """Return the offset that a cursor stands for. Raises ``UsageError``."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise UsageError(f"{cursor[:40]!r} is not a cursor: pass the one of the page before")
    return int(cursor)


def cut_page(data: bytes, offset: int) -> OutputPage:
    """Return the page of an output that begins at ``offset``; ``data`` is the output from there.

    A page ends with a line, unless that is longer than a page.
    """
    if len(data) <= PAGE_SIZE:
        return OutputPage(data.decode("utf-8", "replace").rstrip("\n"), "")
    end = data.rfind(b"\n", 0, PAGE_SIZE) + 1 or PAGE_SIZE
    while end > 1 and data[end] & 0xC0 == 0x80:  # within a character
        end -= 1
    return OutputPage(data[:end].decode("utf-8", "replace").rstrip("\n"), str(offset + end))


async def run_paged(arguments: Sequence[str], cursor: str = "", stdin: bytes = b"") -> OutputPage:
    """Return a page of what a command prints.

    Raises ``UsageError`` with its message if it fails, and ``RunreelError`` if it takes too long.
    """
    offset = parse_cursor(cursor)
    try:
        async with asyncio.timeout(_TIMEOUT), _start(arguments) as process:
            errors = asyncio.ensure_future(_read_errors(process))
            await _write(process, stdin)
            data = await _read_window(process, offset)
            if len(data) > PAGE_SIZE:
                return cut_page(data, offset)
            message = await errors
            code = await process.wait()
    except TimeoutError:
        raise RunreelError(
            f"it took more than {_TIMEOUT:.0f} s; ask for less, with a filter or one exchange"
        ) from None
    if code > _FOUND_NOTHING:
        raise UsageError(message or f"the command ended with exit code {code}")
    return _add_message(cut_page(data, offset), message)


def _add_message(page: OutputPage, message: str) -> OutputPage:
    return page._replace(text="\n".join(filter(None, (page.text, message))))


@asynccontextmanager
async def _start(arguments: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runreel"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _write(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(data)
        await process.stdin.drain()
    except ConnectionError:  # it has ended without reading
        return
    process.stdin.close()


async def _read_window(process: asyncio.subprocess.Process, offset: int) -> bytes:
    """Return one byte more than a page, from an offset of the output on."""
    data = bytearray()
    skip = offset
    while process.stdout is not None and (piece := await process.stdout.read(65536)):
        data += piece[skip:]
        skip = max(0, skip - len(piece))
        if len(data) > PAGE_SIZE:
            break
    return bytes(data)


async def _read_errors(process: asyncio.subprocess.Process) -> str:
    """Return the beginning of what the process says beside its output, and read the rest."""
    data = b""
    while process.stderr is not None and (piece := await process.stderr.read(65536)):
        data = (data + piece)[:_MAX_ERRORS]
    return data.decode("utf-8", "replace").strip()
