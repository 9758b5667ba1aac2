"""The headers of an answer that make clients wait: in a replay that does not, they wait in vain.

SDKs take no wait of 0 for one: they fall back to a wait of their own. So it is a millisecond where
that can be said, and ``retry-after-ms``, which those SDKs read first, comes to a ``Retry-After`` of
whole seconds (RFC 9110, section 10.2.3).
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
    """The headers, with the shortest waits.

    ``polled``: SDKs repeat the call until something has ended, and sleep for a second each time if
    the answer does not say how long, so it is made to.
    """
    shortened = tuple((name, _SHORTENED.get(name.lower(), value)) for name, value in headers)
    names = {name.lower() for name, _ in headers}
    added = []
    if _RETRY_AFTER in names and _RETRY_AFTER_MS not in names:
        added.append((_RETRY_AFTER_MS, _SHORTEST_MS))
    if is_polled and _POLL_AFTER not in names:
        added.append((_POLL_AFTER, _SHORTEST_MS))
    return (*shortened, *added)
