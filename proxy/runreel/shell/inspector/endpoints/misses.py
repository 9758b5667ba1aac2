"""The endpoints about requests that no exchange has answered."""

from __future__ import annotations

from runreel.core.inspector.miss_page import build_miss_document
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.model import ExchangeHead
from runreel.shell.inspector.endpoints.parameters import Parameters, parse_number
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.sources.errors import UnknownRecordingError
from runreel.shell.inspector.sources.recordings import InspectedRecording


def build_misses(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``misses`` and ``misses/RECORDING/ID``."""
    _, *rest = parameters.segments
    if not rest:
        return _list_misses(library, parameters)
    parameters.end()
    if len(rest) != 2:
        raise UnknownRecordingError("a miss has no such part")
    recording, number = library.find(rest[0]).recording, parse_number(rest[1])
    misses = recording.list_misses()
    if not 1 <= number <= len(misses):
        raise UnknownRecordingError(f"the session {rest[0][:200]!a} has no miss {number}")
    document = misses[number - 1]
    nearest = document.get("nearest")
    head = _read_nearest(recording, nearest) if isinstance(nearest, int) else None
    page = build_miss_document(document, recording.find_missed_request(number), head)
    return {"schema_version": SCHEMA_VERSION, "recording": rest[0], "id": number, **page}


def _read_nearest(recording: InspectedRecording, number: int) -> ExchangeHead | None:
    """Return the head of the nearest exchange; None if it is not there any more."""
    if number not in recording.list_numbers():
        return None
    return recording.read_exchange(number).head


def _list_misses(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    name = parameters.take("recording")
    parameters.end()
    misses = [
        {
            "recording": index.recording.name,
            "id": number,
            **{key: document.get(key) for key in ("method", "path", "nearest", "consequence")},
        }
        for index in library.find_some(name)
        for number, document in enumerate(index.recording.list_misses(), start=1)
    ]
    return {"schema_version": SCHEMA_VERSION, "misses": misses[:_MAX_LISTED]}


_MAX_LISTED = 1000
