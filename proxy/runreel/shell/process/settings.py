"""Loading of the settings from one file, the environment and the command line.

The file is ``--config FILE``; else ``config.toml`` in the current folder if it has a ``[runreel]``
table; else ``[tool.runreel]`` in ``pyproject.toml`` there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runreel.config import (
    EffectiveConfig,
    Layer,
    build_command_line_layer,
    build_environment_layer,
    build_file_layer,
    find_lines,
    overlay,
)
from runreel.core.match.rules import CHECKS as MATCH_CHECKS
from runreel.core.redact.finders.custom import CHECKS as REDACT_CHECKS
from runreel.core.regex.lazy_pattern import compile_later
from runreel.dialects import DIALECTS
from runreel.dialects.base.configured import build_checks

_TOML_POSITION = compile_later(r"^(.*) \(at line (\d+), column (\d+)\)$", re.DOTALL)


def load_settings(
    options: Mapping[str, object],
    config_file: Path | None,
    environ: Mapping[str, str],
    cwd: Path,
) -> EffectiveConfig:
    """Load and check all settings.

    ``options`` maps setting names (``replay.speed``) to the values given on the command line, or
    to None. Raises ``ConfigError`` with every mistake in every source.
    """
    file = _read_named_file(config_file) if config_file is not None else _read_nearby_file(cwd)
    layers = [file, build_environment_layer(environ), build_command_line_layer(options)]
    known = (dialect.name for dialect in DIALECTS)
    return overlay(layers, {**MATCH_CHECKS, **REDACT_CHECKS, **build_checks(known)})


def _read_named_file(path: Path) -> Layer:
    layer = _read_layer(path, str(path))
    if layer is None:
        return Layer(problems=(f"{path}: has no [{'.'.join(_find_table_path(path))}] table",))
    return layer


def _read_nearby_file(folder: Path) -> Layer:
    for name in ("config.toml", "pyproject.toml"):
        path = folder / name
        layer = _read_layer(path, name) if path.exists() else None
        if layer is not None:
            return layer
    return Layer()


def _read_layer(path: Path, source: str) -> Layer | None:
    """Return the settings in the file, or None if it has no table for runreel."""
    import tomllib  # noqa: PLC0415 - for a file only

    try:
        text = path.read_text(encoding="utf-8-sig")
        table: Any = tomllib.loads(text)
    except OSError as error:
        return Layer(problems=(f"{source}: cannot be read: {error.strerror}",))
    except UnicodeDecodeError as error:
        return Layer(problems=(f"{source}: not UTF-8 text at byte {error.start}",))
    except ValueError as error:
        return Layer(problems=(_format_syntax_error(source, str(error)),))
    prefix = _find_table_path(path)
    for name in prefix:
        table = table.get(name) if isinstance(table, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        return Layer(problems=(f"{source}: {'.'.join(prefix)}: must be a table",))
    return build_file_layer(table, source, prefix=prefix, lines=find_lines(text))


def _find_table_path(path: Path) -> tuple[str, ...]:
    return ("tool", "runreel") if path.name == "pyproject.toml" else ("runreel",)


def _format_syntax_error(source: str, message: str) -> str:
    match = _TOML_POSITION.match(message)
    if match is None:
        return f"{source}: not valid TOML: {message}"
    problem, line, column = match.groups()
    return f"{source}:{line}:{column}: not valid TOML: {problem}"
