"""Why no exchange answers a request, in words: the nearest one, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.match import differences, nearest
from runreel.model import Head, Request

_SHOWN = 8


def explained(wanted: Request, heads: Sequence[Head], *, cassette: str) -> str:
    """Say what was asked, of which cassette, and how the nearest exchange differs.

    Both sides are redacted already, so the text may be logged and sent.
    """
    target = wanted.target.decode("utf-8", "backslashreplace")
    asked = (
        f"{wanted.method} {target}: no exchange of {cassette} answers this ({len(heads)} tried)."
    )
    found = nearest(wanted, [head.request for head in heads])
    if found is None:
        return asked
    head = heads[found]
    found_differences = differences(head.request, wanted)
    if not found_differences:
        return f"{asked} Exchange {head.number} is the same call, but it has been played already."
    lines = [
        f"{each.path}: recorded {each.recorded}, sent {each.sent}" for each in found_differences
    ]
    shown = "; ".join(lines[:_SHOWN])
    more = len(lines) - _SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    return f"{asked} Nearest: exchange {head.number}, which differs in {shown}{rest}."
