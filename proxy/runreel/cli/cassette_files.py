"""The cassettes of a folder: finding them by path, the rows of a table, the JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runreel.cli.terminal import Cell
from runreel.core.cassette import CassetteHeader, Damage, TornTail
from runreel.core.cassette.damage_report import FINE, classify_state, format_damage
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
from runreel.shell.store.names import SUFFIX, resolve_argument
from runreel.shell.store.reader import CassetteReader

CASSETTE_COLUMNS = ("NAME", "EXCHANGES", "BYTES", "CREATED", "UPSTREAM", "STATE")


@dataclass(frozen=True, slots=True)
class ReadableCassette:
    """A readable cassette of a folder."""

    path: Path
    name: str
    """Path below the folder without the suffix; other commands accept it as the cassette's name."""
    exchanges: int
    size: int
    header: CassetteHeader
    torn: TornTail | None
    damages: tuple[Damage, ...]

    @property
    def state(self) -> str:
        """``fine``, ``torn tail`` or ``damaged``."""
        return classify_state(self.torn, self.damages)

    @property
    def damage_lines(self) -> list[str]:
        """Description of its damage, as lines; empty if there is none."""
        return format_damage(self.path, self.torn, self.damages)

    def to_row(self) -> tuple[Cell, ...]:
        """Return its table cells, in the order of ``CASSETTE_COLUMNS``."""
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
        """Return its entry in the JSON document of the folder."""
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
    """A file that is named like a cassette, but cannot be read as one."""

    path: Path
    name: str
    error: CassetteError

    @property
    def state(self) -> str:
        """The reason in two words."""
        match self.error:
            case CorruptCassetteError():
                return "not a cassette"
            case CassetteVersionError():
                return "newer format"
            case _:
                return "unreadable"

    @property
    def damage_lines(self) -> list[str]:
        """The reason, as lines."""
        return str(self.error).splitlines()

    def to_row(self) -> tuple[Cell, ...]:
        """Return its table cells, in the order of ``CASSETTE_COLUMNS``."""
        return (self.name, "?", "?", "?", "", self.state)

    def to_document(self) -> ReportDocument:
        """Return its entry in the JSON document of the folder."""
        return {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "error": str(self.error),
        }


def find_folder(path: str | None, default: Path) -> Path | None:
    """Return the folder named by ``path``, or None if it is not one.

    A relative path counts from the working directory, then from ``default``. Without a path, the
    result is ``default``.
    """
    if path is None:
        return default
    return next((folder for folder in (Path(path), default / path) if folder.is_dir()), None)


def expand_paths(
    paths: Iterable[str], default: Path, purpose: str, *, with_leftovers: bool = False
) -> list[Path]:
    """Return the files that the arguments of a command name, each file once.

    An argument is a file, the name of a cassette, or a folder, which stands for all cassettes below
    it; ``with_leftovers`` adds the unfinished and backup files that recordings and repairs left
    there. Raises ``UsageError`` for a folder without cassettes; ``purpose`` is the verb in its
    message.
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
        raise UsageError(
            f"the folder {folder} contains no cassettes, so there is nothing to {purpose}"
        )
    return files


def list_cassettes(folder: Path, pattern: str = f"*{SUFFIX}") -> list[Path]:
    """List all files below the folder that match ``pattern``, sorted and without lock files."""
    paths = (path for path in folder.rglob(pattern) if path.suffix != ".lock")
    return sorted(path for path in paths if path.is_file())


def read_cassette_summary(path: Path, folder: Path) -> ReadableCassette | UnreadableCassette:
    """Read the heads of one cassette in the folder, without its answers."""
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
    """Return whether no cassette is damaged, torn or unreadable."""
    return all(cassette.state == FINE for cassette in cassettes)


def build_folder_document(
    folder: Path, cassettes: Sequence[ReadableCassette | UnreadableCassette]
) -> ReportDocument:
    """Build the JSON document of a folder."""
    return {
        "schema_version": SCHEMA_VERSION,
        "folder": str(folder),
        "cassettes": [cassette.to_document() for cassette in cassettes],
    }
