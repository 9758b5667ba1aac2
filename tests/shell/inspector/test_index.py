"""The rows of a recording, which are read bit by bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from runreel.core.trace.model import Trace, TraceRun
from runreel.core.trace.runs import group_runs
from runreel.dialects import find_dialect
from runreel.shell.inspector.index import recording_index
from runreel.shell.inspector.index.caches import ExchangeCaches
from runreel.shell.inspector.index.recording_index import RecordingIndex
from runreel.shell.inspector.sources.cassette_recording import CassetteRecording
from support.recordings import record_program, write_recording


def test_reading_groups_the_runs_so_that_no_page_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouped: list[int] = []

    def group(traces: Iterable[Trace]) -> Sequence[TraceRun]:
        listed = list(traces)
        grouped.append(len(listed))
        return group_runs(listed)

    monkeypatch.setattr(recording_index, "group_runs", group)
    exchanges = record_program("assistants", 1)
    path = write_recording(tmp_path / "a.cassette", exchanges)
    recording = CassetteRecording("a", path)
    recording.refresh()
    index = RecordingIndex(recording, find_dialect, ExchangeCaches())
    index.refresh()
    while index.read_next():
        assert not grouped
    assert grouped == [len(exchanges)]
    rows = [index.get(number) for number in index.list_numbers()]
    documents = [row.build_row() for row in rows if row is not None]
    assert any(document["run"] for document in documents)
    assert grouped == [len(exchanges)]
