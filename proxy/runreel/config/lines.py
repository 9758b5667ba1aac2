"""Line numbers of the tables and keys in a TOML file.

``tomllib`` does not provide them. But each statement of a valid document is a valid document
itself, and its first lines alone are not. So lines are collected until they can be parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

SettingPath: TypeAlias = tuple[str, ...]


def find_lines(text: str) -> Mapping[SettingPath, int]:
    """Return the line of each table and key in a valid document, by path, counted from 1."""
    lines: dict[SettingPath, int] = {}
    table: SettingPath = ()
    for line, statement in _iter_statements(text):
        paths = list(_iter_paths(_parse(statement)))
        if statement.lstrip().startswith("["):
            table = paths[-1]
            lines.setdefault(table, line)
            continue
        for path in paths:
            lines.setdefault((*table, *path), line)
    return lines


def _iter_statements(text: str) -> Iterator[tuple[int, str]]:
    first, pending = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        pending += line + "\n"
        if _is_whole(pending):
            yield first, pending
            first, pending = number + 1, ""


def _is_whole(statement: str) -> bool:
    try:
        _parse(statement)
    except ValueError:
        return False
    return True


def _parse(statement: str) -> Mapping[str, object]:
    """Parse TOML; raise ValueError if it is invalid."""
    import tomllib  # noqa: PLC0415 - for a file only

    return tomllib.loads(statement)


def _iter_paths(value: object) -> Iterator[SettingPath]:
    """Yield every path within a parsed statement; a table comes before its keys."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        yield (key,)
        for path in _iter_paths(inner):
            yield (key, *path)
