"""What a case has to keep, and what it did not: one run through the way into a cassette."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from corpus.cases import Case
from corpus.joining import collect_channels, join_pieces
from corpus.search import find_leftovers, read_every_way
from corpus.shapes import find_joined_faults, find_shape_faults, find_touched
from runreel.core.cassette import Record, decode_answer, decode_head, scan_records
from runreel.core.record.seal import Sealer
from runreel.model import Exchange

MakeSealer = Callable[[], Sealer]
"""A fresh one, of a session that has met nothing yet."""

_SHOWN = 160
"""Characters of a fault that are enough to find it."""


class Fault(StrEnum):
    """The ways to fail."""

    LEAK = "leak"
    """The whole secret can be read in the record."""
    PART = "part"
    """A piece of it can."""
    LOST = "lost"
    """It could not be stored: the proof found what redaction had missed, or worse."""
    SHAPE = "shape"
    """Events, frames, JSON or lengths are no longer what they were."""
    UNEQUAL = "unequal"
    """What deltas add up to is no longer what the event that repeats them says."""
    TOUCHED = "touched"
    """Bytes that are no part of the secret changed."""
    UNSTABLE = "unstable"
    """Two fresh sessions made two records."""
    RESTLESS = "restless"
    """Redacting what had been redacted changed it again."""


class Finding(NamedTuple):
    """What went wrong with a case."""

    case: Case
    fault: Fault
    detail: str


def find_faults(case: Case, make_sealer: MakeSealer) -> list[Finding]:
    """All that is wrong with what becomes of the case."""
    found = dict.fromkeys(_iter_faults(case, make_sealer))
    return [Finding(case, fault, detail[:_SHOWN]) for fault, detail in found]


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
    """All that can be read in a record, and in the texts that its answer's body adds up to."""
    texts = "\0".join(join_pieces(pieces) for pieces in collect_channels(body).values())
    return read_every_way(record, texts.encode("utf-8", "surrogateescape"))


def decode_stored(record: bytes) -> Exchange:
    """The exchange that a record holds."""

    def read(offset: int, length: int) -> bytes:
        return record[offset : offset + length]

    (found,) = scan_records(read, 0, len(record))
    assert isinstance(found, Record)
    stored = decode_head(found)
    return Exchange(stored.head, decode_answer(stored, record[stored.body_offset : stored.end]))


def _iter_changes(before: Exchange, after: Exchange) -> Iterator[tuple[Fault, str]]:
    """Any difference between what is said in two exchanges."""
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
    for detail in find_shape_faults(before, stored, case.carried):
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
        for detail in find_touched(was, now, case.carried, case.escape):
            yield Fault.TOUCHED, detail


def _decode(exchange: Exchange) -> Exchange:
    """The exchange as it would be stored if nothing in it were a secret: without encodings."""
    names = {name.lower() for name, _ in exchange.answer.headers}
    if b"content-encoding" not in names:
        return exchange
    body = gzip.decompress(exchange.answer.body)
    return replace(exchange, answer=replace(exchange.answer, body=body))


def _list_values(exchange: Exchange) -> list[bytes]:
    every = (*exchange.head.request.headers, *exchange.answer.headers)
    return [value for name, value in every if name.lower() not in _NOT_COMPARED]


_NOT_COMPARED = {b"content-length", b"content-encoding", b"authorization"}
