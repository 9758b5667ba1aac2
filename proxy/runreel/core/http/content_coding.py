"""Removal of content codings from bodies, so that they can be read, matched and redacted.

A body that arrives encoded is stored decoded, frame by frame, so that each frame keeps its time and
its end of a chunk (RFC 9110, section 8.4; RFC 9112, section 7). A body that cannot be decoded is
left out, with the reason; a truncated one is decoded as far as it goes. A body of plain text whose
coding is unknown, or is not in truth applied to it, stays as it is, with its headers: clients that
ignore such a label get the same bytes in replay.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from runreel.core.http.body_digest import digest_body
from runreel.core.http.content_length import adjust_content_length
from runreel.core.http.decoders import UndecodableError, decode_pieces, is_mislabelled
from runreel.core.http.headers import find_header_values
from runreel.model import Answer, Headers, Request

_NO_CODINGS = frozenset({b"", b"identity", b"none"})  # some servers say "none"


def decode_answer_body(answer: Answer, *, limit: int) -> Answer:
    """Return the answer without content codings, and without transfer codings except ``chunked``.

    The body is left out as ``OmittedReason.MAX_BODY`` if it decodes to more than ``limit`` bytes,
    or to more than 200 times its length. It is left out as ``OmittedReason.ENCODING`` if its coding
    is unknown or its data is wrong, or if it has more than 10,000 gzip members or zstd frames.
    """
    codings = (
        *_list_codings(answer.headers, b"content-encoding"),
        *_list_transfer_codings(answer.headers),
    )
    if not codings or not answer.body or is_mislabelled(answer.body, codings[-1]):
        return answer
    try:
        pieces = decode_pieces(_iter_pieces(answer), codings, limit)
    except UndecodableError as error:
        return replace(answer, body=b"", frames=(), omitted=error.reason)
    body = b"".join(pieces)
    return replace(
        answer,
        headers=_drop_codings(answer.headers, len(body) - len(answer.body)),
        body=body,
        frames=tuple(
            frame._replace(length=len(piece))
            for frame, piece in zip(answer.frames, pieces, strict=True)
        ),
    )


def decode_request_body(request: Request, *, limit: int) -> Request:
    """Return the request without content codings, by the rules of ``decode_answer_body``.

    The digest of a body that is left out is that of its encoded bytes.
    """
    codings = _list_codings(request.headers, b"content-encoding")
    if not codings or not request.body or is_mislabelled(request.body, codings[-1]):
        return request
    try:
        body = b"".join(decode_pieces([request.body], codings, limit))
    except UndecodableError as error:
        return replace(request, body=b"", omitted=error.reason, digest=digest_body(request.body))
    headers = _drop_codings(request.headers, len(body) - len(request.body))
    return replace(request, headers=headers, body=body)


def _list_codings(headers: Headers, name: bytes) -> tuple[bytes, ...]:
    """Return the codings in the order in which they were applied."""
    values = find_header_values(headers, name)
    if not values:
        return ()
    codings = (coding.strip().lower() for coding in b",".join(values).split(b","))
    return tuple(coding for coding in codings if coding not in _NO_CODINGS)


def _list_transfer_codings(headers: Headers) -> tuple[bytes, ...]:
    codings = _list_codings(headers, b"transfer-encoding")
    return tuple(coding for coding in codings if coding != b"chunked")


def _iter_pieces(answer: Answer) -> Iterator[bytes]:
    start = 0
    for frame in answer.frames:
        yield answer.body[start : start + frame.length]
        start += frame.length


def _drop_codings(headers: Headers, difference: int) -> Headers:
    """Return the headers of the decoded body, which is longer by ``difference`` bytes."""
    return adjust_content_length(tuple(_iter_remaining_headers(headers)), difference)


def _iter_remaining_headers(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers:
        match name.lower():
            case b"content-encoding":
                pass
            case b"transfer-encoding":
                if b"chunked" in value.lower():
                    yield name, b"chunked"
            case _:
                yield name, value
