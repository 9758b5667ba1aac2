"""An upstream that follows a script, byte by byte, on a real socket.

A script is a list of steps: bytes are written and flushed, an ``asyncio.Event`` is waited for, and
``ABORT`` (TCP RST), ``CLOSE`` (FIN) or ``STALL`` (silence until the proxy closes) end it. The n-th
request to the server plays the n-th script; the last script is repeated.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class ScriptEnd(Enum):
    """A way to end a script."""

    ABORT = "abort"
    CLOSE = "close"
    STALL = "stall"


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
"""The head of an answer that is a stream of events."""
LAST_CHUNK = b"0\r\n\r\n"

ABORT, CLOSE, STALL = ScriptEnd.ABORT, ScriptEnd.CLOSE, ScriptEnd.STALL
ScriptStep: TypeAlias = bytes | asyncio.Event | ScriptEnd
Script: TypeAlias = Sequence[ScriptStep]


@dataclass
class ScriptedUpstream:
    """A running upstream, and the requests that it has received."""

    scripts: Sequence[Script]
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    """The raw bytes of each request, head and body."""
    connections: int = 0
    head_received: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the head of a request has been received."""
    client_gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the proxy has closed a connection."""

    def list_heads(self) -> list[bytes]:
        """Return the heads of the requests."""
        return [request.partition(b"\r\n\r\n")[0] for request in self.requests]

    def list_bodies(self) -> list[bytes]:
        """Return the bodies of the requests as they were sent, chunks and all."""
        return [request.partition(b"\r\n\r\n")[2] for request in self.requests]


def build_ok(body: bytes, *headers: bytes) -> bytes:
    """Build a raw answer with status 200."""
    lines = [b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def encode_chunks(*pieces: bytes) -> bytes:
    """Encode the pieces as HTTP chunks, without the last chunk of a body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


@asynccontextmanager
async def serve_scripts(*scripts: Script) -> AsyncIterator[ScriptedUpstream]:
    """Serve ``scripts`` on a free loopback port for the length of the block."""
    upstream = ScriptedUpstream(scripts)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        upstream.connections += 1
        try:
            await _converse(upstream, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the proxy disconnected; the test looks at upstream.client_gone
        finally:
            upstream.client_gone.set()
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=2**24)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield upstream
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks) if tasks else None


async def _converse(
    upstream: ScriptedUpstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        script = upstream.scripts[min(len(upstream.requests), len(upstream.scripts) - 1)]
        upstream.head_received.set()
        position = len(upstream.requests)
        upstream.requests.append(head)
        upstream.requests[position] = head + await _read_body(head, reader)
        if not await _play(script, reader, writer):
            return


async def _read_body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    if fields.get(b"transfer-encoding") == b"chunked":
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            body += await _read_line(reader)
        return body
    return await reader.readexactly(int(fields.get(b"content-length", b"0")))


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readline()
    if not line:
        raise ConnectionResetError
    return line


async def _play(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Play a script; return whether the connection accepts another request."""
    for step in script:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        elif isinstance(step, asyncio.Event):
            await step.wait()
        elif step is STALL:
            await reader.read()
            return False
        else:
            _close(writer, reset=step is ABORT)
            return False
    return True


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    writer.close()
