"""Parsing of multipart bodies into parts with offsets (RFC 2046 section 5.1, RFC 7578).

Matching and redaction both examine uploads; neither writes one. A truncated body is parsed as far
as it goes, and is not ``is_well_formed``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec import Struct

from runreel.core.http.headers import find_header_values
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

_BOUNDARY = re.compile(rb'multipart/[^;]*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))', re.I | re.DOTALL)
_NAME = compile_later(rb'form-data\s*;(?:.*;)?\s*name=(?:"([^"]*)"|([^\s;"]+))', re.I | re.DOTALL)
_FILE_NAME = compile_later(rb';\s*filename=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.I | re.DOTALL)


class BodyPart(Struct, frozen=True):
    """A part of a multipart body; its content is ``body[start:end]``."""

    headers: Headers
    start: int
    end: int

    @property
    def name(self) -> bytes | None:
        """Name of the form field, as written; None if the part is not a form field."""
        for value in find_header_values(self.headers, b"content-disposition"):
            match = _NAME.match(value)
            if match is not None:
                return match[1] if match[1] is not None else match[2]
        return None

    @property
    def file_name(self) -> bytes | None:
        """Name of the file, as written; None if the part is not a file."""
        for value in find_header_values(self.headers, b"content-disposition"):
            match = _FILE_NAME.search(value)
            if match is not None:
                return match[1] if match[1] is not None else match[2]
        return None

    @property
    def content_type(self) -> bytes | None:
        """The type of its content, as written; None if none is given."""
        return next(iter(find_header_values(self.headers, b"content-type")), None)

    @property
    def other_headers(self) -> Headers:
        """The headers without the type and the file name, their names in lower case, sorted."""
        return tuple(
            sorted(
                (name.lower(), _FILE_NAME.sub(b"", value))
                for name, value in self.headers
                if name.lower() != b"content-type"
            )
        )


class MultipartBody(NamedTuple):
    """A parsed multipart body."""

    parts: tuple[BodyPart, ...]
    is_well_formed: bool
    """True if the body starts with a boundary, each part has headers and an empty line, and nothing
    follows the closing boundary."""


def find_boundary(content_type: bytes) -> bytes | None:
    """Return the boundary that a ``Content-Type`` specifies; None if it is not multipart."""
    match = _BOUNDARY.match(content_type.strip())
    return match[1] or match[2] if match is not None else None


def split_parts(body: bytes, boundary: bytes) -> MultipartBody:
    """Split a body at its boundary lines."""
    line = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    lines = list(line.finditer(body))
    if not lines:
        return MultipartBody((), is_well_formed=False)
    ends = [match.start() for match in lines[1:]]
    is_closed = lines[-1][1] is not None
    if not is_closed:
        ends.append(len(body))
    parts = [_parse_part(body, match.end(), end) for match, end in zip(lines, ends, strict=False)]
    is_well_formed = (
        [match[1] for match in lines] == [None] * (len(lines) - 1) + [b"--"]
        and lines[0].start() == 0
        and body[lines[-1].end() :] in (b"", b"\r\n")
        and None not in parts
    )
    return MultipartBody(tuple(part for part in parts if part is not None), is_well_formed)


def _parse_part(body: bytes, start: int, end: int) -> BodyPart | None:
    """Parse the part between two boundary lines; None if its headers are malformed or cut off."""
    if body.startswith(b"\r\n\r\n", start, end):
        return BodyPart((), start + 4, end)
    head_end = body.find(b"\r\n\r\n", start, end)
    if head_end < 0:
        return None
    lines = body[start + 2 : head_end].split(b"\r\n")
    pairs = [line.partition(b":") for line in lines]
    if not all(colon for _, colon, _ in pairs):
        return None
    return BodyPart(tuple((name, value.strip()) for name, _, value in pairs), head_end + 4, end)
