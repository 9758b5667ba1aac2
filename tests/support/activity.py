"""A follower of a server's activity, on a connection of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from support.client import RawClient, open_client


@dataclass
class Follower:
    """An open stream of notes."""

    client: RawClient
    raw: bytes = b""
    """Everything that was received after the head."""
    last_id: str = ""

    async def read(self) -> tuple[str, Any]:
        """Return the kind and the data of the next note."""
        while True:
            async with asyncio.timeout(20):
                block = await self.client.reader.readuntil(b"\n\n")
            self.raw += block
            lines = dict(
                line.split(": ", 1) for line in block.decode().splitlines() if ": " in line
            )
            self.last_id = lines.get("id", self.last_id)
            if "event" in lines:
                return lines["event"], json.loads(lines["data"])

    async def read_until(self, kind: str) -> list[tuple[str, Any]]:
        """Return the notes up to the first one of this kind."""
        notes = [await self.read()]
        while notes[-1][0] != kind:
            notes.append(await self.read())
        return notes


@asynccontextmanager
async def follow(url: str, *headers: str, path: str = "/-/activity") -> AsyncIterator[Follower]:
    """Follow the server at ``url`` for the length of the block."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", *headers]
    async with open_client(url) as client:
        await client.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        head = await client.read_head()
        assert head.status == 200, head
        follower = Follower(client)
        follower.raw += await client.reader.readuntil(b"\n\n")  # the retry time
        yield follower
