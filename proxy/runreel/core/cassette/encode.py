"""Encoding of exchanges as records. Data that a reader would refuse is never written."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from msgspec.structs import replace

from runreel.core.cassette.codec import Codec, compress
from runreel.core.cassette.decode import parse_head
from runreel.core.cassette.fields import FieldError
from runreel.core.cassette.frame_columns import encode_frames
from runreel.core.cassette.header import VERSION
from runreel.core.cassette.packing import MAX_FRAMES, MAX_ITEMS, pack
from runreel.core.cassette.record import RecordKind, encode_record
from runreel.core.cassette.wire_rules import (
    check_answer,
    check_head_matches_answer,
    check_request,
)
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, ExchangeHead, Frame, Request


def encode_exchange(
    exchange: Exchange, *, codec: Codec = Codec.NONE, version: int = VERSION
) -> bytes:
    """Encode an exchange as one record of a file of this version of the format.

    Raise ``StoreError`` if a reader would refuse it.
    """
    try:
        return _encode(exchange, codec, version)
    except FieldError as error:
        number = exchange.head.number
        raise StoreError(f"exchange {number} cannot be stored: {error}") from error


def encode_retraction(number: int) -> bytes:
    """Encode the record that retracts the exchange with this number."""
    return encode_record(RecordKind.RETRACTION, pack({"number": number}), b"")


def _encode(exchange: Exchange, codec: Codec, version: int) -> bytes:
    answer = _merge_excess_frames(exchange.answer)
    check_request(exchange.head.request)
    check_answer(answer)
    check_head_matches_answer(exchange.head, answer)
    head_map, answer_map = _build_head_map(exchange.head), _build_answer_map(answer, version)
    if version > 1:
        head_map["answer_headers"] = answer_map.pop("headers")
    plain = pack(answer_map)
    codec, body = compress(plain, codec)
    head = pack(head_map | _build_body_fields(codec, body, plain, version))
    parse_head(head)  # raises FieldError if the head could not be read back
    return encode_record(RecordKind.EXCHANGE, head, body)


def _merge_excess_frames(answer: Answer) -> Answer:
    """Merge the frames beyond the limit into one, with the time of the last of them."""
    if len(answer.frames) <= MAX_FRAMES:
        return answer
    first, rest = answer.frames[: MAX_FRAMES - 1], answer.frames[MAX_FRAMES - 1 :]
    last = rest[-1]._replace(length=sum(frame.length for frame in rest))
    return replace(answer, frames=(*first, last))


def _build_head_map(head: ExchangeHead) -> dict[str, object]:
    optional = {
        "dialect": head.dialect,
        "operation": head.operation,
        "summary": dict(head.summary),
        "problems": head.problems[:MAX_ITEMS],
        "ledger": head.ledger[:MAX_ITEMS],
        "ruleset": head.ruleset,
    }
    return {
        "number": head.number,
        "session": head.session,
        "request": _build_request_map(head.request),
        "status": head.status,
        "size": head.size,
        "end": head.end,
        "whole": head.whole,
        "started_ns": head.timings.started_ns,
        "head_us": head.timings.head_us,
        "end_us": head.timings.end_us,
        **{key: value for key, value in optional.items() if value},
    }


def _build_request_map(request: Request) -> dict[str, object]:
    optional = {"omitted": request.omitted, "digest": request.digest}
    return {
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "body": request.body,
        **{key: value for key, value in optional.items() if value},
    }


def _build_answer_map(answer: Answer, version: int) -> dict[str, object]:
    values: dict[str, object] = {
        "status": answer.status,
        "reason": answer.reason,
        "headers": answer.headers,
        "body": answer.body,
        **_build_frame_fields(answer.frames, version),
    }
    marks = [mark for mark in answer.marks if len(mark.pieces) <= MAX_ITEMS][:MAX_ITEMS]
    optional = {"omitted": answer.omitted, "marks": marks}
    return {**values, **{key: value for key, value in optional.items() if value}}


def _build_body_fields(codec: Codec, body: bytes, plain: bytes, version: int) -> dict[str, object]:
    """Return what the head has of the stored ``body``, which is ``plain`` after decompression."""
    checksum: dict[str, object] = {"body_crc32": zlib.crc32(body)}
    if version > 1 and codec is Codec.NONE:
        return checksum
    return {"codec": codec, **checksum, "body_length": len(plain)}


def _build_frame_fields(frames: Sequence[Frame], version: int) -> dict[str, object]:
    columns = encode_frames(frames) if frames and version > 1 else None
    return {"frames": tuple(frames)} if columns is None else {"columns": columns}
