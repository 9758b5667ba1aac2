"""The endpoint that compares two recordings, two exchanges or two runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.changes.request_changes import IgnoredPlaces
from runreel.core.diff.documents import build_diff_document
from runreel.core.diff.probes import DiffSide
from runreel.core.diff.recording import RecordingComparison
from runreel.core.filter.parser import parse_filter
from runreel.core.inspector.pages import cut_diff_document
from runreel.core.report.documents import ReportDocument
from runreel.shell.inspector.endpoints.parameters import Parameters, parse_number
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.recording_index import RecordingIndex
from runreel.shell.inspector.index.search import matches_quietly
from runreel.shell.inspector.sources.errors import NotReadError, TooMuchError, UnknownRecordingError

_MAX_EXCHANGES = 2_000
"""Most exchanges of a side."""
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class SideName:
    """One side, as the query names it."""

    text: str
    index: RecordingIndex
    part: str
    """The number of an exchange, the id of a run, or empty for the whole recording."""

    @property
    def number(self) -> int | None:
        """The number of the exchange; None if it is none."""
        is_number = self.part.isascii() and self.part.isdigit()
        return parse_number(self.part) if is_number else None

    def to_document(self) -> ReportDocument:
        """Return it as a JSON document."""
        run = self.part if self.part and self.number is None else None
        return {"recording": self.index.recording.name, "number": self.number, "run": run}


def compare_recordings(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``diff``: the document of ``runreel diff``, cut."""
    names = [_find_side(library, parameters.take(name)) for name in ("a", "b")]
    filter_text = parameters.take("filter")
    whole_run = parameters.take_flag("run")
    with_timing = parameters.take_flag("timing")
    ignored = IgnoredPlaces.parse(parameters.take_all("ignore"))
    parameters.end()
    on_progress = _make_clock(time.monotonic() + _TIMEOUT)
    left, right = (
        _open_side(name, filter_text, on_progress, whole_run=whole_run) for name in names
    )
    settings = DiffSettings(ignored, with_timing=with_timing)
    comparison = RecordingComparison(left, right, library.find_dialect, settings, on_progress)
    document = build_diff_document(comparison.compare(), names[0].text, names[1].text)
    sides = {"left_side": names[0].to_document(), "right_side": names[1].to_document()}
    return {**cut_diff_document(document), **sides}


def _make_clock(deadline: float) -> Callable[[], None]:
    """Return a function that raises ``TooMuchError`` from a moment on."""

    def check() -> None:
        if time.monotonic() > deadline:
            raise TooMuchError("this takes too long for the page; use: runreel diff A B")

    return check


def _find_side(library: InspectorLibrary, text: str) -> SideName:
    """Return what ``NAME``, ``NAME:7`` or ``NAME:run_abc`` names."""
    indexes = {index.recording.name: index for index in library.list_indexes()}
    if text in indexes:
        return SideName(text, indexes[text], "")
    name, _, part = text.rpartition(":")
    if name not in indexes:
        raise UnknownRecordingError(f"there is no recording {(name or text)[:200]!a}")
    return SideName(text, indexes[name], part)


def _open_side(
    name: SideName, filter_text: str, on_progress: Callable[[], None], *, whole_run: bool
) -> DiffSide:
    numbers = _select(name, on_progress, whole_run=whole_run)
    selected, index = parse_filter(filter_text), name.index
    entries = [entry for number in numbers if (entry := index.get(number)) is not None]
    entries = [entry for entry in entries if matches_quietly(selected, entry)]
    if len(entries) > _MAX_EXCHANGES:
        message = f"{len(entries)} exchanges are too many for the page; use: runreel diff A B"
        raise TooMuchError(message)
    recording = index.recording
    heads = [recording.read_exchange(entry.head.number).head for entry in entries]
    return DiffSide(heads, recording.read_exchange)


def _select(name: SideName, on_progress: Callable[[], None], *, whole_run: bool) -> Sequence[int]:
    """Return the numbers of the exchanges that a side names."""
    index, number = name.index, name.number
    if not name.part:
        return index.list_numbers()
    if number is not None:
        if index.get(number) is None:
            raise UnknownRecordingError(f"{name.text[:200]!a}: there is no such exchange")
        if not whole_run:
            return [number]
    _read_all(index, on_progress)
    ids = {name.part} if number is None else set(index.find_run_ids(number))
    chosen = sorted({each for run in index.list_runs() if run.id in ids for each in run.numbers})
    if not chosen:
        raise UnknownRecordingError(f"{name.text[:200]!a}: no exchange belongs to such a run")
    return chosen


def _read_all(index: RecordingIndex, on_progress: Callable[[], None]) -> None:
    while index.read_next():
        on_progress()
    if index.unread_count:
        raise NotReadError("exchanges are being added; ask again")
