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
    import tomllib  # noqa: PLC0415 - for a file only

    lines: dict[SettingPath, int] = {}
    table: SettingPath = ()
    for line, statement in _iter_statements(text):
        paths = list(_iter_paths(tomllib.loads(statement)))
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
    import tomllib  # noqa: PLC0415 - for a file only

    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _iter_paths(value: object) -> Iterator[SettingPath]:
    """Yield every path within a parsed statement; a table comes before its keys."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        yield (key,)
        for path in _iter_paths(inner):
            yield (key, *path)
