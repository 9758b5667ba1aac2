"""The recordings of a source by name, each with its index."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.dialect import DialectFinder
from runreel.errors import RunreelError
from runreel.shell.inspector.index.recording_index import RecordingIndex, TextCache
from runreel.shell.inspector.sources.recordings import RecordingSource


class UnknownRecordingError(RunreelError):
    """There is no such recording, exchange, run or miss."""


class InspectorLibrary:
    """The indexes of all recordings of a source. All methods may be called from worker threads."""

    def __init__(self, source: RecordingSource, find_dialect: DialectFinder) -> None:
        self.source = source
        self.find_dialect = find_dialect
        self._texts = TextCache()
        self._indexes: dict[str, RecordingIndex] = {}

    def list_indexes(self) -> Sequence[RecordingIndex]:
        """Return the indexes of all recordings, with what is new in them."""
        self.source.refresh()
        indexes: dict[str, RecordingIndex] = {}
        for recording in self.source.list_recordings():
            index = self._indexes.get(recording.name)
            if index is None or index.recording is not recording:
                index = RecordingIndex(recording, self.find_dialect, self._texts)
            index.refresh()
            indexes[recording.name] = index
        self._indexes = indexes
        return [*indexes.values()]

    def find(self, name: str) -> RecordingIndex:
        """Return the index of a recording. Raises ``UnknownRecordingError``."""
        for index in self.list_indexes():
            if index.recording.name == name:
                return index
        raise UnknownRecordingError(f"there is no recording {name[:200]!a}")

    def find_some(self, name: str) -> Sequence[RecordingIndex]:
        """Return the index of a recording, or all for an empty name."""
        return [self.find(name)] if name else self.list_indexes()
