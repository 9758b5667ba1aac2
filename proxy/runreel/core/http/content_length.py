"""``Content-Length`` of a body that is stored otherwise than it came (RFC 9110, section 8.6)."""

from __future__ import annotations

from runreel.model import Headers


def adjust_content_length(headers: Headers, difference: int) -> Headers:
    """The headers with ``Content-Length`` moved by as many bytes as the body's length.

    So a promise that was not kept stays unkept by as much, and that of an answer to HEAD stays.
    """
    if difference == 0:
        return headers
    return tuple((name, _adjust_value(name, value, difference)) for name, value in headers)


def _adjust_value(name: bytes, value: bytes, difference: int) -> bytes:
    is_length = name.lower() == b"content-length" and value.isdigit()
    return b"%d" % (int(value) + difference) if is_length else value
