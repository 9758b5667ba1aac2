"""The upstream of the soak, in a process of its own: it does what the header ``x-soak`` says.

Run as ``python -m benchmarks.soaking.upstream SEED``; when ready it prints the line of runreel.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from benchmarks.samples import make_event
from benchmarks.soaking.calls import INSTRUCTION

_STREAM_HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    "{cookies}\r\n"
)
_JSON_HEAD = (
    "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    "{cookies}\r\n"
)
_STALL_SECONDS = 1.0

_secrets = random.Random()  # noqa: S311 - they are fakes


@dataclass(frozen=True, slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read_body(self, fields: Mapping[str, str]) -> None:
        if fields.get("transfer-encoding") == "chunked":
            size = 1
            while size:
                size = int(await self.reader.readuntil(b"\r\n"), 16)
                await self.reader.readexactly(size + 2)
        else:
            await self.reader.readexactly(int(fields.get("content-length", "0")))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _make_cookies(fields: Mapping[str, str]) -> str:
    if "cookie" in fields:
        return ""
    return "".join(
        f"Set-Cookie: {name}={_secrets.getrandbits(160):040x}; Path=/\r\n" for name in "ab"
    )


@lru_cache(16)
def _make_json(size: int) -> bytes:
    text = "An answer with words of the usual length, and one number: "
    items = [{"id": f"msg_{number}", "text": f"{text}{number}"} for number in range(size // 90 + 1)]
    return json.dumps({"object": "list", "data": items}).encode()


async def _answer_json(connection: _Connection, fields: Mapping[str, str], size: str) -> bool:
    await connection.read_body(fields)
    return await _send_json(connection, fields, 200, _make_json(int(size)))


async def _answer_failure(connection: _Connection, fields: Mapping[str, str], status: str) -> bool:
    await connection.read_body(fields)
    return await _send_json(connection, fields, int(status), b'{"error": {"message": "later"}}')


async def _answer_early(connection: _Connection, fields: Mapping[str, str], status: str) -> bool:
    """Answer at the head of the request, then read its body."""
    await _send_json(connection, fields, int(status), b'{"error": {"message": "no"}}')
    await connection.read_body(fields)
    return True


async def _send_json(
    connection: _Connection, fields: Mapping[str, str], status: int, body: bytes
) -> bool:
    head = _JSON_HEAD.format(status=status, length=len(body), cookies=_make_cookies(fields))
    await connection.send(head.encode() + body)
    return True


async def _answer_stream(
    connection: _Connection, fields: Mapping[str, str], events: str, gap_ms: str, end: str
) -> bool:
    await connection.read_body(fields)
    await connection.send(_STREAM_HEAD.format(cookies=_make_cookies(fields)).encode())
    for number in range(int(events)):
        event = make_event(number, _secrets.getrandbits(32))
        await connection.send(b"%x\r\n%s\r\n" % (len(event), event))
        await asyncio.sleep(int(gap_ms) / 1000)
    if end == "reset":
        connection.reset()
    if end in {"reset", "close"}:
        return False
    if end == "stall":
        await asyncio.sleep(_STALL_SECONDS)
    await connection.send(b"0\r\n\r\n")
    return True


_ANSWERS: dict[str, Callable[..., Awaitable[bool]]] = {
    "json": _answer_json,
    "fail": _answer_failure,
    "early": _answer_early,
    "stream": _answer_stream,
}


async def _serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        is_open = True
        while is_open:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
            }
            name, *arguments = fields[INSTRUCTION].split()
            is_open = await _ANSWERS[name](_Connection(reader, writer), fields, *arguments)
    writer.close()


async def main(seed: str) -> None:
    """Serve on a free port of 127.0.0.1 until the process is killed."""
    _secrets.seed(seed)
    server = await asyncio.start_server(
        _serve_connection, "127.0.0.1", 0, limit=1 << 17, backlog=2048
    )
    print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
