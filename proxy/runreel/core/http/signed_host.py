"""Signatures of requests that cover the host, and so break when a proxy forwards the request.

AWS (SigV4) and its relatives list the signed headers in ``Authorization`` or in the query.
"""

from __future__ import annotations

import re

from runreel.core.http.headers import find_header
from runreel.model import Answer, Request

_SIGNED_HEADERS = re.compile(rb"\bSignedHeaders=([^,\s]*)", re.IGNORECASE)
_SIGNED_IN_QUERY = re.compile(rb"[?&]X-[A-Za-z]+-SignedHeaders=([^&]*)", re.IGNORECASE)
_MISMATCH = re.compile(
    rb"Signature_?(?:DoesNotMatch|Mismatch|Failure|Invalid)|InvalidSignature"
    rb"|signature[^.\r\n]{0,80}(?:does not match|do not match|mismatch|is not valid|is invalid)"
    rb"|invalid signature|signature verification failed",
    re.IGNORECASE,
)
"""Codes and messages for a signature of something else: of AWS, of Google and others."""
_OTHER_CAUSE = re.compile(rb"signature (?:has )?expired|signature not yet current", re.IGNORECASE)
"""A clock that is wrong; AWS gives it the same code."""
_MAX_MESSAGE = 1 << 16
_SEPARATOR = re.compile(rb";|%3b", re.IGNORECASE)


def has_signed_host(request: Request) -> bool:
    """Return whether the request has a signature that covers its ``Host`` header."""
    authorization = find_header(request.headers, b"authorization") or b""
    listed = _SIGNED_HEADERS.search(authorization) or _SIGNED_IN_QUERY.search(request.target)
    return listed is not None and b"host" in _SEPARATOR.split(listed[1].lower())


def refuses_signature(answer: Answer) -> bool:
    """Return whether a 403 may come from a signature that does not fit, as far as it says why.

    Most requests with a signature are refused for another cause, such as a missing permission.
    """
    values = [value for _, value in answer.headers]
    message = b"\n".join((*values, answer.body[:_MAX_MESSAGE]))
    if not answer.body:
        return True
    return _MISMATCH.search(message) is not None and not _OTHER_CAUSE.search(message)
