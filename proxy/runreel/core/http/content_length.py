"""``Content-Length`` of a body that is changed before it is stored (RFC 9110, section 8.6)."""

from __future__ import annotations

from runreel.model import Headers


def adjust_content_length(headers: Headers, difference: int) -> Headers:
    """Return the headers with ``difference`` bytes added to each ``Content-Length``.

    ``difference`` is the change in the length of the body. Adding it, rather than writing the new
    length, keeps the gap if the body was shorter than announced.
    """
    if difference == 0:
        return headers
    return tuple((name, _adjust_value(name, value, difference)) for name, value in headers)


def _adjust_value(name: bytes, value: bytes, difference: int) -> bytes:
    is_length = name.lower() == b"content-length" and value.isdigit()
    return b"%d" % (int(value) + difference) if is_length else value
