"""Mutants of a cassette, and all commands on each of them.

``python tests/support/mutants.py --count 2000`` runs every command on each mutant, replays it, and
prints what failed, took too long or needed too much memory. A mutant is made from a number alone
(``--seed``, ``--first``), so that a failure can be repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgpack  # type: ignore[import-untyped]  # it ships no types
from structlog.testing import capture_logs

from runreel import cli
from runreel.core.cassette import (
    Codec,
    Record,
    RecordKind,
    decode_header,
    encode_exchange,
    encode_retraction,
    scan_records,
)
from runreel.core.cassette.record import encode_record
from runreel.errors import RunreelError
from runreel.model import Request
from runreel.shell.store import CassetteReader
from support.build import make_cassette, make_exchange
from support.hostile import COMMANDS, DEMO, fill_paths
from support.proxy import serve_replay

MOST_SECONDS = 5.0
MOST_MEGABYTES = 300
IN_PROCESS = {name: arguments for name, arguments in COMMANDS.items() if name != "replay"}
REPLAY = "replay"
_REQUEST = b'{"method": "POST", "target": "/v1/threads/thread_1/runs", "body": "{}"}'
_DEEP = 5_000
_MANY = 5_000
_MOST_ASKED = 6
_SIGNS_OF_A_BUG = ("Traceback", "a bug in runreel")
_EVENTS_OF_A_BUG = ("request_failed", "uncaught_exception", "unraisable_exception")


class _Raw(NamedTuple):
    """Bytes of msgpack that stand in place of a value."""

    data: bytes


_VALUES: Sequence[object] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63 - 1, 2**64 - 1, -(2**63)),
    *(1.5, float("nan"), float("inf"), float("-inf"), -0.0),
    *("", "x", "\udcff\udcfe", "\x00\x1b[31m\r\n", "\u202e", "x" * 70_000, "none", "zlib", "zstd"),
    *(b"", b"\xff\x00", b"\r\n", b"x" * 70_000, b"[" * _DEEP, b'{"a":' * _DEEP, b"\xef\xbb\xbf{}"),
    *(b'{"a": NaN, "b": -Infinity, "a": 1e999}', b'{"a": %s}' % (b"9" * 5000), b'"\\ud800"'),
    *(b"data: {}\n\n" * 2000, b"data: \xff\n\n", b"REDACTED-email-1@redacted.invalid" * 100),
    *([], {}, [[]], [None] * _MANY, [[0, 0, True]] * _MANY, {str(n): n for n in range(_MANY)}),
    *([[b"a", b"b"]], [[b"Content-Length", b"-1"]], [[b"Content-Encoding", b"gzip, br, x"]]),
    *([[2**63 - 1, 2**63 - 1, True]] * 3, [[0, 1, False]], [["", "", -1]]),
    *(_Raw(b"\x91" * 600 + b"\xc0"), _Raw(b"\xdd\xff\xff\xff\xff"), _Raw(b"\xdf\xff\xff\xff\xff")),
    *(
        _Raw(b"\xc6\xff\xff\xff\xff"),
        _Raw(b"\xdb\x7f\xff\xff\xff"),
        _Raw(b"\xc1"),
        _Raw(b"\xa2\xff\xfe"),
    ),
    *(_Raw(b"\xc7\x01\x05x"), _Raw(b"\xd7\xff" + bytes(8)), _Raw(b"\x81\x91\xc0\xc0"), _Raw(b"")),
    _Raw(b"\x82\xa1a\x01\xa1a\x02"),
)
"""Values of a wrong type or size, out of range, or not msgpack at all."""


def build_base() -> bytes:
    """Build the cassette of which mutants are made: that of the demo, one compressed, one less."""
    demo = DEMO.read_bytes()
    compressed = encode_exchange(make_exchange(98), codec=Codec.ZLIB)
    plain = encode_exchange(make_exchange(99))
    return demo + compressed + plain + encode_retraction(99)


def build_mutant(data: bytes, seed: int) -> bytes:
    """Return the mutant of a cassette that belongs to this number."""
    source = random.Random(seed)  # noqa: S311  # not a secret
    for _ in range(source.choice((1, 1, 1, 2, 4))):
        data = source.choice(_MUTATIONS)(data, source)
    return data


def _flip_bits(data: bytes, source: random.Random) -> bytes:
    copy = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 8, 64)) if copy else 0):
        copy[source.randrange(len(copy))] ^= 1 << source.randrange(8)
    return bytes(copy)


def _cut(data: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(len(data) + 1)]


def _splice(data: bytes, source: random.Random) -> bytes:
    start, at = source.randrange(len(data) + 1), source.randrange(len(data) + 1)
    return data[:at] + data[start : start + source.randrange(1, 4096)] + data[at:]


def _remove(data: bytes, source: random.Random) -> bytes:
    start = source.randrange(len(data) + 1)
    return data[:start] + data[start + source.randrange(1, 4096) :]


def _overwrite(data: bytes, source: random.Random) -> bytes:
    start, length = source.randrange(len(data) + 1), source.randrange(1, 4096)
    filling = source.choice((bytes(1), b"\xff", b"\x94", b"\xdd")) * length
    return data[:start] + filling + data[start + length :]


def _rearrange(data: bytes, source: random.Random) -> bytes:
    """Swap, repeat, drop or retract whole records."""
    header, records = _split(data)
    if not records:
        return data
    parts = [data[each.offset : each.end] for each in records]
    index, other = source.randrange(len(parts)), source.randrange(len(parts))
    match source.randrange(5):
        case 0:
            parts[index], parts[other] = parts[other], parts[index]
        case 1:
            parts.insert(other, parts[index])
        case 2:
            del parts[index]
        case 3:
            number = source.choice((0, 1, index, 2**62, 99))
            parts.insert(other, encode_retraction(number))
        case _:
            source.shuffle(parts)
    return header + b"".join(parts)


def _change_value(data: bytes, source: random.Random) -> bytes:
    """Put another value into a head or an answer, with right checksums."""
    _, records = _split(data)
    if not records:
        return data
    record = source.choice(records)
    head, body = _unpack(record.head), data[record.body_offset : record.end]
    if source.random() < 0.4 and head.get("codec") == Codec.NONE:
        body = _pack(_mutate(_unpack(body), source))
    elif source.random() < 0.1:
        body = _flip_bits(body, source)
    else:
        head = _mutate(head, source)
    return _replace_record(data, record, _seal(head, body, source), body)


def _seal(head: Any, body: bytes, source: random.Random) -> bytes:
    """Return the packed head with the checksum and the length of the body, mostly right."""
    if isinstance(head, dict) and "body_crc32" in head and source.random() < 0.9:
        head = {**head, "body_crc32": zlib.crc32(body)}
        if head.get("codec") == Codec.NONE:
            head["body_length"] = len(body)
    return _pack(head)


def _flip_in_head(data: bytes, source: random.Random) -> bytes:
    """Flip bits in a head, with a right checksum."""
    _, records = _split(data)
    if not records:
        return data
    record = source.choice(records)
    body = data[record.body_offset : record.end]
    return _replace_record(data, record, _flip_bits(record.head, source), body)


def _change_header(data: bytes, source: random.Random) -> bytes:
    """Put another value into the header of the file, with a right checksum."""
    header, _ = _split(data)
    values = _mutate(_unpack(header), source)
    if not isinstance(values, dict):
        return _pack(values) + data[len(header) :]
    values.pop("crc32", None)
    changed = _pack({**values, "crc32": 0xFFFFFFFF})[:-5]
    return changed + b"\xce" + zlib.crc32(changed).to_bytes(4) + data[len(header) :]


_MUTATIONS: Sequence[Callable[[bytes, random.Random], bytes]] = (
    *(_flip_bits, _cut, _splice, _remove, _overwrite, _rearrange, _rearrange, _flip_in_head),
    *(_change_header, *(_change_value,) * 16),
)


def _split(data: bytes) -> tuple[bytes, list[Record]]:
    """Return the header and the readable records, as far as there are any."""

    def read(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    try:
        start = decode_header(data)[1]
    except RunreelError:
        return make_cassette(), []
    records = scan_records(read, start, len(data))
    return data[:start], [each for each in records if isinstance(each, Record)]


def _replace_record(data: bytes, record: Record, head: bytes, body: bytes) -> bytes:
    changed = encode_record(RecordKind(record.kind), head, body)
    return data[: record.offset] + changed + data[record.end :]


def _unpack(data: bytes) -> Any:
    try:
        return msgpack.unpackb(data, unicode_errors="surrogateescape", strict_map_key=False)
    except (ValueError, TypeError):
        return {}


def _pack(value: object) -> bytes:
    """Pack a value; ``_Raw`` bytes are put in as they are."""
    if isinstance(value, _Raw):
        return value.data
    if isinstance(value, dict):
        pairs = b"".join(_pack(key) + _pack(each) for key, each in value.items())
        return bytes(msgpack.Packer().pack_map_header(len(value))) + pairs
    if isinstance(value, list):
        return bytes(msgpack.Packer().pack_array_header(len(value))) + b"".join(map(_pack, value))
    return bytes(msgpack.packb(value, unicode_errors="surrogateescape"))


def _mutate(value: Any, source: random.Random) -> Any:
    """Return a copy of the value in which something at any depth is replaced, added or removed."""
    if isinstance(value, dict) and value and source.random() < 0.9:
        key = source.choice(list(value))
        match source.randrange(8):
            case 0:
                return {each: value[each] for each in value if each != key}
            case 1:
                return {
                    **value,
                    source.choice(("new", "", "marks", "omitted", "codec")): _pick(source),
                }
            case _:
                return {**value, key: _mutate(value[key], source)}
    if isinstance(value, list) and value and source.random() < 0.8:
        index = source.randrange(len(value))
        return [*value[:index], _mutate(value[index], source), *value[index + 1 :]]
    return _pick(source, type(value))


def _pick(source: random.Random, kind: type | None = None) -> Any:
    """Return one of the values, mostly of the given type: others are refused early."""
    alike = [each for each in _VALUES if type(each) is kind]
    return source.choice(alike if alike and source.random() < 0.7 else _VALUES)


class Failure(NamedTuple):
    """A command that did on a mutant what none may do."""

    seed: int
    command: str
    reason: str


def run_commands(
    data: bytes, folder: Path, commands: Sequence[str] = (*IN_PROCESS, REPLAY)
) -> Iterator[tuple[str, str, float]]:
    """Run commands on a cassette, each on a fresh copy.

    Yield the command, what is wrong with its result (mostly nothing), and its processor time.
    """
    path = folder / "mutant.cassette"
    request, base = folder / "request.json", folder / "base" / "base.cassette"
    request.write_bytes(_REQUEST)
    base.parent.mkdir(exist_ok=True)
    base.write_bytes(build_base())
    for name in commands:
        for each in folder.iterdir():
            if each not in (request, base.parent):
                each.unlink()
        path.write_bytes(data)
        started = time.process_time()
        reason = _replay(path) if name == REPLAY else _run(name, path, base, request)
        seconds = time.process_time() - started
        yield name, reason or ("" if seconds < MOST_SECONDS else f"{seconds:.1f} s"), seconds


def _run(name: str, path: Path, base: Path, request: Path) -> str:
    """Run a command in this process; return what is wrong, or nothing."""
    arguments = fill_paths(IN_PROCESS[name], path, base)
    if name.startswith("explain"):
        arguments.insert(2, str(request))
    try:
        with _capture() as (_, errors):
            code = cli.run(arguments)
    except BaseException as error:
        return f"raised {error!r}"
    if code not in (0, 1, 2, 3):
        return f"exit code {code}"
    return next((sign for sign in _SIGNS_OF_A_BUG if sign in errors.getvalue()), "")


@contextmanager
def _capture() -> Iterator[tuple[io.TextIOWrapper, io.StringIO]]:
    """Take what a command prints, instead of printing it."""
    output, errors = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        yield output, errors


def _replay(path: Path) -> str:
    """Replay the cassette to its own requests; return what is wrong, or nothing."""
    try:
        with capture_logs() as events:
            asyncio.run(_ask_replay(path))
    except RunreelError:
        return ""
    except BaseException as error:
        return f"raised {error!r}"
    return next((str(each) for each in events if each["event"] in _EVENTS_OF_A_BUG), "")


async def _ask_replay(path: Path) -> None:
    async with serve_replay(path) as (url, _):
        with CassetteReader.open(path) as reader:
            requests = [head.request for head in reader.heads[:_MOST_ASKED]]
        for request in (*requests, Request("GET", b"/v1/none", ())):
            async with asyncio.timeout(MOST_SECONDS):
                await _ask(url, request)


async def _ask(url: str, request: Request) -> None:
    """Send a request and read until the connection ends, however it does."""
    address = urlsplit(url)
    streams, writer = await asyncio.open_connection(address.hostname, address.port)
    head = b"%b %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    try:
        size = len(request.body)
        writer.write(head % (request.method.encode(), request.target, size) + request.body)
        await streams.read(-1)
    except ConnectionError:
        return
    finally:
        writer.close()


def run_mutants(
    seeds: Sequence[int], commands: Sequence[str]
) -> tuple[list[Failure], dict[str, float]]:
    """Run the commands on the mutants of these numbers; return failures and maximal times."""
    base = build_base()
    failures: list[Failure] = []
    most: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as root:
        for seed in seeds:
            mutant = build_mutant(base, seed)
            for name, reason, seconds in run_commands(mutant, Path(root), commands):
                most[name] = max(most.get(name, 0.0), seconds)
                if reason:
                    failures.append(Failure(seed, name, reason))
                    print(*failures[-1], file=sys.stderr, flush=True)
    return failures, most


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--commands", nargs="*", default=[*IN_PROCESS, REPLAY])
    options = parser.parse_args()
    failed, costs = run_mutants(
        range(options.first, options.first + options.count), options.commands
    )
    for name, seconds in sorted(costs.items(), key=lambda item: -item[1]):
        print(f"{name:16} at most {seconds:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(f"{options.count} mutants, {len(failed)} failures, peak {peak} MB")
    failed += [Failure(-1, "all", "memory")] if peak > MOST_MEGABYTES else []
    sys.exit(bool(failed))
