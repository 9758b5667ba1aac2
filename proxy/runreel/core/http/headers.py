"""What a message's ``Content-Type`` says of its body (RFC 9110, section 8.3)."""

from __future__ import annotations

from runreel.model import Headers

_FORM = b"application/x-www-form-urlencoded"


def get_content_type(headers: Headers) -> bytes:
    """The header's value; empty where there is none."""
    return b"".join(value for name, value in headers if name.lower() == b"content-type").strip()


def is_form(headers: Headers) -> bool:
    """Whether the body is a URL-encoded form."""
    return get_content_type(headers).lower().startswith(_FORM)
