"""What a case has to keep, and what it did not: one run through the way into a cassette."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from corpus.cases import Case
from corpus.joining import channels, joined
from corpus.search import leftovers, readings
from corpus.shapes import joined_faults, shape_faults, touched
from runreel.core.cassette import Record, decode_answer, decode_head, scan
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


def faults(case: Case, make_sealer: MakeSealer) -> list[Finding]:
    """All that is wrong with what becomes of the case."""
    found = dict.fromkeys(_faults(case, make_sealer))
    return [Finding(case, fault, detail[:_SHOWN]) for fault, detail in found]


def _faults(case: Case, make_sealer: MakeSealer) -> Iterator[tuple[Fault, str]]:
    try:
        yield from _differences(case, make_sealer)
    except Exception as error:
        yield Fault.LOST, f"{type(error).__name__}: {error}"


def _differences(case: Case, make_sealer: MakeSealer) -> Iterator[tuple[Fault, str]]:
    exchange = case.exchange
    record = bytes(make_sealer().seal(exchange).record)
    stored = stored_in(record)
    if not case.planted:
        yield from _changes(exchange, stored)
        return
    yield from _leaks(case, record, stored)
    yield from _damages(case, exchange, stored)
    if bytes(make_sealer().seal(exchange).record) != record:
        yield Fault.UNSTABLE, "another record"
    again = stored_in(bytes(make_sealer().seal(stored).record))
    yield from ((Fault.RESTLESS, detail) for _, detail in _changes(stored, again))


def read_in(record: bytes, body: bytes) -> bytes:
    """All that can be read in a record, and in the texts that its answer's body adds up to."""
    texts = "\0".join(joined(pieces) for pieces in channels(body).values())
    return readings(record, texts.encode("utf-8", "surrogateescape"))


def stored_in(record: bytes) -> Exchange:
    """The exchange that a record holds."""

    def read(offset: int, length: int) -> bytes:
        return record[offset : offset + length]

    (found,) = scan(read, 0, len(record))
    assert isinstance(found, Record)
    stored = decode_head(found)
    return Exchange(stored.head, decode_answer(stored, record[stored.body_offset : stored.end]))


def _changes(before: Exchange, after: Exchange) -> Iterator[tuple[Fault, str]]:
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
            yield Fault.TOUCHED, f"{name}: {_difference(was, now)}"


def _difference(was: object, now: object) -> str:
    if not (isinstance(was, bytes) and isinstance(now, bytes)):
        return f"{was!r} became {now!r}"
    pairs = zip(was, now, strict=False)
    at = next((place for place, (one, other) in enumerate(pairs) if one != other), len(now))
    return f"{was[max(at - 30, 0) : at + 40]!r} became {now[max(at - 30, 0) : at + 40]!r}"


def _leaks(case: Case, record: bytes, stored: Exchange) -> Iterator[tuple[Fault, str]]:
    read = read_in(record, stored.answer.body)
    for planted in case.planted:
        secret = planted.secret.value
        left = leftovers(secret, planted.other.value, read)
        if left:
            fault = Fault.LEAK if left[0] == secret else Fault.PART
            yield fault, f"{left[0]!r} of {secret!r}"


def _damages(case: Case, exchange: Exchange, stored: Exchange) -> Iterator[tuple[Fault, str]]:
    before = _decoded(exchange)
    for detail in shape_faults(before, stored, case.carried):
        yield Fault.SHAPE, detail
    for detail in joined_faults(before.answer.body, stored.answer.body):
        yield Fault.UNEQUAL, detail
    old, new = before.head.request, stored.head.request
    for was, now in (
        (old.target, new.target),
        (old.body, new.body),
        (before.answer.body, stored.answer.body),
        *zip(_values(before), _values(stored), strict=False),
    ):
        for detail in touched(was, now, case.carried, case.escape):
            yield Fault.TOUCHED, detail


def _decoded(exchange: Exchange) -> Exchange:
    """The exchange as it would be stored if nothing in it were a secret: without encodings."""
    names = {name.lower() for name, _ in exchange.answer.headers}
    if b"content-encoding" not in names:
        return exchange
    body = gzip.decompress(exchange.answer.body)
    return replace(exchange, answer=replace(exchange.answer, body=body))


def _values(exchange: Exchange) -> list[bytes]:
    every = (*exchange.head.request.headers, *exchange.answer.headers)
    return [value for name, value in every if name.lower() not in _MADE_ANEW]


_MADE_ANEW = {b"content-length", b"content-encoding", b"authorization"}
