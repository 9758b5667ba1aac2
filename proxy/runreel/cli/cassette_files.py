"""The cassettes of a folder: which are meant, the rows of a table, the document of ``--json``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runreel.cli.damage_report import FINE, classify_state, format_damage
from runreel.cli.terminal import Cell
from runreel.core.cassette import CassetteHeader, Damage, TornTail
from runreel.core.report.documents import (
    SCHEMA_VERSION,
    ReportDocument,
    build_cassette_document,
    format_time,
)
from runreel.errors import (
    CassetteError,
    CassetteVersionError,
    CorruptCassetteError,
    UsageError,
)
from runreel.shell.store import SUFFIX, CassetteReader, resolve_argument

CASSETTE_COLUMNS = ("NAME", "EXCHANGES", "BYTES", "CREATED", "UPSTREAM", "STATE")


@dataclass(frozen=True, slots=True)
class ReadableCassette:
    """One readable cassette of a folder."""

    path: Path
    name: str
    """Below the folder, without the suffix: what other commands take."""
    exchanges: int
    size: int
    header: CassetteHeader
    torn: TornTail | None
    damages: tuple[Damage, ...]

    @property
    def state(self) -> str:
        """One word for what is wrong with it, or ``fine``."""
        return classify_state(self.torn, self.damages)

    @property
    def damage_lines(self) -> list[str]:
        """What is wrong with it, in lines."""
        return format_damage(self.path, self.torn, self.damages)

    def to_row(self) -> tuple[Cell, ...]:
        """Its cells under ``CASSETTE_COLUMNS``."""
        created = format_time(self.header.created_ns, precision="seconds")
        return (
            self.name,
            self.exchanges,
            self.size,
            created,
            self.header.upstream,
            self.state,
        )

    def to_document(self) -> ReportDocument:
        """It in the document of its folder."""
        return {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "exchanges": self.exchanges,
            "bytes": self.size,
            **build_cassette_document(self.header, self.torn, self.damages),
        }


@dataclass(frozen=True, slots=True)
class UnreadableCassette:
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
    def damage_lines(self) -> list[str]:
        """Why not, in lines."""
        return str(self.error).splitlines()

    def to_row(self) -> tuple[Cell, ...]:
        """Its cells under ``CASSETTE_COLUMNS``."""
        return (self.name, "?", "?", "?", "", self.state)

    def to_document(self) -> ReportDocument:
        """It in the document of its folder."""
        return {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "error": str(self.error),
        }


def find_folder(path: str | None, default: Path) -> Path | None:
    """The folder that is meant, if it is one: from here, or below the cassette folder."""
    if path is None:
        return default
    return next((each for each in (Path(path), default / path) if each.is_dir()), None)


def expand_paths(
    paths: Iterable[str], default: Path, purpose: str, *, with_leftovers: bool = False
) -> list[Path]:
    """The files that are meant, each once: files, names, or folders with all that is below.

    ``with_left``: in folders also what recordings and repairs left there. Raises ``UsageError`` for
    a folder without any.
    """
    pattern = f"*{SUFFIX}*" if with_leftovers else f"*{SUFFIX}"
    files = (file for path in paths for file in _expand_path(path, default, pattern, purpose))
    return list(dict.fromkeys(files))


def _expand_path(path: str, default: Path, pattern: str, purpose: str) -> list[Path]:
    folder = find_folder(path, default)
    if folder is None:
        return [resolve_argument(path, default)]
    files = list_cassettes(folder, pattern)
    if not files:
        raise UsageError(f"the folder {folder} holds no cassette, so there is nothing to {purpose}")
    return files


def list_cassettes(folder: Path, pattern: str = f"*{SUFFIX}") -> list[Path]:
    """Every file in the folder, and in those below it, that has a cassette's name."""
    found = (path for path in folder.rglob(pattern) if path.suffix != ".lock")
    return sorted(path for path in found if path.is_file())


def read_cassette_summary(path: Path, folder: Path) -> ReadableCassette | UnreadableCassette:
    """One cassette of the folder, by its heads."""
    name = str(path.relative_to(folder)).removesuffix(SUFFIX)
    try:
        with CassetteReader.open(path) as reader:
            return ReadableCassette(
                path=path,
                name=name,
                exchanges=len(reader.heads),
                size=path.stat().st_size,
                header=reader.header,
                torn=reader.torn,
                damages=reader.damage,
            )
    except CassetteError as error:
        return UnreadableCassette(path, name, error)


def are_all_fine(cassettes: Sequence[ReadableCassette | UnreadableCassette]) -> bool:
    """Whether nothing is wrong with any of them."""
    return all(cassette.state == FINE for cassette in cassettes)


def build_folder_document(
    folder: Path, cassettes: Sequence[ReadableCassette | UnreadableCassette]
) -> ReportDocument:
    """All cassettes of a folder."""
    return {
        "schema_version": SCHEMA_VERSION,
        "folder": str(folder),
        "cassettes": [cassette.to_document() for cassette in cassettes],
    }
