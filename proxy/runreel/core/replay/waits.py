"""Shorten the headers of an answer that make clients wait before they retry or poll.

SDKs do not accept a wait of 0 and use a default of their own instead. So waits in milliseconds
become 1. ``Retry-After`` (RFC 9110, section 10.2.3), which counts whole seconds, becomes 0 and is
accompanied by ``retry-after-ms: 1``, which these SDKs prefer.
"""

from __future__ import annotations

from collections.abc import Mapping

from runreel.model import Headers

_POLL_AFTER = b"openai-poll-after-ms"
_RETRY_AFTER, _RETRY_AFTER_MS = b"retry-after", b"retry-after-ms"
_SHORTEST_MS = b"1"

_SHORTENED: Mapping[bytes, bytes] = {
    _RETRY_AFTER: b"0",
    _RETRY_AFTER_MS: _SHORTEST_MS,
    b"x-ms-retry-after-ms": _SHORTEST_MS,
    _POLL_AFTER: _SHORTEST_MS,
}


def shorten_waits(headers: Headers, *, is_polled: bool) -> Headers:
    """Return the headers with the shortest waits.

    ``is_polled``: SDKs repeat this call until something has ended, and sleep for a second if no
    header says how long. So that header is added.
    """
    names = {name.lower() for name, _ in headers}
    if not is_polled and names.isdisjoint(_SHORTENED):
        return headers
    shortened = tuple((name, _SHORTENED.get(name.lower(), value)) for name, value in headers)
    added = []
    if _RETRY_AFTER in names and _RETRY_AFTER_MS not in names:
        added.append((_RETRY_AFTER_MS, _SHORTEST_MS))
    if is_polled and _POLL_AFTER not in names:
        added.append((_POLL_AFTER, _SHORTEST_MS))
    return (*shortened, *added)
