"""The bytes of a record to exchanges and retractions, every field checked for type and range.

Keys that this version does not know are skipped.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from runreel.core.cassette.codec import Codec, inflate
from runreel.core.cassette.fields import FieldError, Fields
from runreel.core.cassette.packing import MAX_FRAMES, unpack, unpack_long
from runreel.core.cassette.record import MAX_PART, Record
from runreel.core.cassette.wire_rules import check_agreement, check_answer, check_request
from runreel.errors import CassetteVersionError, CorruptCassetteError
from runreel.model import (
    Answer,
    End,
    Frame,
    Head,
    Hit,
    Mark,
    Omitted,
    Problem,
    Request,
    Scalar,
    Timings,
)

_UINT32 = 2**32 - 1
_TEXT = frozenset({str})
_SCALARS = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Stored:
    """An exchange as it lies in a file: its head, and where and how its answer is kept."""

    head: Head
    offset: int
    """Where the record begins."""
    body_offset: int
    body_size: int
    """Bytes in the file."""
    body_crc32: int
    """Over the bytes in the file."""
    body_length: int
    """Bytes once unpacked."""
    codec: str

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.body_offset + self.body_size


def decode_retraction(record: Record) -> int:
    """The number retracted. Raises ``CorruptCassetteError`` with the record's offset."""
    try:
        return _retracted(record)
    except FieldError as error:
        raise CorruptCassetteError(f"retraction: {error}", offset=record.offset) from None


def decode_head(record: Record) -> Stored:
    """The exchange without its answer. Raises ``CorruptCassetteError`` with the record's offset."""
    try:
        return _stored(record)
    except FieldError as error:
        raise CorruptCassetteError(f"head: {error}", offset=record.offset) from None


def decode_answer(stored: Stored, body: bytes) -> Answer:
    """The answer out of the record's body as it lies in the file.

    Raises ``CorruptCassetteError`` with the record's offset, or ``CassetteVersionError`` for a
    compression that this version lacks.
    """
    try:
        return _answer(stored, _unpacked(stored, body))
    except FieldError as error:
        number = stored.head.number
        message = f"answer of exchange {number}: {error}"
        raise CorruptCassetteError(message, offset=stored.offset) from None


def read_head(head: bytes) -> tuple[Head, Fields]:
    """A record's head, and its other fields. Raises ``FieldError``."""
    fields = Fields(unpack(head))
    return _head(fields), fields


def _retracted(record: Record) -> int:
    if record.body_size:
        raise FieldError("body", "is not empty")
    return Fields(unpack(record.head)).number("number", least=1)


def _unpacked(stored: Stored, body: bytes) -> bytes:
    if zlib.crc32(body) != stored.body_crc32:
        raise FieldError("", "its checksum does not match")
    if stored.codec == Codec.NONE:
        return body
    if stored.codec == Codec.ZLIB:
        return inflate(body, stored.body_length)
    raise CassetteVersionError(
        f"the answer of exchange {stored.head.number} is compressed with {stored.codec[:20]!a}, "
        "which this runreel lacks; upgrade runreel",
        offset=stored.offset,
    )


def _stored(record: Record) -> Stored:
    head, fields = read_head(record.head)
    return Stored(
        head=head,
        offset=record.offset,
        body_offset=record.body_offset,
        body_size=record.body_size,
        body_crc32=fields.number("body_crc32", most=_UINT32),
        body_length=fields.number("body_length", most=MAX_PART),
        codec=fields.text("codec"),
    )


def _head(fields: Fields) -> Head:
    return Head(
        number=fields.number("number", least=1),
        session=fields.text("session"),
        request=_request(Fields(fields.table("request"), "request.")),
        status=fields.number("status", least=100, most=999),
        size=fields.number("size", most=MAX_PART),
        end=fields.choice("end", End),
        whole=fields.flag("whole"),
        timings=Timings(
            started_ns=fields.number("started_ns"),
            head_us=fields.number("head_us"),
            end_us=fields.number("end_us"),
        ),
        dialect=fields.text("dialect", ""),
        operation=fields.text("operation", ""),
        summary=_summary(fields),
        problems=tuple(map(Problem._make, fields.rows("problems", (str, str)))),
        ledger=tuple(map(Hit._make, fields.rows("ledger", (str, str, int)))),
        ruleset=fields.text("ruleset", ""),
    )


def _request(fields: Fields) -> Request:
    request = Request(
        method=fields.text("method"),
        target=fields.data("target"),
        headers=fields.rows("headers", (bytes, bytes)),
        body=fields.data("body"),
        omitted=fields.optional_choice("omitted", Omitted),
        digest=fields.text("digest", ""),
    )
    check_request(request)
    return request


def _summary(fields: Fields) -> Mapping[str, Scalar]:
    summary = fields.table("summary", {})
    if {*map(type, summary)} - _TEXT or {*map(type, summary.values())} - _SCALARS:
        raise FieldError("summary", "has a key that is not a str, or a value that is not a scalar")
    return summary


def _answer(stored: Stored, plain: bytes) -> Answer:
    fields = Fields(unpack_long(plain, "frames", MAX_FRAMES))
    answer = Answer(
        status=fields.number("status"),
        reason=fields.data("reason"),
        headers=fields.rows("headers", (bytes, bytes)),
        body=fields.data("body"),
        frames=tuple(map(Frame._make, fields.rows("frames", (int, int, bool)))),
        omitted=fields.optional_choice("omitted", Omitted),
        marks=tuple(map(_mark, fields.rows("marks", (int, bytes, str, tuple)))),
    )
    check_answer(answer)
    check_agreement(stored.head, answer)
    return answer


def _mark(row: tuple[int, bytes, str, tuple[object, ...]]) -> Mark:
    header, placeholder, spelling, pieces = row
    numbers = tuple(number for number in pieces if type(number) is int)
    if len(numbers) != len(pieces):
        raise FieldError("marks", "has a piece that is no int")
    return Mark(header, placeholder, spelling, numbers)
