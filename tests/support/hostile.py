"""Hostile cassettes, and the cost of every command that opens one.

``python tests/support/hostile.py [KIND ...]`` prints a table: processor time, peak memory and exit
code of each command for each kind of cassette. ``--megabytes N`` sets the size of the cassettes.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgpack  # type: ignore[import-untyped]  # it ships no types

from runreel.core.cassette import (
    Codec,
    RecordKind,
    encode_exchange,
)
from runreel.core.cassette.record import encode_record
from runreel.model import Exchange, Frame, Headers, LedgerEntry, PlaceholderMark, Problem
from support.build import (
    make_answer,
    make_cassette,
    make_exchange,
    make_frames,
    make_head,
    make_request,
)
from support.messages import encode_event

MEGABYTE = 1_000_000
DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"

_JSON_HEADERS: Headers = ((b"Content-Type", b"application/json"),)
_MOST_ITEMS = 4096
_MOST_FRAMES = 1_000_000
_NESTING_LEVELS = 900
_CODING_LEVELS = 8
_CPU_LIMIT = 60
"""Seconds of processor time after which a command is ended."""

_ASK = """
import os, urllib.error, urllib.request
url = os.environ["OPENAI_BASE_URL"].removesuffix("/v1") + "/v1/threads/thread_1/runs"
body = b'{"assistant_id": "asst_1", "stream": true}'
try:
    urllib.request.urlopen(urllib.request.Request(url, body)).read()
except urllib.error.HTTPError as error:
    error.read()
"""
_CHILD = f"""
import json, resource, sys, time
from pathlib import Path

resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_LIMIT}, {_CPU_LIMIT}))
from runreel.cli import main

def measure_peak():  # not getrusage, where a child inherits its parent's peak
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1000

try:
    main(sys.argv[2:])
finally:
    Path(sys.argv[1]).write_text(json.dumps([time.process_time(), measure_peak()]))
"""


class CommandCost(NamedTuple):
    """The cost of one command for one cassette."""

    seconds: float
    """Processor time; -1 if the command was ended because it took too much."""
    megabytes: int
    """Peak of its memory, with the interpreter's own."""
    code: int
    crashed: bool
    """True if it ended in an unexpected exception."""
    output_size: int
    """Bytes of its standard output."""


def run_command(arguments: Sequence[str], folder: Path, stdin: bytes = b"") -> CommandCost:
    """Run a command line in a process of its own, in ``folder``; return its cost."""
    figures = folder / "figures.json"
    figures.unlink(missing_ok=True)
    output = folder / "output"
    with output.open("wb") as file:
        result = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-c", _CHILD, str(figures), *arguments],
            stdout=file,
            stderr=subprocess.PIPE,
            input=stdin,
            cwd=folder,
            check=False,
        )
    seconds, megabytes = json.loads(figures.read_text()) if figures.exists() else (-1.0, -1)
    crashed = b"Traceback" in result.stderr or b"a bug in runreel" in result.stderr
    return CommandCost(seconds, megabytes, result.returncode, crashed, output.stat().st_size)


_REQUEST = json.dumps(
    {
        "method": "POST",
        "target": "/v1/threads/thread_1/runs",
        "headers": {"Content-Type": "application/json"},
        "body": '{"assistant_id": "asst_2", "stream": true}',
    }
).encode()

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "ls": ("ls", "@"),
    "ls --events": ("ls", "@", "--events"),
    "ls --fast": ("ls", "@", "--fast"),
    "ls --filter": ("ls", "@", "--filter", "text:zzz or arg:a=zzz or gap:>9m"),
    "ls --json": ("ls", "@", "--json"),
    "show": ("show", "@"),
    "show 1": ("show", "@", "1"),
    "show 1 --full": ("show", "@", "1", "--full"),
    "show 1 --events": ("show", "@", "1", "--events"),
    "show 1 --run": ("show", "@", "1", "--run"),
    "show 1 --raw": ("show", "@", "1", "--raw"),
    "show 1 --json": ("show", "@", "1", "--json"),
    "show --all": ("show", "@", "--all"),
    "stats": ("stats", "@"),
    "stats --json": ("stats", "@", "--json", "--by", "operation,model,session,status"),
    "stats metrics": ("stats", "@", "--openmetrics"),
    "lint": ("lint", "@"),
    "lint json": ("lint", "@", "--format", "json"),
    "lint sarif": ("lint", "@", "--format", "sarif"),
    "grep": ("grep", "zzz|x", "@"),
    "grep --json": ("grep", "-i", "e", "@", "--json"),
    "grep --count": ("grep", "-c", "-F", "1", "@"),
    "diff": ("diff", "@", "@other"),
    "diff itself": ("diff", "@", "@"),
    "diff json": ("diff", "@", "@other", "--format", "json", "--full", "--ids"),
    "diff run": ("diff", "@:1", "@other:1", "--run", "--timing"),
    "export sse": ("export", "@", "--to", "sse"),
    "export jsonl": ("export", "@", "--to", "jsonl"),
    "export curl": ("export", "@", "--to", "curl"),
    "export har": ("export", "@", "--to", "har"),
    "export python": ("export", "@", "--to", "openai-python"),
    "match": ("match", "@"),
    "match --json": ("match", "@", "--json"),
    "explain": ("explain", "@"),
    "explain --json": ("explain", "@", "--json"),
    "verify": ("verify", "@"),
    "verify --repair": ("verify", "@", "--repair"),
    "scan": ("scan", "@"),
    "scan json": ("scan", "@", "--format", "json"),
    "scan sarif": ("scan", "@", "--format", "sarif"),
    "redact --check": ("redact", "@", "--check"),
    "redact": ("redact", "@"),
    "replay": ("replay", "@", "--listen", "127.0.0.1:0", "--", sys.executable, "-c", _ASK),
}
"""Each command that opens a cassette, with ``@`` in place of its path.

``@other`` is the path of a second cassette, with which ``diff`` compares.
"""


def fill_paths(arguments: Sequence[str], path: Path, other: Path) -> list[str]:
    """Return the arguments of a command with the paths of the two cassettes in them."""
    return [each.replace("@other", str(other)).replace("@", str(path)) for each in arguments]


def measure_commands(
    data: bytes, other: bytes, folder: Path, names: Sequence[str] = tuple(COMMANDS)
) -> Iterator[tuple[str, CommandCost]]:
    """Yield the cost of each of these commands for a cassette of these bytes.

    Each command gets a copy of its own. ``other`` is the cassette that ``diff`` compares with.
    """
    for name in names:
        path, other_path = folder / "hostile.cassette", folder / "other.cassette"
        path.write_bytes(data)
        other_path.write_bytes(other)
        arguments = fill_paths(COMMANDS[name], path, other_path)
        yield name, run_command(arguments, folder, stdin=_REQUEST)
        shutil.rmtree(folder)
        folder.mkdir()


def _make_answered(body: bytes, content_type: bytes = b"application/json") -> Exchange:
    answer = make_answer(body, headers=((b"Content-Type", content_type),))
    return make_exchange(answer=answer)


def _make_asked(body: bytes) -> Exchange:
    request = make_request(body=body, headers=_JSON_HEADERS)
    return make_exchange(request=request)


def _encode_both_ways(body: bytes) -> bytes:
    """Return a cassette with half of the body in a request, and half of it in an answer."""
    asked = _make_asked(body)
    answered = _make_answered(body)
    second = Exchange(replace(answered.head, number=2), answered.answer)
    return make_cassette(encode_exchange(asked), encode_exchange(second))


def build_nested_json(size: int) -> bytes:
    """Build bodies of deeply nested arrays and objects, as deep as a parser may allow."""
    unit = b'{"a":[' * (_NESTING_LEVELS // 2) + b"1" + b"]}" * (_NESTING_LEVELS // 2)
    count = max(1, size // 2 // len(unit))
    return _encode_both_ways(b"[" + b",".join([unit] * count) + b"]")


def build_deepest_json(size: int) -> bytes:
    """Build bodies nested so deeply that no parser that recurses reads them."""
    levels = size // 4
    return _encode_both_ways(b"[" * levels + b"]" * levels)


def build_unclosed_json(size: int) -> bytes:
    """Build bodies that open objects and never close them."""
    return _encode_both_ways(b'{"a":' * (size // 10))


def _join_to_size(items: Iterator[bytes], size: int, separator: bytes = b",") -> bytes:
    parts, length = [], 0
    for item in items:
        parts.append(item)
        length += len(item) + len(separator)
        if length >= size:
            return separator.join(parts)
    return separator.join(parts)


def _iter_emails() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield f'"user{number}@mail{number % 997}.example.org"'.encode()


def _iter_keys() -> Iterator[bytes]:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    source = random.Random(13)  # noqa: S311  # not a secret
    while True:
        yield f'"sk-{"".join(source.choices(letters, k=32))}"'.encode()


def build_emails(size: int) -> bytes:
    """Build one answer with an email address every 30 bytes."""
    body = b"[" + _join_to_size(_iter_emails(), size) + b"]"
    return make_cassette(encode_exchange(_make_answered(body)))


def build_keys(size: int) -> bytes:
    """Build one answer with a key every 38 bytes."""
    body = b"[" + _join_to_size(_iter_keys(), size) + b"]"
    return make_cassette(encode_exchange(_make_answered(body)))


def build_asked_keys(size: int) -> bytes:
    """Build one request with a key every 38 bytes."""
    body = b"[" + _join_to_size(_iter_keys(), size) + b"]"
    return make_cassette(encode_exchange(_make_asked(body)))


def build_repeated_key(size: int) -> bytes:
    """Build one answer that repeats a single key."""
    body = b"[" + _join_to_size(iter([next(_iter_keys())] * (size // 30)), size) + b"]"
    return make_cassette(encode_exchange(_make_answered(body)))


def build_named_values(size: int) -> bytes:
    """Build one answer of members whose name announces a secret."""
    items = (f'{{"password":"pw{number:07d}x"}}'.encode() for number in range(size))
    return make_cassette(encode_exchange(_make_answered(b"[" + _join_to_size(items, size) + b"]")))


def build_email_text(size: int) -> bytes:
    """Build one answer of plain text that is nothing but email addresses."""
    body = _join_to_size((each.strip(b'"') for each in _iter_emails()), size, b" ")
    return make_cassette(encode_exchange(_make_answered(body, b"text/plain")))


def build_strings(size: int) -> bytes:
    """Build one answer of as many strings as possible."""
    body = b"[" + b'"a",' * (size // 4) + b'"a"]'
    return make_cassette(encode_exchange(_make_answered(body)))


def build_numbers(size: int) -> bytes:
    """Build a request and an answer that are arrays of one number, again and again."""
    return _encode_both_ways(b"[%b]" % b",".join([b"1"] * (size // 4)))


def build_doubles(size: int) -> bytes:
    """Build a request and an answer that are arrays of numbers with many digits."""
    dice = random.Random(6)  # noqa: S311 - the same each time
    numbers = (b"%r" % dice.random() for _ in range(size))
    return _encode_both_ways(b"[%b]" % _join_to_size(numbers, size // 2))


def build_names(size: int) -> bytes:
    """Build one answer of short members, each with a name of its own."""
    items = (b'"k%d":"v%d"' % (number, number) for number in range(size))
    body = b"{" + _join_to_size(items, size) + b"}"
    return make_cassette(encode_exchange(_make_answered(body)))


def build_long_number(size: int) -> bytes:
    """Build one answer of digits, blanks and hyphens: the start of a phone number everywhere."""
    return make_cassette(
        encode_exchange(_make_answered(b"+1 555 0199-" * (size // 12), b"text/plain"))
    )


def build_escapes(size: int) -> bytes:
    """Build bodies of one string that is nothing but escapes."""
    return _encode_both_ways(b'["' + b"\\u0041\\/" * (size // 16) + b'"]')


def build_escaped_json(size: int) -> bytes:
    """Build bodies of JSON in a JSON string, again and again."""
    value: object = {"email": "ann@example.org", "text": "x" * 200}
    for _ in range(_CODING_LEVELS):
        value = {"text": json.dumps(value)}
    unit = json.dumps(value).encode()
    return _encode_both_ways(b"[" + b",".join([unit] * max(1, size // 2 // len(unit))) + b"]")


def build_base64(size: int) -> bytes:
    """Build bodies of base64 of base64 of base64."""
    data = b"ann@example.org sk-" + b"b" * 20 + b" "
    data *= max(1, int(size / 2 / len(data) / (4 / 3) ** 3))
    for _ in range(3):
        data = base64.b64encode(data)
    return _encode_both_ways(b'{"file":"' + data + b'"}')


def build_percent(size: int) -> bytes:
    """Build bodies of text that is percent-encoded at several levels."""
    text = 'mail=ann@example.org&password=correct horse {"a": "b"}'
    for _ in range(_CODING_LEVELS):
        text = quote(text, safe="")
    return _encode_both_ways(b'{"url":"' + text.encode() * (size // 2 // len(text)) + b'"}')


def build_percents(size: int) -> bytes:
    """Build bodies of one string that is nothing but percent signs."""
    return _encode_both_ways(b'{"url":"' + b"%25" * (size // 6) + b'"}')


def _build_stream(events: Sequence[bytes], content_type: bytes = b"text/event-stream") -> bytes:
    answer = make_answer(
        b"".join(events),
        headers=((b"Content-Type", content_type),),
        frames=_make_frames_for(events),
    )
    return make_cassette(encode_exchange(make_exchange(answer=answer)))


def _make_frames_for(events: Sequence[bytes]) -> tuple[Frame, ...]:
    lengths = list(map(len, events))
    kept = lengths[: _MOST_FRAMES - 1]
    rest = sum(lengths[_MOST_FRAMES - 1 :])
    return make_frames(*kept, *([rest] if rest else []), step_us=1)


def build_tiny_events(size: int) -> bytes:
    """Build one stream of the smallest events, each in a frame of its own."""
    return _build_stream([b"data:x\n\n"] * (size // 12))


def build_json_events(size: int) -> bytes:
    """Build one stream of small events of JSON."""
    return _build_stream([b'data:{"a":"b"}\n\n'] * (size // 20))


def build_delta_events(size: int) -> bytes:
    """Build one stream of the deltas of one text, an email every third."""
    pieces = ["ann", "@exam", "ple.org ", "and "]
    events = [
        b"event: thread.message.delta\ndata: "
        + json.dumps(
            {
                "id": "msg_1",
                "object": "thread.message.delta",
                "delta": {"content": [{"index": 0, "text": {"value": pieces[number % 4]}}]},
            }
        ).encode()
        + b"\n\n"
        for number in range(size // 160)
    ]
    return _build_stream(events)


def build_accents(size: int) -> bytes:
    """Build an answer and a stream whose letters take two bytes and more."""
    words = (f'"é 😀 ∑ née{number}@mail.example.org"' for number in range(size))
    body = b"[" + _join_to_size((word.encode() for word in words), size // 3) + b"]"
    events = [
        f'data: {{"choices":[{{"index":0,"delta":{{"content":"é{number} 😀 "}}}}]}}\n\n'.encode()
        for number in range(size // 120)
    ]
    streamed = make_answer(b"".join(events), frames=_make_frames_for(events))
    return make_cassette(
        encode_exchange(_make_answered(body)),
        encode_exchange(make_exchange(2, answer=streamed)),
    )


def build_many_channels(size: int) -> bytes:
    """Build one stream in which each event has an index of its own."""
    events = [
        b'data: {"choices":[{"index":%d,"delta":{"content":"x"}}]}\n\n' % number
        for number in range(size // 62)
    ]
    return _build_stream(events)


def build_binary_messages(size: int) -> bytes:
    """Build one stream of small binary messages, as Amazon sends them."""
    message = encode_event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x"}})
    return _build_stream([message] * (size // len(message)), b"application/vnd.amazon.eventstream")


def build_long_streams(size: int) -> bytes:
    """Build exchanges whose streams are nearly as long as those that are read."""
    events = [b'data:{"a":"b"}\n\n'] * 99_000
    records: list[bytes] = []
    while len(records) < max(1, size // (20 * len(events))):
        answer = make_answer(b"".join(events), frames=_make_frames_for(events))
        records.append(encode_exchange(make_exchange(len(records) + 1, answer=answer)))
    return make_cassette(*records)


def build_long_event(size: int) -> bytes:
    """Build one stream of a single event."""
    text = b"lorem ipsum dolor sit amet " * (size // 27)
    return _build_stream([b'data: {"text":"' + text + b'"}\n\n'])


def build_event_lines(size: int) -> bytes:
    """Build one stream of a single event that has a line for each byte."""
    return _build_stream([b"data:1\n" * (size // 7) + b"\n"])


def build_json_lines(size: int) -> bytes:
    """Build one answer of many short lines of JSON."""
    return _build_stream([b'{"a":12}\n'] * (size // 14), b"application/x-ndjson")


def build_frames(size: int) -> bytes:
    """Build one answer of as many empty frames as it may have."""
    frames = make_frames(*[0] * min(_MOST_FRAMES, size // 9), step_us=1)
    answer = make_answer(b"", frames=(*frames[:-1], frames[-1]))
    return make_cassette(encode_exchange(make_exchange(answer=answer)))


def build_headers(size: int) -> bytes:
    """Build exchanges with as many headers as they may have."""
    value = b"sk-" + b"a1B2c3D4" * 4
    headers = tuple((b"x-%d" % number, value) for number in range(_MOST_ITEMS))
    request = make_request(headers=headers)
    answer = make_answer(headers=headers)
    count = max(1, size // (100 * _MOST_ITEMS))
    exchanges = (make_exchange(n, request=request, answer=answer) for n in range(1, count + 1))
    return make_cassette(*map(encode_exchange, exchanges))


def build_other_headers(size: int) -> bytes:
    """Build exchanges with as many headers as they may have, no two of them alike."""
    keys = _iter_keys()
    count = max(1, size // (100 * _MOST_ITEMS))
    exchanges = []
    for number in range(1, count + 1):
        headers = tuple((b"x-%d" % index, next(keys)) for index in range(_MOST_ITEMS))
        answer = make_answer(headers=headers)
        exchanges.append(
            make_exchange(number, request=make_request(headers=headers), answer=answer)
        )
    return make_cassette(*map(encode_exchange, exchanges))


def build_excess_headers(size: int) -> bytes:
    """Build an exchange with more headers than a reader allows."""
    record = encode_exchange(make_exchange())
    head = msgpack.unpackb(record[13 : 13 + int.from_bytes(record[9:13])])
    head["request"]["headers"] = [[b"x-a", b"value"]] * (size // 12)
    body = record[13 + int.from_bytes(record[9:13]) + 5 :]
    return make_cassette(encode_record(RecordKind.EXCHANGE, msgpack.packb(head), body))


def build_notes(size: int) -> bytes:
    """Build exchanges with as many notes as they may have: ledger, problems, summary, marks."""
    count = max(1, size // (400 * _MOST_ITEMS))
    answer = make_answer(
        b'{"a":"REDACTED-email-1"}',
        headers=_JSON_HEADERS,
    )
    mark = PlaceholderMark(-1, b"REDACTED-email-1", "plain", (6, 16, 15))
    answer = replace(answer, marks=(mark,) * _MOST_ITEMS)
    exchanges = [
        Exchange(
            make_head(
                answer,
                number=number,
                summary={f"key{index:05d}": "v" * 20 for index in range(_MOST_ITEMS)},
                problems=tuple(
                    Problem(f"messages[{index}].role", "is not a role")
                    for index in range(_MOST_ITEMS)
                ),
                ledger=tuple(
                    LedgerEntry("email", f"request.headers.x{index}", 2**62)
                    for index in range(_MOST_ITEMS)
                ),
            ),
            answer,
        )
        for number in range(1, count + 1)
    ]
    return make_cassette(*map(encode_exchange, exchanges))


def build_marks(size: int) -> bytes:
    """Build one answer whose marks have as many pieces as they may have."""
    pieces = tuple(accumulate([1] * 1365 * 3))[: 1365 * 3]
    mark = PlaceholderMark(-1, b"REDACTED-email-1", "plain", pieces)
    answer = make_answer(b"REDACTED-email-1" * 1000, headers=_JSON_HEADERS)
    marks = (mark,) * min(_MOST_ITEMS, max(1, size // (3 * 1365 * 3)))
    answer = replace(answer, marks=marks)
    return make_cassette(encode_exchange(make_exchange(answer=answer)))


def build_tiny_exchanges(size: int) -> bytes:
    """Build thousands of tiny exchanges, all of them the same call."""
    request = make_request("GET", b"/", headers=(), body=b"")
    answer = make_answer(b"x", headers=())
    count = size // len(encode_exchange(make_exchange(request=request, answer=answer)))
    records = (
        encode_exchange(make_exchange(number, request=request, answer=answer))
        for number in range(1, count + 1)
    )
    return make_cassette(*records)


def build_other_exchanges(size: int) -> bytes:
    """Build thousands of tiny exchanges, each with a request and a key of its own."""
    keys, length = _iter_keys(), 0
    records: list[bytes] = []
    while length < size:
        key = next(keys).strip(b'"')
        request = make_request(
            headers=(*_JSON_HEADERS, (b"Authorization", b"Bearer " + key)),
            body=b'{"assistant_id":"asst_2","n":%d}' % len(records),
        )
        answer = make_answer(b'{"key":"' + key + b'"}', headers=_JSON_HEADERS)
        record = encode_exchange(make_exchange(len(records) + 1, request=request, answer=answer))
        records.append(record)
        length += len(record)
    return make_cassette(*records)


def build_retractions(size: int) -> bytes:
    """Build a file of nothing but retractions."""
    record = encode_record(RecordKind.RETRACTION, msgpack.packb({"number": 1}), b"")
    return make_cassette(record * (size // len(record)))


def build_large_answers(size: int) -> bytes:
    """Build 20 answers of ``size`` zeros, which expand too much to be stored compressed."""
    answer = make_answer(bytes(size), headers=_JSON_HEADERS)
    exchanges = (make_exchange(number, answer=answer) for number in range(1, 21))
    return make_cassette(*(encode_exchange(each, codec=Codec.ZLIB) for each in exchanges))


def build_gzip_body(size: int) -> bytes:
    """Build an answer whose gzip body is 20 times ``size`` once it is decoded."""
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = machine.compress(b"lorem ipsum dolor sit amet, " * (size * 20 // 28)) + machine.flush()
    headers = (*_JSON_HEADERS, (b"Content-Encoding", b"gzip"))
    answer = make_answer(body, headers=headers)
    return make_cassette(encode_exchange(make_exchange(answer=answer)))


def build_damage(size: int) -> bytes:
    """Build a file in which each second record is damaged, with an email in it."""
    record = encode_exchange(make_exchange())
    broken = bytearray(record)
    broken[40] ^= 1
    return make_cassette(bytes(broken) * (size // len(record)))


def build_noise(size: int) -> bytes:
    """Build a file of emails where records should be."""
    return make_cassette(_join_to_size(_iter_emails(), size))


def build_multipart(size: int) -> bytes:
    """Build a request of thousands of tiny parts."""
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nann@example.org\r\n'
    headers = ((b"Content-Type", b"multipart/form-data; boundary=b"),)
    body = part * (size // len(part)) + b"--b--\r\n"
    request = make_request(headers=headers, body=body)
    return make_cassette(encode_exchange(make_exchange(request=request)))


def build_form(size: int) -> bytes:
    """Build a request of a form with thousands of fields, and a query as long."""
    body = _join_to_size((b"token%d=s3cr%%65t%d" % (n, n) for n in range(size)), size // 2, b"&")
    headers = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
    request = make_request(target=b"/v1?" + body, headers=headers, body=body)
    return make_cassette(encode_exchange(make_exchange(request=request)))


def build_long_headers(size: int) -> bytes:
    """Build an exchange with one header that is half of the file, and an answer with another."""
    headers = (
        (b"Cookie", _join_to_size((b"a%d=b%d" % (n, n) for n in range(size)), size // 2, b"; ")),
    )
    request = make_request(headers=headers)
    return make_cassette(
        encode_exchange(make_exchange(request=request, answer=make_answer(headers=headers)))
    )


BUILDERS: Mapping[str, Callable[[int], bytes]] = {
    name.removeprefix("build_").replace("_", " "): value
    for name, value in list(globals().items())
    if name.startswith("build_") and callable(value)
}
"""Each kind of hostile cassette, with the function that builds it in a given size in bytes."""


def build_pair(kind: str, megabytes: float) -> tuple[bytes, bytes]:
    """Build the cassette of a kind, and one that is a tenth shorter, to compare it with."""
    size = int(megabytes * MEGABYTE)
    return BUILDERS[kind](size), BUILDERS[kind](size * 9 // 10)


def print_costs(kinds: Sequence[str], commands: Sequence[str], megabytes: float) -> None:
    """Print a line for each kind of cassette and command."""
    with tempfile.TemporaryDirectory() as root:
        for kind in kinds:
            data, other = build_pair(kind, megabytes)
            print(f"{kind}: {len(data) / MEGABYTE:.1f} MB", flush=True)
            folder = Path(root) / "work"
            folder.mkdir(exist_ok=True)
            for name, cost in measure_commands(data, other, folder, commands):
                is_costly = cost.seconds > 5 or cost.megabytes > 300 or cost.seconds < 0
                print(
                    f"  {name:16} {cost.seconds:7.2f} s {cost.megabytes:6} MB  exit {cost.code:3}"
                    f"  output {cost.output_size:9}"
                    f"{'  OVER' if is_costly else ''}{'  CRASHED' if cost.crashed else ''}",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS))
    parser.add_argument("--megabytes", type=float, default=10)
    options = parser.parse_args()
    print_costs(options.kinds or list(BUILDERS), options.commands, options.megabytes)
