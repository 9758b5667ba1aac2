"""Merging of layers of settings (file, environment, command line) into one Config.

Each field is converted by itself, so that one error reports all mistakes of all layers. This module
is pure: callers read the file and the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args, get_origin

import msgspec
from msgspec import Struct, structs

from runreel.config.dialects import DialectSettings
from runreel.config.lines import SettingPath
from runreel.config.schema import Config
from runreel.errors import ConfigError

_DEFAULTS = Config()

PREFIX = "RUNREEL_"
OTHER_VARIABLES = frozenset({"RUNREEL_TOKEN", "RUNREEL_TRACEBACK"})
"""Environment variables with the prefix that are not settings."""


class Setting(Struct, frozen=True):
    """A setting: its path, type and default."""

    path: SettingPath
    type: Any
    default: Any

    @property
    def name(self) -> str:
        """Dotted name, such as ``limits.max_body``."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """Environment variable for the setting, such as ``RUNREEL_LIMITS_MAX_BODY``."""
        return PREFIX + "_".join(self.path).upper()


_DIALECT = "dialect"


def _iter_settings(struct: type[msgspec.Struct], prefix: SettingPath = ()) -> Iterator[Setting]:
    for field in structs.fields(struct):
        path = (*prefix, field.name)
        if field.name == _DIALECT:
            continue
        if isinstance(field.default, msgspec.Struct):
            yield from _iter_settings(type(field.default), path)
        else:
            yield Setting(path, field.type, field.default)


_DIALECT_SETTINGS: Mapping[str, Setting] = {
    field.name: Setting((_DIALECT, "*", field.name), field.type, field.default)
    for field in structs.fields(DialectSettings)
}
"""The settings of each ``[runreel.dialect.NAME]``."""

SETTINGS: Mapping[SettingPath, Setting] = {
    setting.path: setting for setting in _iter_settings(Config)
}
_VARIABLES: Mapping[str, Setting] = {setting.variable: setting for setting in SETTINGS.values()}
_OPTIONS = {"cors.origins": "--cors"}
"""Options that are not called as the last part of their setting."""
_TABLES = frozenset(path[:-1] for path in SETTINGS if len(path) > 1)


class LayerEntry(Struct, frozen=True):
    """A value in a layer, not yet checked."""

    path: SettingPath
    value: object
    origin: str
    """Source of the value: ``config.toml:12``, ``RUNREEL_LISTEN``, ``--listen``."""
    label: str
    """Start of an error message about the value."""
    mistake: str = ""
    """Error message if the name is wrong, else empty."""


class Layer(Struct, frozen=True):
    """The values from one source, and the problems of the source as a whole."""

    entries: tuple[LayerEntry, ...] = ()
    problems: tuple[str, ...] = ()
    is_text: bool = False
    """True if all values are text, as in the environment; numbers and lists are parsed from it."""


class EffectiveConfig(Struct, frozen=True):
    """The effective configuration, with the source of each value."""

    config: Config
    origins: Mapping[str, str]
    """Sources by setting: ``default``, ``config.toml:12``, ``RUNREEL_LISTEN``, ``--listen``."""


def parse_config(mapping: Mapping[str, object], source: str) -> Config:
    """Parse a ``[runreel]`` table. Raise ConfigError that lists every problem in it."""
    return overlay([build_file_layer(mapping, source)]).config


SettingCheck: TypeAlias = Callable[[Any], Iterable[str]]
"""Check of a setting's converted value; returns error messages."""


def overlay(
    layers: Iterable[Layer],
    checks: Mapping[str, SettingCheck] | None = None,
    *,
    base: Config = _DEFAULTS,
) -> EffectiveConfig:
    """Merge layers into one configuration; later layers override earlier ones, and ``base``.

    ``checks`` are by setting name (``redact.off``). Raise ConfigError that lists every problem in
    any of the layers.
    """
    values: dict[SettingPath, object] = {}
    origins = {setting.name: "default" for setting in SETTINGS.values()}
    problems: list[str] = []
    for layer in layers:
        problems += layer.problems
        for entry in layer.entries:
            try:
                values[entry.path] = _convert(entry, is_text=layer.is_text)
            except ValueError as error:
                problems.append(f"{entry.label}: {error}")
                continue
            origins[".".join(entry.path)] = entry.origin
            check = (checks or {}).get(_get_setting(entry.path).name, _accept)
            problems += [f"{entry.label}: {problem}" for problem in check(values[entry.path])]
    problems += _find_dialect_problems(values, origins, (checks or {}).get(_DIALECT, _accept))
    if problems:
        raise ConfigError(tuple(problems))
    return EffectiveConfig(_replace_values(values, base), origins)


def _get_setting(path: SettingPath) -> Setting:
    """Return the setting at a path. Raise KeyError if there is none."""
    if len(path) == 3 and path[0] == _DIALECT:
        return _DIALECT_SETTINGS[path[2]]
    return SETTINGS[path]


def _is_setting(path: SettingPath) -> bool:
    return path in SETTINGS or (
        len(path) == 3 and path[0] == _DIALECT and path[2] in _DIALECT_SETTINGS
    )


def _is_table(path: SettingPath) -> bool:
    return path in _TABLES or (bool(path) and path[0] == _DIALECT and len(path) < 3)


def _find_dialect_problems(
    values: Mapping[SettingPath, object], origins: Mapping[str, str], check_name: SettingCheck
) -> Iterator[str]:
    """Yield the problems of whole dialects: their names, and marks that are missing."""
    tables: dict[str, SettingPath] = {}
    for path in values:
        if len(path) == 3:
            tables.setdefault(path[1], path)
    for name, path in tables.items():
        label = f"{origins['.'.join(path)]}: runreel.{_DIALECT}.{name}"
        yield from (f"{label}: {problem}" for problem in check_name(name))
        if not any(values.get((_DIALECT, name, mark)) for mark in ("prefix", "header")):
            yield f"{label}: needs a prefix or a header that marks the requests of the API"


def _accept(_: object) -> Iterable[str]:
    return ()


def build_file_layer(
    table: Mapping[str, object],
    source: str,
    *,
    prefix: SettingPath = ("runreel",),
    lines: Mapping[SettingPath, int] | None = None,
) -> Layer:
    """Build the layer of a file.

    ``table`` is the content of the table ``prefix`` in the file ``source``; ``lines`` is the result
    of ``find_lines`` for the file.
    """
    entries: list[LayerEntry] = []
    for path, value in _iter_leaves(table):
        full = (*prefix, *path)
        line = (lines or {}).get(full)
        origin = f"{source}:{line}" if line else source
        mistake = "" if _is_setting(path) else _describe_unknown(path, value)
        entries.append(LayerEntry(path, value, origin, f"{origin}: {'.'.join(full)}", mistake))
    return Layer(tuple(entries))


def build_environment_layer(environ: Mapping[str, str]) -> Layer:
    """Build the layer of the ``RUNREEL_*`` variables. Lists are separated by commas, or JSON."""
    entries: list[LayerEntry] = []
    for name in sorted(environ):
        if name in _VARIABLES:
            entries.append(LayerEntry(_VARIABLES[name].path, environ[name], name, name))
        elif name.startswith(PREFIX) and name not in OTHER_VARIABLES:
            mistake = f"unknown setting{format_hint(name, _VARIABLES)}"
            entries.append(LayerEntry((), environ[name], name, name, mistake))
    return Layer(tuple(entries), is_text=True)


def build_command_line_layer(options: Mapping[str, object]) -> Layer:
    """Build the layer of command-line options.

    ``options`` are by setting name: ``replay.speed`` for ``--speed``. None: not given.
    """
    entries: list[LayerEntry] = []
    for name, value in options.items():
        path = tuple(name.split("."))
        option = _OPTIONS.get(name, f"--{path[-1].replace('_', '-')}")
        if value is not None:
            entries.append(LayerEntry(path, value, option, option))
    return Layer(tuple(entries))


def _iter_leaves(
    table: Mapping[str, object], prefix: SettingPath = ()
) -> Iterator[tuple[SettingPath, object]]:
    """Yield path and value of all settings in a table, and of unknown keys."""
    for key, value in table.items():
        path = (*prefix, key)
        if _is_table(path) and isinstance(value, Mapping):
            yield from _iter_leaves(value, path)
        else:
            yield path, value


def _describe_unknown(path: SettingPath, value: object) -> str:
    """Return the error message for a path that is not a setting."""
    if _is_table(path):
        return "must be a table"
    siblings = {known[-1] for known in {*SETTINGS, *_TABLES} if known[:-1] == path[:-1]}
    if path[0] == _DIALECT:
        siblings = {*_DIALECT_SETTINGS}
    elsewhere = [setting.name for known, setting in SETTINGS.items() if known[-1] == path[-1]]
    nearest = format_hint(path[-1], siblings) or format_hint(path[-1], elsewhere, cutoff=0)
    return f"unknown {'table' if isinstance(value, Mapping) else 'setting'}{nearest}"


def format_hint(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Format a hint at the known name nearest to ``name``, to end a message; empty if none is."""
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    nearest = get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""


def _convert(entry: LayerEntry, *, is_text: bool) -> object:
    """Convert an entry's value to the type of its setting. Raise ValueError with the problem."""
    if entry.mistake:
        raise ValueError(entry.mistake)
    setting, value = _get_setting(entry.path), entry.value
    if hasattr(setting.type, "parse"):
        return value if isinstance(value, setting.type) else setting.type.parse(value)
    if is_text and isinstance(setting.default, tuple):
        value = _parse_list(str(value))
    try:
        return msgspec.convert(value, setting.type, strict=not is_text)
    except ValueError:  # msgspec's own, or text that is not UTF-8
        raise ValueError(_describe_expected(setting.type, value)) from None


def _parse_list(text: str) -> object:
    """Parse a list: JSON, in which entries may contain commas, or else text between commas."""
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            pass  # not JSON, but a list whose first entry starts with a bracket
    return [name.strip() for name in text.split(",") if name.strip()]


def _describe_expected(expected: Any, value: object) -> str:
    """Return the error message for a value of the wrong type.

    Text is not repeated in it: it may be a secret in the wrong place.
    """
    if get_origin(expected) is Literal:
        choices = get_args(expected)
        quoted = ", ".join(f'"{choice}"' for choice in choices)
        return f"must be one of {quoted}{format_hint(str(value), choices)}"
    message = f"must be {expected.__metadata__[0].description}"
    return (
        f"{message}, not {str(value).lower()}" if isinstance(value, (bool, int, float)) else message
    )


def _replace_values(values: Mapping[SettingPath, object], config: Config) -> Config:
    """Return a copy of ``config`` with ``values`` set."""
    for (*table, name), value in values.items():
        if len(table) == 2:
            dialect = config.dialect.get(table[1], DialectSettings())
            dialect = structs.replace(dialect, **{name: value})
            config = structs.replace(config, dialect={**config.dialect, table[1]: dialect})
        elif table:
            section = structs.replace(getattr(config, table[0]), **{name: value})
            config = structs.replace(config, **{table[0]: section})
        else:
            config = structs.replace(config, **{name: value})
    return config
