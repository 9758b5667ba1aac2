"""The endpoints about requests that no exchange has answered."""

from __future__ import annotations

from runreel.core.inspector.miss_page import build_miss_document
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.core.report.session_report import LoggedMiss
from runreel.model import ExchangeHead
from runreel.shell.inspector.endpoints.parameters import Parameters, parse_number
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.sources.errors import UnknownRecordingError
from runreel.shell.inspector.sources.recordings import InspectedRecording
from runreel.shell.replay.miss_log import MAX_FIRST_MISSES, MAX_LAST_MISSES


def build_misses(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``misses`` and ``misses/RECORDING/ID``."""
    _, *rest = parameters.segments
    if not rest:
        return _list_misses(library, parameters)
    parameters.end()
    if len(rest) != 2:
        raise UnknownRecordingError("a miss has no such part")
    recording, number = library.find(rest[0]).recording, parse_number(rest[1])
    miss = _find_miss(recording, number)
    nearest = miss.document.get("nearest")
    head = _read_nearest(recording, nearest) if isinstance(nearest, int) else None
    place = {"recording": rest[0], "id": number, "at": miss.at}
    page = build_miss_document(miss.document, miss.request, head)
    return {"schema_version": SCHEMA_VERSION, **place, **page}


def _find_miss(recording: InspectedRecording, number: int) -> LoggedMiss:
    for miss in recording.list_misses():
        if miss.number == number:
            return miss
    message = (
        f"the session {recording.name[:200]!a} has no miss {number}, or does not keep it: "
        f"it keeps the first {MAX_FIRST_MISSES} and the last {MAX_LAST_MISSES}"
    )
    raise UnknownRecordingError(message)


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
            "id": miss.number,
            "at": miss.at,
            **{key: miss.document.get(key) for key in ("method", "path", "nearest", "consequence")},
        }
        for index in library.find_some(name)
        for miss in index.recording.list_misses()
    ]
    return {"schema_version": SCHEMA_VERSION, "misses": misses[:_MAX_LISTED]}


_MAX_LISTED = 1000
