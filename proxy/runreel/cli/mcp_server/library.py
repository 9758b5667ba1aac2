"""The cassettes that an agent may read: those that the command line names, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from runreel.cli.cassette_files import (
    CASSETTE_COLUMNS,
    expand_paths,
    read_cassette_summary,
)
from runreel.cli.terminal import format_table
from runreel.errors import UsageError
from runreel.shell.store.names import SUFFIX


class RecordingReference(NamedTuple):
    """A cassette, and an exchange or a run in it; ``part`` is empty for the whole."""

    path: Path
    part: str

    def __str__(self) -> str:
        """Return it as ``diff`` takes it."""
        return f"{self.path}:{self.part}" if self.part else str(self.path)


class CassetteLibrary:
    """Cassettes by name; folders are read anew each time, so that new recordings appear."""

    def __init__(self, paths: Sequence[str], folder: Path) -> None:
        """``folder`` is the cassette folder, whose cassettes have names."""
        self._paths = paths
        self._folder = folder

    def list_paths(self) -> Mapping[str, Path]:
        """Return the cassettes by name. Raises ``UsageError`` if there are none."""
        paths = expand_paths(self._paths, self._folder, "read")
        return {self._name(path): path for path in paths}

    def find(self, name: str) -> Path:
        """Return the cassette of this name, or with this path. Raises ``UsageError``."""
        paths = self.list_paths()
        path = paths.get(name) or paths.get(name.removesuffix(SUFFIX))
        if path is None:
            path = next((each for each in paths.values() if str(each) == name), None)
        if path is None:
            near = get_close_matches(name, paths, n=1)
            hint = f"do you mean {near[0]!r}?" if near else "list_cassettes returns their names"
            raise UsageError(f"there is no cassette {name[:200]!r}; {hint}")
        return path

    def find_some(self, name: str) -> Sequence[Path]:
        """Return the cassette of this name, or all for an empty name."""
        return [self.find(name)] if name else [*self.list_paths().values()]

    def find_part(self, text: str) -> RecordingReference:
        """Return what ``NAME``, ``NAME:7`` or ``NAME:run_abc`` names. Raises ``UsageError``."""
        name, _, part = text.rpartition(":")
        if name:
            return RecordingReference(self.find(name), part)
        return RecordingReference(self.find(text), "")

    def format_list(self) -> str:
        """Return a table of the cassettes, with their damage."""
        rows = [
            (name, *read_cassette_summary(path, path.parent).to_row()[1:])
            for name, path in self.list_paths().items()
        ]
        return format_table(rows, CASSETTE_COLUMNS)

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self._folder)
        return str(path.relative_to(self._folder) if inside else path).removesuffix(SUFFIX)
