"""Signatures of requests that cover the host, and so break when a proxy forwards the request.

AWS (SigV4) and its relatives list the signed headers in ``Authorization`` or in the query.
"""

from __future__ import annotations

import re

from runreel.core.http.headers import find_header
from runreel.model import Request

_SIGNED_HEADERS = re.compile(rb"\bSignedHeaders=([^,\s]*)", re.IGNORECASE)
_SIGNED_IN_QUERY = re.compile(rb"[?&]X-[A-Za-z]+-SignedHeaders=([^&]*)", re.IGNORECASE)
_SEPARATOR = re.compile(rb";|%3b", re.IGNORECASE)


def has_signed_host(request: Request) -> bool:
    """Return whether the request has a signature that covers its ``Host`` header."""
    authorization = find_header(request.headers, b"authorization") or b""
    listed = _SIGNED_HEADERS.search(authorization) or _SIGNED_IN_QUERY.search(request.target)
    return listed is not None and b"host" in _SEPARATOR.split(listed[1].lower())
