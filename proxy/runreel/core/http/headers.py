"""The ``Content-Type`` of a message (RFC 9110, section 8.3)."""

from __future__ import annotations

from runreel.model import Headers

_FORM = b"application/x-www-form-urlencoded"


def get_content_type(headers: Headers) -> bytes:
    """Return the value of ``Content-Type``; empty if there is none."""
    return b"".join(value for name, value in headers if name.lower() == b"content-type").strip()


def is_form(headers: Headers) -> bool:
    """Return whether the body is a URL-encoded form."""
    return get_content_type(headers).lower().startswith(_FORM)
