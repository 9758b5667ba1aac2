"""Decoding of records to exchanges and retractions; every field is checked for type and range.

Keys that this version does not know are skipped.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from sys import intern
from typing import TypeGuard, TypeVar

from msgspec import Struct

from runreel.core.cassette.codec import Codec, decompress
from runreel.core.cassette.fields import FieldError, FieldReader
from runreel.core.cassette.frame_columns import decode_frames
from runreel.core.cassette.packing import MAX_FRAMES, unpack, unpack_long, unpack_member
from runreel.core.cassette.record import MAX_PART, Record
from runreel.core.cassette.wire_rules import check_answer, check_head_matches_answer, check_request
from runreel.errors import CassetteVersionError, CorruptCassetteError
from runreel.model import (
    Answer,
    End,
    ExchangeHead,
    Frame,
    Headers,
    LedgerEntry,
    OmittedReason,
    PlaceholderMark,
    Problem,
    Request,
    Scalar,
    Timings,
)

T = TypeVar("T")

_UINT32 = 2**32 - 1
_TEXT = frozenset({str})
_SCALARS = frozenset({str, int, float, bool, type(None)})


class StoredExchange(Struct, frozen=True):
    """An exchange as it is stored in a file: its head, and the location of its answer."""

    head: ExchangeHead
    offset: int
    """Start of the record in the file."""
    body_offset: int
    body_size: int
    """Length of the stored body in bytes."""
    body_crc32: int
    """CRC-32 of the stored body."""
    body_length: int
    """Length of the body after decompression, in bytes."""
    codec: str
    answer_headers: Headers | None = None
    """Headers of the answer; None in version 1, where they are in the body."""

    @property
    def end(self) -> int:
        """Offset of the next record."""
        return self.body_offset + self.body_size


def decode_retraction(record: Record) -> int:
    """Return the number of the exchange that the record retracts.

    Raise ``CorruptCassetteError`` with the record's offset if a field is wrong.
    """
    try:
        return _decode_retracted_number(record)
    except FieldError as error:
        raise CorruptCassetteError(f"retraction: {error}", offset=record.offset) from None


def decode_head(record: Record) -> StoredExchange:
    """Decode an exchange without its answer.

    Raise ``CorruptCassetteError`` with the record's offset if a field is wrong.
    """
    try:
        return _decode_stored(record)
    except FieldError as error:
        raise CorruptCassetteError(f"head: {error}", offset=record.offset) from None


def decode_answer(stored: StoredExchange, body: bytes) -> Answer:
    """Decode an answer; ``body`` is the body of its record, as stored in the file.

    Raise ``CorruptCassetteError`` with the record's offset if it is damaged, and
    ``CassetteVersionError`` if this version does not support its compression.
    """
    try:
        return _read_answer(stored, _decompress_body(stored, body))
    except FieldError as error:
        number = stored.head.number
        message = f"answer of exchange {number}: {error}"
        raise CorruptCassetteError(message, offset=stored.offset) from None


HEADERS_SIZE = 2048
"""Bytes of a stored body that usually hold all headers of an answer."""


def find_answer_headers(stored: StoredExchange, start: bytes) -> Headers | None:
    """Return the headers of an answer from the ``start`` of its stored body.

    That is for version 1. The checksum is not verified. Return None if they are not there, or not
    in the usual form: ``decode_answer`` finds them then.
    """
    try:
        if stored.codec == Codec.ZLIB:
            start = zlib.decompressobj().decompress(start, HEADERS_SIZE)
        fields = FieldReader({"headers": unpack_member(start, "headers")})
        return _read_headers(fields, "headers")
    except (FieldError, zlib.error):
        return None


def parse_head(head: bytes) -> tuple[ExchangeHead, FieldReader]:
    """Return a record's head, and a reader of all its fields. Raise ``FieldError``."""
    fields = FieldReader(unpack(head))
    return _read_head(fields), fields


def _decode_retracted_number(record: Record) -> int:
    if record.body_size:
        raise FieldError("body", "is not empty")
    return FieldReader(unpack(record.head)).get_int("number", minimum=1)


def _decompress_body(stored: StoredExchange, body: bytes) -> bytes:
    if zlib.crc32(body) != stored.body_crc32:
        raise FieldError("", "its checksum does not match")
    if stored.codec == Codec.NONE:
        return body
    if stored.codec == Codec.ZLIB:
        return decompress(body, stored.body_length)
    raise CassetteVersionError(
        f"the answer of exchange {stored.head.number} is compressed with {stored.codec[:20]!a}, "
        "which this version of runreel does not support; upgrade runreel",
        offset=stored.offset,
    )


def _decode_stored(record: Record) -> StoredExchange:
    head, fields = parse_head(record.head)
    return StoredExchange(
        head=head,
        offset=record.offset,
        body_offset=record.body_offset,
        body_size=record.body_size,
        body_crc32=fields.get_int("body_crc32", maximum=_UINT32),
        body_length=fields.get_int("body_length", record.body_size, maximum=MAX_PART),
        codec=fields.get_str("codec", Codec.NONE.value),
        answer_headers=_find_answer_headers(fields),
    )


def _find_answer_headers(fields: FieldReader) -> Headers | None:
    return _read_headers(fields, "answer_headers") if "answer_headers" in fields else None


def _read_headers(fields: FieldReader, key: str) -> Headers:
    headers: Headers = _share(tuple(map(_share, fields.get_rows(key, (bytes, bytes)))))
    return headers


@lru_cache(1024)
def _share(value: T) -> T:
    """Return an equal value of an earlier head, if there was one lately: most heads are alike."""
    return value


def _read_head(fields: FieldReader) -> ExchangeHead:
    return ExchangeHead(
        number=fields.get_int("number", minimum=1),
        session=intern(fields.get_str("session")),
        request=_read_request(FieldReader(fields.get_map("request"), "request.")),
        status=fields.get_int("status", minimum=100, maximum=999),
        size=fields.get_int("size", maximum=MAX_PART),
        end=fields.get_choice("end", End),
        whole=fields.get_bool("whole"),
        timings=Timings(
            started_ns=fields.get_int("started_ns"),
            head_us=fields.get_int("head_us"),
            end_us=fields.get_int("end_us"),
        ),
        dialect=intern(fields.get_str("dialect", "")),
        operation=intern(fields.get_str("operation", "")),
        summary=_read_summary(fields),
        problems=tuple(map(Problem._make, fields.get_rows("problems", (str, str)))),
        ledger=_share(tuple(map(LedgerEntry._make, fields.get_rows("ledger", (str, str, int))))),
        ruleset=intern(fields.get_str("ruleset", "")),
    )


def _read_request(fields: FieldReader) -> Request:
    request = Request(
        method=intern(fields.get_str("method")),
        target=_share(fields.get_bytes("target")),
        headers=_read_headers(fields, "headers"),
        body=fields.get_bytes("body"),
        omitted=fields.get_optional_choice("omitted", OmittedReason),
        digest=fields.get_str("digest", ""),
    )
    check_request(request)
    return request


def _read_summary(fields: FieldReader) -> Mapping[str, Scalar]:
    summary = fields.get_map("summary", {})
    if {*map(type, summary)} - _TEXT or {*map(type, summary.values())} - _SCALARS:
        raise FieldError("summary", "has a key that is not a str, or a value that is not a scalar")
    return summary


def _read_answer(stored: StoredExchange, plain: bytes) -> Answer:
    fields = FieldReader(unpack_long(plain, "frames", MAX_FRAMES))
    headers = stored.answer_headers
    answer = Answer(
        status=fields.get_int("status"),
        reason=fields.get_bytes("reason"),
        headers=_read_headers(fields, "headers") if headers is None else headers,
        body=fields.get_bytes("body"),
        frames=_read_frames(fields),
        omitted=fields.get_optional_choice("omitted", OmittedReason),
        marks=tuple(map(_parse_mark, fields.get_rows("marks", (int, bytes, str, tuple)))),
    )
    check_answer(answer)
    check_head_matches_answer(stored.head, answer)
    return answer


def _read_frames(fields: FieldReader) -> Sequence[Frame]:
    """Read the frames from columns, or else from the rows that version 1 has."""
    columns = fields.get_array("columns")
    if columns:
        return decode_frames(columns)
    return tuple(map(Frame._make, fields.get_rows("frames", (int, int, bool))))


def _parse_mark(row: tuple[int, bytes, str, tuple[object, ...]]) -> PlaceholderMark:
    header, placeholder, spelling, pieces = row
    if not _are_ints(pieces):
        raise FieldError("marks", "has a piece that is not an int")
    return PlaceholderMark(header, placeholder, spelling, pieces)


def _are_ints(items: tuple[object, ...]) -> TypeGuard[tuple[int, ...]]:
    return all(type(item) is int for item in items)
