"""Search for the values at the users' JSON paths, which are secret whatever they look like.

A path applies to a body that is JSON and to the JSON of each event or line of a stream. If the text
at a path comes in pieces, the whole text is secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf, LeafPath
from runreel.core.redact.texts.text import Text
from runreel.core.redact.texts.views import unescape_json

PATH_RULE = "paths"
"""Name of this finder in the ledger."""

PathKindLookup = Callable[[LeafPath], str | None]
"""A look-up of a path in JSON; None if its value is not secret."""

_NEVER_SECRET = frozenset({b"true", b"false", b"null", b"0", b"DONE"})
"""Values of no content. 0 is a number that was redacted; ``[DONE]`` ends a stream and reads as an
array."""


def find_leaves_at_paths(
    body: bytes, json_texts: Iterable[Sequence[tuple[int, int]]], find_kind: PathKindLookup
) -> list[tuple[Leaf, str]]:
    """Return the leaves of some JSON texts that are at the users' paths, each with its kind.

    ``json_texts``: for each text, the ranges of the body that make it up.
    """
    return [
        (leaf, kind)
        for regions in json_texts
        for leaf in iter_leaves(body, regions)
        if leaf.is_string or body[leaf.start : leaf.end] not in _NEVER_SECRET
        if (kind := find_kind(leaf.path)) is not None
    ]


def locate_leaves_in_text(
    text: Text, leaves_with_kinds: Sequence[tuple[Leaf, str]]
) -> Iterator[Credential]:
    """Yield those of the leaves that the text contains, with offsets into the text.

    The leaves have offsets into the body, in rising order.
    """
    spans = [(leaf.start, leaf.end) for leaf, _ in leaves_with_kinds]
    for index, start, end in text.locate_spans(spans):
        leaf, kind = leaves_with_kinds[index]
        raw = text.data[start:end]
        value = unescape_json(raw) if leaf.is_string else raw
        yield Credential(start, end, kind, value, PATH_RULE)
