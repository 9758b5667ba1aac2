"""The views of a text: the text as it is, unescaped and decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runreel.core.redact.texts.encoded import iter_encoded_views
from runreel.core.redact.texts.text import Text, TextKind
from runreel.core.redact.texts.views import (
    FORM,
    HTML,
    JSON,
    MAX_JSON_LEVELS,
    QUERY,
    Escapes,
    View,
    iter_json_views,
)

_ESCAPES: Mapping[TextKind, Escapes] = {
    TextKind.FORM: FORM,
    TextKind.JSON: JSON,
    TextKind.JSON_STRING: JSON,
}
"""The escapes of each kind; plain text has none."""


def iter_json_levels(text: Text) -> Iterator[tuple[int, View]]:
    """Yield the text as it is and with one to five levels of JSON escapes undone.

    The number is the nesting level of the JSON whose quotes are bare in that view: 0 for JSON
    itself, 1 for JSON in a string of JSON.
    """
    if text.kind is not TextKind.JSON_STRING:
        yield 0, View(text.data)
    yield from enumerate(iter_json_views(text.data), start=1)


def iter_views(text: Text) -> Iterator[View]:
    """Yield the text as a reader may see it: unescaped, decoded, or both."""
    view: View | None = View(text.data)
    escapes = _ESCAPES.get(text.kind)
    if escapes is not None:
        view = View(text.data).decode(escapes) or view
    for _ in range(MAX_JSON_LEVELS):
        if view is None:
            return
        yield view
        yield from _iter_decoded(view)
        view = view.decode(JSON)


def _iter_decoded(view: View) -> Iterator[View]:
    """Yield the view with URL or HTML escapes undone, and each run of base64 or hex decoded."""
    for escapes in (QUERY, HTML):
        decoded = view.decode(escapes)
        if decoded is not None:
            yield decoded
    yield from iter_encoded_views(view)
