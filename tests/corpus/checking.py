"""Check of one case: seal its exchange for a cassette, search the record, and compare."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from corpus.cases import Case
from corpus.joining import collect_channels, join_pieces
from corpus.search import find_leftovers, read_every_way
from corpus.shapes import find_joined_faults, find_shape_faults, find_touched
from runreel.core.cassette import Record, decode_answer, decode_head, scan_records
from runreel.core.record.seal import Sealer
from runreel.model import Exchange

MakeSealer = Callable[[], Sealer]
"""A function that returns the sealer of a new session, which knows no values."""

_SHOWN = 160
"""Length in characters at which the description of a fault is cut."""


class Fault(StrEnum):
    """Kinds of faults."""

    LEAK = "leak"
    """The whole secret can be read in the record."""
    PART = "part"
    """A piece of the secret can be read in the record."""
    LOST = "lost"
    """The exchange could not be sealed: the proof found a secret, or there was an error."""
    SHAPE = "shape"
    """Events, frames, the structure of JSON or lengths changed."""
    UNEQUAL = "unequal"
    """The joined deltas differ from the event that repeats their text."""
    TOUCHED = "touched"
    """Bytes outside of the secret changed."""
    UNSTABLE = "unstable"
    """Two new sessions gave different records."""
    RESTLESS = "restless"
    """Redacting the redacted exchange changed it again."""


class Finding(NamedTuple):
    """A fault of a case."""

    case: Case
    fault: Fault
    detail: str


def find_faults(case: Case, make_sealer: MakeSealer) -> list[Finding]:
    """Return all faults of a case."""
    faults = dict.fromkeys(_iter_faults(case, make_sealer))
    return [Finding(case, fault, detail[:_SHOWN]) for fault, detail in faults]


def _iter_faults(case: Case, make_sealer: MakeSealer) -> Iterator[tuple[Fault, str]]:
    try:
        yield from _check_case(case, make_sealer)
    except Exception as error:
        yield Fault.LOST, f"{type(error).__name__}: {error}"


def _check_case(case: Case, make_sealer: MakeSealer) -> Iterator[tuple[Fault, str]]:
    exchange = case.exchange
    record = bytes(make_sealer().seal(exchange).record)
    stored = decode_stored(record)
    if not case.planted:
        yield from _iter_changes(exchange, stored)
        return
    yield from _iter_leaks(case, record, stored)
    yield from _iter_damages(case, exchange, stored)
    if bytes(make_sealer().seal(exchange).record) != record:
        yield Fault.UNSTABLE, "another record"
    again = decode_stored(bytes(make_sealer().seal(stored).record))
    yield from ((Fault.RESTLESS, detail) for _, detail in _iter_changes(stored, again))


def read_record(record: bytes, body: bytes) -> bytes:
    """Return every reading of a record and of the joined texts of its answer's body."""
    texts = "\0".join(join_pieces(pieces) for pieces in collect_channels(body).values())
    return read_every_way(record, texts.encode("utf-8", "surrogateescape"))


def decode_stored(record: bytes) -> Exchange:
    """Return the exchange that a record contains."""

    def read(offset: int, length: int) -> bytes:
        return record[offset : offset + length]

    (stored_record,) = scan_records(read, 0, len(record))
    assert isinstance(stored_record, Record)
    stored = decode_head(stored_record)
    return Exchange(stored.head, decode_answer(stored, record[stored.body_offset : stored.end]))


def _iter_changes(before: Exchange, after: Exchange) -> Iterator[tuple[Fault, str]]:
    """Yield the differences between two exchanges, as faults."""
    old, new = before.head.request, after.head.request
    for name, was, now in (
        ("target", old.target, new.target),
        ("request's headers", old.headers, new.headers),
        ("request's body", old.body, new.body),
        ("answer's headers", before.answer.headers, after.answer.headers),
        ("answer's body", before.answer.body, after.answer.body),
        ("frames", before.answer.frames, after.answer.frames),
    ):
        if was != now:
            yield Fault.TOUCHED, f"{name}: {_describe_difference(was, now)}"


def _describe_difference(was: object, now: object) -> str:
    if not (isinstance(was, bytes) and isinstance(now, bytes)):
        return f"{was!r} became {now!r}"
    pairs = zip(was, now, strict=False)
    at = next((place for place, (one, other) in enumerate(pairs) if one != other), len(now))
    return f"{was[max(at - 30, 0) : at + 40]!r} became {now[max(at - 30, 0) : at + 40]!r}"


def _iter_leaks(case: Case, record: bytes, stored: Exchange) -> Iterator[tuple[Fault, str]]:
    read = read_record(record, stored.answer.body)
    for planted in case.planted:
        secret = planted.secret.value
        left = find_leftovers(secret, planted.other.value, read)
        if left:
            fault = Fault.LEAK if left[0] == secret else Fault.PART
            yield fault, f"{left[0]!r} of {secret!r}"


def _iter_damages(case: Case, exchange: Exchange, stored: Exchange) -> Iterator[tuple[Fault, str]]:
    before = _decode(exchange)
    for detail in find_shape_faults(before, stored, case.payloads):
        yield Fault.SHAPE, detail
    for detail in find_joined_faults(before.answer.body, stored.answer.body):
        yield Fault.UNEQUAL, detail
    old, new = before.head.request, stored.head.request
    for was, now in (
        (old.target, new.target),
        (old.body, new.body),
        (before.answer.body, stored.answer.body),
        *zip(_list_values(before), _list_values(stored), strict=False),
    ):
        for detail in find_touched(was, now, case.payloads, case.escape):
            yield Fault.TOUCHED, detail


def _decode(exchange: Exchange) -> Exchange:
    """Return the exchange with its answer's body decompressed, as it is stored."""
    names = {name.lower() for name, _ in exchange.answer.headers}
    if b"content-encoding" not in names:
        return exchange
    body = gzip.decompress(exchange.answer.body)
    return replace(exchange, answer=replace(exchange.answer, body=body))


def _list_values(exchange: Exchange) -> list[bytes]:
    every = (*exchange.head.request.headers, *exchange.answer.headers)
    return [value for name, value in every if name.lower() not in _NOT_COMPARED]


_NOT_COMPARED = {b"content-length", b"content-encoding", b"authorization"}
