"""Cassettes in files: those that a command names, read anew when they change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from runreel.shell.inspector.sources.cassette_recording import CassetteRecording
from runreel.shell.inspector.sources.recordings import InspectedRecording

PathLister: TypeAlias = Callable[[], Mapping[str, Path]]
"""Returns the paths of the cassettes by name, as they are now."""


class FolderSource:
    """Cassettes by name; folders are read anew each time, so that new recordings appear."""

    is_live = False
    mode = "inspect"
    workers = 1

    def __init__(self, list_paths: PathLister) -> None:
        self._list_paths = list_paths
        self._recordings: dict[str, CassetteRecording] = {}

    def refresh(self) -> None:
        """Look for new cassettes, and for new exchanges in them."""
        paths = self._list_paths()
        recordings = {name: self._get(name, path) for name, path in paths.items()}
        for name in self._recordings.keys() - recordings.keys():
            self._recordings[name].close()
        self._recordings = recordings
        for recording in recordings.values():
            recording.refresh()

    def _get(self, name: str, path: Path) -> CassetteRecording:
        known = self._recordings.get(name)
        return known if known and known.path == path else CassetteRecording(name, path)

    def build_signature(self) -> Hashable:
        """Return what changes with the cassettes, as they were found by ``refresh``."""
        return tuple(
            (name, each.generation, len(each.list_numbers()), each.state)
            for name, each in self._recordings.items()
        )

    def list_recordings(self) -> Sequence[InspectedRecording]:
        """Return the cassettes in the order of their names."""
        return [*self._recordings.values()]
