"""The places in JSON that users name: whatever stands there is secret, whatever it looks like.

A path leads into a body that is JSON, and into the JSON of each event or line of a stream. Where it
leads to a text that comes in pieces, all of the text is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from runreel.core.redact.finders.headers import Found
from runreel.core.redact.texts.json_leaves import Leaf, Path, leaves
from runreel.core.redact.texts.text import Text
from runreel.core.redact.texts.views import json_text

RULE = "paths"
"""What the ledger calls it."""

KindAt = Callable[[Path], str | None]
"""The kind of secret that stands at a place, if one does."""

_HIDES_NOTHING = frozenset({b"true", b"false", b"null", b"0", b"DONE"})
"""0 stands for a number that was redacted; ``[DONE]`` ends streams."""


def meant(
    body: bytes, regions: Iterable[tuple[int, int]], kind_at: KindAt
) -> Iterator[tuple[Leaf, str]]:
    """The leaves of one JSON text at the places that are named, each with its kind."""
    for leaf in leaves(body, regions):
        hides = leaf.is_string or body[leaf.start : leaf.end] not in _HIDES_NOTHING
        kind = kind_at(leaf.path) if hides else None
        if kind is not None:
            yield leaf, kind


def meant_in(text: Text, places: Sequence[tuple[Leaf, str]]) -> Iterator[Found]:
    """What of these places, in order, stands in the text."""
    spans = [(leaf.start, leaf.end) for leaf, _ in places]
    for place, start, end in text.places_of(spans):
        leaf, kind = places[place]
        value = text.data[start:end]
        yield Found(start, end, kind, json_text(value) if leaf.is_string else value, RULE)
