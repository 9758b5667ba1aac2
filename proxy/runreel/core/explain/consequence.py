"""Find the earlier miss that probably caused a later one.

A client that got no answer lacks what was in it: it does not change its thread, it names no id, and
its conversation goes on from a request that was missed. A miss of which none of this is true has
its own cause.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Protocol
from urllib.parse import unquote_to_bytes

from runreel.core.match.difference import Differences
from runreel.core.match.matching import Matching
from runreel.core.replay.candidate import Refusal
from runreel.model import ExchangeHead, Request

_NO_VALUE = frozenset({b"None", b"undefined", b"null", b"nil", b"NaN"})
"""Segments of a path that a client builds from an answer that it did not get."""

_NOTHING = frozenset({"nothing", "no value", "null", '""', '"None"', '"undefined"', '"null"'})


class EarlierMiss(Protocol):
    """A miss that was explained before."""

    @property
    def request(self) -> Request:
        """The request that was missed."""
        ...

    @property
    def nearest(self) -> ExchangeHead | None:
        """The exchange that would have answered it, if it had been equal."""
        ...


def is_consequence(
    request: Request,
    earlier: EarlierMiss,
    matching: Matching,
    *,
    refusal: Refusal | None,
    differences: Differences,
) -> bool:
    """Return whether a miss of ``request`` probably follows from an earlier one.

    ``refusal`` and ``differences`` are what is known of the miss. A call that is missed again is no
    consequence of itself.
    """
    if matching.fingerprint(earlier.request) == matching.fingerprint(request):
        return False
    scope = matching.find_scope(request)
    return (
        (bool(scope) and scope == matching.find_scope(earlier.request))
        or (
            refusal is not None
            and earlier.nearest is not None
            and refusal.change == earlier.nearest.number
        )
        or _lacks_a_segment(request)
        or any(each.path.endswith("_id") and each.sent in _NOTHING for each in differences.listed)
        or _continues(request, earlier.request)
    )


def _lacks_a_segment(request: Request) -> bool:
    path = unquote_to_bytes(request.target.partition(b"?")[0])
    return not _NO_VALUE.isdisjoint(path.split(b"/"))


def _continues(request: Request, earlier: Request) -> bool:
    """Return whether a conversation goes on from that of the earlier request."""
    if request.target != earlier.target or len(request.body) <= len(earlier.body):
        return False
    conversations = zip(_iter_arrays(request.body), _iter_arrays(earlier.body), strict=False)
    return any(
        name == earlier_name and len(turns) > len(before) > 0 and turns[: len(before)] == before
        for (name, turns), (earlier_name, before) in conversations
    )


def _iter_arrays(body: bytes) -> Iterator[tuple[str, Sequence[object]]]:
    """Yield the arrays of messages in a JSON body."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return
    for name in ("messages", "input", "contents"):
        turns = value.get(name) if isinstance(value, dict) else None
        if isinstance(turns, list):
            yield name, turns
