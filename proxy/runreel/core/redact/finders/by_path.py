"""The places in JSON that users name: whatever stands there is secret, whatever it looks like.

A path leads into a body that is JSON, and into the JSON of each event or line of a stream. Where it
leads to a text that comes in pieces, all of the text is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from runreel.core.redact.finders.headers import Credential
from runreel.core.redact.texts.json_leaves import Leaf, LeafPath, iter_leaves
from runreel.core.redact.texts.text import Text
from runreel.core.redact.texts.views import unescape_json

PATH_RULE = "paths"
"""What the ledger calls it."""

PathKindLookup = Callable[[LeafPath], str | None]
"""The kind of secret that stands at a place, if one does."""

_NEVER_SECRET = frozenset({b"true", b"false", b"null", b"0", b"DONE"})
"""0 stands for a number that was redacted; ``[DONE]`` ends streams."""


def find_leaves_at_paths(
    body: bytes, regions: Iterable[tuple[int, int]], find_kind: PathKindLookup
) -> Iterator[tuple[Leaf, str]]:
    """The leaves of one JSON text at the places that are named, each with its kind."""
    for leaf in iter_leaves(body, regions):
        hides = leaf.is_string or body[leaf.start : leaf.end] not in _NEVER_SECRET
        kind = find_kind(leaf.path) if hides else None
        if kind is not None:
            yield leaf, kind


def locate_leaves_in_text(
    text: Text, leaves_with_kinds: Sequence[tuple[Leaf, str]]
) -> Iterator[Credential]:
    """What of these places, in order, stands in the text."""
    spans = [(leaf.start, leaf.end) for leaf, _ in leaves_with_kinds]
    for place, start, end in text.locate_spans(spans):
        leaf, kind = leaves_with_kinds[place]
        value = text.data[start:end]
        yield Credential(
            start, end, kind, unescape_json(value) if leaf.is_string else value, PATH_RULE
        )
