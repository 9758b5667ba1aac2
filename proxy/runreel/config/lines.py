"""On which line of a TOML file each table and key stands.

``tomllib`` does not say. But each statement of a valid document is a valid document too, and
its leading lines alone are not: so lines are gathered until they parse.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

SettingPath: TypeAlias = tuple[str, ...]


def find_lines(text: str) -> Mapping[SettingPath, int]:
    """Map the path of each table and key in a valid document to its line, counted from 1."""
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
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _iter_paths(value: object) -> Iterator[SettingPath]:
    """Every path within a parsed statement, a table before what it holds."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        yield (key,)
        for path in _iter_paths(inner):
            yield (key, *path)
