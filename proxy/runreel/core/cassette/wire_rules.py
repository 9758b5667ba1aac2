"""Rules for stored messages, so that no cassette can inject a header or split a request line.

Names and methods are tokens; values and reasons contain no CR, LF or NUL (RFC 9110, sections 5.5
and 5.6.2); a target is in origin or asterisk form (RFC 9112, section 3.2). Writer and reader apply
the same rules, so everything that is stored can be read.
"""

from __future__ import annotations

import re

from runreel.core.cassette.fields import MAX_INT, FieldError
from runreel.core.cassette.packing import MAX_ITEMS
from runreel.core.http.body_digest import DIGEST_PATTERN
from runreel.model import (
    Answer,
    ExchangeHead,
    Headers,
    PlaceholderMark,
    Request,
    list_lengths,
    list_times,
)

_TCHARS = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_METHOD = re.compile(_TCHARS)
_NAMES = re.compile(_TCHARS.encode())
_TARGET = re.compile(rb"/[^\x00-\x20\x7f]*|\*")
_LINE_BREAK = re.compile(rb"[\r\n\x00]")


def check_request(request: Request) -> None:
    """Raise ``FieldError`` for the first invalid field of a request."""
    if not _METHOD.fullmatch(request.method):
        raise FieldError("request.method", "is not a token")
    if not _TARGET.fullmatch(request.target):
        raise FieldError("request.target", "is not a path without spaces and control characters")
    check_headers("request.headers", request.headers)
    if request.omitted is not None and request.body:
        raise FieldError("request.body", "is not empty, but marked as omitted")
    if request.digest:
        _check_digest(request)


def _check_digest(request: Request) -> None:
    if request.omitted is None:
        raise FieldError("request.digest", "is present, but the body is not omitted")
    if not DIGEST_PATTERN.fullmatch(request.digest):
        raise FieldError("request.digest", "is not a length, or a length and a SHA-256 in hex")


def check_answer(answer: Answer) -> None:
    """Raise ``FieldError`` for the first invalid field of an answer."""
    if not 100 <= answer.status <= 999:
        raise FieldError("status", "is not within 100..999")
    if _LINE_BREAK.search(answer.reason):
        raise FieldError("reason", "contains CR, LF or NUL")
    check_headers("headers", answer.headers)
    _check_frames(answer)
    if not all(map(_is_valid_mark, answer.marks)):
        raise FieldError("marks", "has an item that is not a valid mark")


def _is_valid_mark(mark: PlaceholderMark) -> bool:
    in_range = mark.header >= -1 and all(0 <= number <= MAX_INT for number in mark.pieces)
    return in_range and len(mark.pieces) % 3 == 0


def _check_frames(answer: Answer) -> None:
    times, lengths = list_times(answer.frames), list_lengths(answer.frames)
    if times and not (0 <= min(times) <= max(times) <= MAX_INT and min(lengths) >= 0):
        raise FieldError("frames", "has a time or length out of range")
    if answer.omitted is not None:
        if answer.body:
            raise FieldError("body", "is not empty, but marked as omitted")
    elif sum(lengths) != len(answer.body):
        raise FieldError("frames", "have lengths that do not add up to the length of the body")


def check_headers(field: str, headers: Headers) -> None:
    """Raise ``FieldError`` if a name or value is invalid, or there are too many headers."""
    if len(headers) > MAX_ITEMS:
        raise FieldError(field, f"has more than {MAX_ITEMS} items")
    names = [name for name, _ in headers]
    if names and not (all(names) and _NAMES.fullmatch(b"".join(names))):
        raise FieldError(field, "has a name that is not a token")
    if _LINE_BREAK.search(b"".join([value for _, value in headers])):
        raise FieldError(field, "has a value with CR, LF or NUL")


def check_head_matches_answer(head: ExchangeHead, answer: Answer) -> None:
    """Raise ``FieldError`` if the head contradicts the answer."""
    if head.status != answer.status:
        raise FieldError("status", "differs between head and answer")
    if head.size != len(answer.body):
        raise FieldError("size", "is not the length of the answer's body")
