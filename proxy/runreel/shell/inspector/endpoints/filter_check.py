"""The endpoint that checks and completes a filter while it is being typed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from runreel.core.filter.completion import complete_filter
from runreel.core.filter.parser import parse_filter
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.errors import FilterError
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.recording_index import IndexedExchange

_NOWHERE = 10**12
_MAX_SUBJECTS = 2000
"""Exchanges whose values are proposed: so many take no time."""


def check_filter(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``filter``: whether a filter is right, and what completes the word at ``at``."""
    text = parameters.take("text")
    offset = parameters.take_number("at", _NOWHERE)
    parameters.end()
    document = {"schema_version": SCHEMA_VERSION, **_check(text)}
    if offset == _NOWHERE:
        return document
    return {**document, "completions": [*complete_filter(text, offset, _iter_read(library))]}


def _check(text: str) -> ReportDocument:
    try:
        parse_filter(text)
    except FilterError as error:
        return {
            "ok": False,
            "message": error.reason,
            "offset": error.start,
            "length": error.end - error.start,
            "suggestion": error.suggestion or None,
        }
    return {"ok": True}


def _iter_read(library: InspectorLibrary) -> Iterator[IndexedExchange]:
    """Yield exchanges whose answers are read."""
    indexes = library.list_indexes()
    entries = (index.get(number) for index in indexes for number in index.list_numbers())
    read = (entry for entry in entries if entry is not None and entry.known is not None)
    return islice(read, _MAX_SUBJECTS)
