"""Look-up of headers, and the ``Content-Type`` (RFC 9110, sections 5.3 and 8.3)."""

from __future__ import annotations

from runreel.model import Headers

_FORM = b"application/x-www-form-urlencoded"


def find_header(headers: Headers, name: bytes) -> bytes | None:
    """Return the first value of the header ``name`` (in lower case), or None."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def find_header_values(headers: Headers, name: bytes) -> list[bytes]:
    """Return all values of the header ``name`` (in lower case), in order."""
    return [value for key, value in headers if key.lower() == name]


def get_content_type(headers: Headers) -> bytes:
    """Return the value of ``Content-Type``; empty if there is none.

    If it is given more than once, which RFC 9110 does not allow, the first value counts.
    """
    return (find_header(headers, b"content-type") or b"").strip()


def is_form(headers: Headers) -> bool:
    """Return whether the body is a URL-encoded form."""
    return get_content_type(headers).lower().startswith(_FORM)
