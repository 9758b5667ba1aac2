"""An HTTP client that exposes raw heads, chunk boundaries and the end of the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class RawAnswer:
    """An answer as it was received."""

    status_line: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    """The chunks of a chunked body; otherwise the body in one piece."""
    ended: str = ""
    """``complete``: at the end of its framing; ``closed``: by FIN; ``reset``: by RST."""

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def status(self) -> int:
        return int(self.status_line.split(b" ")[1])

    def find_header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class RawClient:
    """A client on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_head(self) -> RawAnswer:
        """Read the head of an answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head[:-4].split(b"\r\n")
        pairs = [line.partition(b": ") for line in lines]
        return RawAnswer(status_line, [(name, value) for name, _, value in pairs])

    async def read_chunk(self) -> bytes:
        """Read one chunk; the last one is empty."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        data = await self.reader.readexactly(size + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]

    async def read_answer(self, *, bodiless: bool = False) -> RawAnswer:
        """Read an answer to its end, even if the connection breaks."""
        answer = await self.read_head()
        try:
            answer.ended = await self._read_body(answer, bodiless=bodiless)
        except asyncio.IncompleteReadError as error:
            answer.chunks += [error.partial] if error.partial else []
            answer.ended = "closed"
        except ConnectionResetError:
            answer.ended = "reset"
        return answer

    async def _read_body(self, answer: RawAnswer, *, bodiless: bool) -> str:
        if bodiless or answer.status in {204, 304}:
            return "complete"
        if answer.find_header(b"transfer-encoding") is not None:
            while data := await self.read_chunk():
                answer.chunks.append(data)
            return "complete"
        length = answer.find_header(b"content-length")
        if length is not None:
            answer.chunks.append(await self.reader.readexactly(int(length)))
            return "complete"
        while data := await self.reader.read(65536):
            answer.chunks.append(data)
        return "closed"

    def close(self) -> None:
        self.writer.close()


@asynccontextmanager
async def open_client(base_url: str) -> AsyncIterator[RawClient]:
    """Connect to the server of ``base_url`` for the length of the block."""
    parts = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)
    client = RawClient(reader, writer)
    try:
        yield client
    finally:
        client.close()


async def ask(base_url: str, request: bytes, *, bodiless: bool = False) -> RawAnswer:
    """Send a raw request on a new connection and read the answer."""
    async with open_client(base_url) as client:
        await client.send(request)
        return await client.read_answer(bodiless=bodiless)


def build_get(path: str, *headers: str, method: str = "GET") -> bytes:
    """Build a raw request without a body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: proxy.test", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def build_post(path: str, body: bytes, *headers: str) -> bytes:
    """Build a raw POST request with a JSON body."""
    length = f"Content-Length: {len(body)}"
    return build_get(path, "Content-Type: application/json", length, *headers, method="POST") + body
