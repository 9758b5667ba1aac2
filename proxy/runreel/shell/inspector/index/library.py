"""The recordings of a source by name, each with its index."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from runreel.config import Config
from runreel.dialects import build_finder
from runreel.shell.inspector.index.caches import ExchangeCaches
from runreel.shell.inspector.index.recording_index import RecordingIndex
from runreel.shell.inspector.sources.errors import UnknownRecordingError
from runreel.shell.inspector.sources.recordings import RecordingSource


class InspectorLibrary:
    """The indexes of all recordings of a source. All methods may be called from worker threads."""

    def __init__(self, source: RecordingSource, config: Config, instance: str = "") -> None:
        """``instance``: a text that another start of the server does not have."""
        self.source = source
        self.config = config
        self.find_dialect = build_finder(config.dialect)
        self.instance = instance or f"{time.time_ns():x}"
        """A text that another start of the server does not have."""
        self._caches = ExchangeCaches()
        self._indexes: dict[str, RecordingIndex] = {}
        self._lock = threading.Lock()

    def list_indexes(self) -> Sequence[RecordingIndex]:
        """Return the indexes of all recordings, with what is new in them."""
        with self._lock:
            return [*self._refresh().values()]

    def _refresh(self) -> dict[str, RecordingIndex]:
        self.source.refresh()
        indexes: dict[str, RecordingIndex] = {}
        for recording in self.source.list_recordings():
            index = self._indexes.get(recording.name)
            if index is None or index.recording is not recording:
                index = RecordingIndex(recording, self.find_dialect, self._caches)
            index.refresh()
            indexes[recording.name] = index
        self._indexes = indexes
        return indexes

    def read_some(self, seconds: float) -> bool:
        """Read answers for some time; return False if all have been read."""
        deadline = time.monotonic() + seconds
        for index in self._indexes.values():
            while index.read_next():
                if time.monotonic() > deadline:
                    return True
        return False

    def find(self, name: str) -> RecordingIndex:
        """Return the index of a recording. Raises ``UnknownRecordingError``."""
        for index in self.list_indexes():
            if index.recording.name == name:
                return index
        raise UnknownRecordingError(f"there is no recording {name[:200]!a}")

    def find_some(self, name: str) -> Sequence[RecordingIndex]:
        """Return the index of a recording, or all for an empty name."""
        return [self.find(name)] if name else self.list_indexes()
