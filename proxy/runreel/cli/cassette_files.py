"""The cassettes of a folder: which are meant, the rows of a table, the document of ``--json``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runreel.cli.damage_report import FINE, state, troubles
from runreel.cli.terminal import Cell
from runreel.core.cassette import Damage, Header, Torn
from runreel.core.report.documents import SCHEMA_VERSION, Document, file_document, iso_time
from runreel.errors import (
    CassetteError,
    CassetteVersionError,
    CorruptCassetteError,
    UsageError,
)
from runreel.shell.store import SUFFIX, CassetteReader, resolve

CASSETTE_COLUMNS = ("NAME", "EXCHANGES", "BYTES", "CREATED", "UPSTREAM", "STATE")


@dataclass(frozen=True, slots=True)
class Listed:
    """One readable cassette of a folder."""

    path: Path
    name: str
    """Below the folder, without the suffix: what other commands take."""
    exchanges: int
    size: int
    header: Header
    torn: Torn | None
    damages: tuple[Damage, ...]

    @property
    def state(self) -> str:
        """One word for what is wrong with it, or ``fine``."""
        return state(self.torn, self.damages)

    @property
    def troubles(self) -> list[str]:
        """What is wrong with it, in lines."""
        return troubles(self.path, self.torn, self.damages)

    def row(self) -> tuple[Cell, ...]:
        """Its cells under ``CASSETTE_COLUMNS``."""
        created = iso_time(self.header.created_ns, precision="seconds")
        return (
            self.name,
            self.exchanges,
            self.size,
            created,
            self.header.upstream,
            self.state,
        )

    def document(self) -> Document:
        """It in the document of its folder."""
        return {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "exchanges": self.exchanges,
            "bytes": self.size,
            **file_document(self.header, self.torn, self.damages),
        }


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that has a cassette's name, and cannot be read as one."""

    path: Path
    name: str
    error: CassetteError

    @property
    def state(self) -> str:
        """Why not, in two words."""
        match self.error:
            case CorruptCassetteError():
                return "not a cassette"
            case CassetteVersionError():
                return "newer format"
            case _:
                return "unreadable"

    @property
    def troubles(self) -> list[str]:
        """Why not, in lines."""
        return str(self.error).splitlines()

    def row(self) -> tuple[Cell, ...]:
        """Its cells under ``CASSETTE_COLUMNS``."""
        return (self.name, "?", "?", "?", "", self.state)

    def document(self) -> Document:
        """It in the document of its folder."""
        return {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "error": str(self.error),
        }


def folder_meant(path: str | None, default: Path) -> Path | None:
    """The folder that is meant, if it is one: from here, or below the cassette folder."""
    if path is None:
        return default
    return next((each for each in (Path(path), default / path) if each.is_dir()), None)


def files_meant(
    paths: Iterable[str], default: Path, purpose: str, *, with_left: bool = False
) -> list[Path]:
    """The files that are meant, each once: files, names, or folders with all that is below.

    ``with_left``: in folders also what recordings and repairs left there. Raises ``UsageError`` for
    a folder without any.
    """
    pattern = f"*{SUFFIX}*" if with_left else f"*{SUFFIX}"
    files = (file for path in paths for file in _files(path, default, pattern, purpose))
    return list(dict.fromkeys(files))


def _files(path: str, default: Path, pattern: str, purpose: str) -> list[Path]:
    folder = folder_meant(path, default)
    if folder is None:
        return [resolve(path, default)]
    files = cassette_files(folder, pattern)
    if not files:
        raise UsageError(f"the folder {folder} holds no cassette, so there is nothing to {purpose}")
    return files


def cassette_files(folder: Path, pattern: str = f"*{SUFFIX}") -> list[Path]:
    """Every file in the folder, and in those below it, that has a cassette's name."""
    found = (path for path in folder.rglob(pattern) if path.suffix != ".lock")
    return sorted(path for path in found if path.is_file())


def listed(path: Path, folder: Path) -> Listed | Unreadable:
    """One cassette of the folder, by its heads."""
    name = str(path.relative_to(folder)).removesuffix(SUFFIX)
    try:
        with CassetteReader.open(path) as reader:
            return Listed(
                path=path,
                name=name,
                exchanges=len(reader.heads),
                size=path.stat().st_size,
                header=reader.header,
                torn=reader.torn,
                damages=reader.damage,
            )
    except CassetteError as error:
        return Unreadable(path, name, error)


def all_fine(cassettes: Sequence[Listed | Unreadable]) -> bool:
    """Whether nothing is wrong with any of them."""
    return all(cassette.state == FINE for cassette in cassettes)


def folder_document(folder: Path, cassettes: Sequence[Listed | Unreadable]) -> Document:
    """All cassettes of a folder."""
    return {
        "schema_version": SCHEMA_VERSION,
        "folder": str(folder),
        "cassettes": [cassette.document() for cassette in cassettes],
    }
