"""The endpoints about recordings, their lists and single exchanges."""

from __future__ import annotations

from runreel import __version__
from runreel.core.filter.parser import parse_filter
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.search import MAX_ROWS, ListCursor, ListQuery, ListSearch


def list_recordings(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``recordings``: the recordings with their state."""
    parameters.end()
    indexes = library.list_indexes()
    return {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "instance": library.instance,
        "mode": library.source.mode,
        "live": library.source.is_live,
        "workers": library.source.workers,
        "recordings": [index.recording.describe() for index in indexes],
    }


def list_exchanges(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``exchanges``: a page of the list."""
    name = parameters.take("recording")
    after = parameters.take("after")
    query = ListQuery(
        parse_filter(parameters.take("filter")),
        ListCursor.parse(after) if after else None,
        parameters.take_number("limit", 500, low=1, high=MAX_ROWS),
        parameters.take_choice("order", ("asc", "desc")) == "desc",
    )
    parameters.end()
    return ListSearch(library.find_some(name)).search(query)
