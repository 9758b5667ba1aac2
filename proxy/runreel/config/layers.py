"""From mappings to one Config: layer over layer, every mistake of every layer found at once.

A field is converted by itself, so that one mistake hides no other. Pure: who reads files and the
environment hands their contents in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, TypeAlias, get_args, get_origin

import msgspec
from msgspec import structs

from runreel.config.lines import SettingPath
from runreel.config.schema import Config
from runreel.errors import ConfigError

_DEFAULTS = Config()

PREFIX = "RUNREEL_"
OTHER_VARIABLES = frozenset({"RUNREEL_TOKEN", "RUNREEL_TRACEBACK"})
"""Variables that begin like a setting's, and are none."""


class Setting(NamedTuple):
    """What is known of one setting."""

    path: SettingPath
    type: Any
    default: Any

    @property
    def name(self) -> str:
        """``limits.max_body``."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """The environment variable that sets it: ``RUNREEL_LIMITS_MAX_BODY``."""
        return PREFIX + "_".join(self.path).upper()


def _iter_settings(struct: type[msgspec.Struct], prefix: SettingPath = ()) -> Iterator[Setting]:
    for field in structs.fields(struct):
        path = (*prefix, field.name)
        if isinstance(field.default, msgspec.Struct):
            yield from _iter_settings(type(field.default), path)
        else:
            yield Setting(path, field.type, field.default)


SETTINGS: Mapping[SettingPath, Setting] = {
    setting.path: setting for setting in _iter_settings(Config)
}
_VARIABLES: Mapping[str, Setting] = {setting.variable: setting for setting in SETTINGS.values()}
_TABLES = frozenset(path[:-1] for path in SETTINGS if len(path) > 1)


class LayerEntry(NamedTuple):
    """One value of a layer, not yet checked."""

    path: SettingPath
    value: object
    origin: str
    """Where it comes from: ``config.toml:12``, ``RUNREEL_LISTEN``, ``--listen``."""
    label: str
    """What a complaint about it begins with."""
    mistake: str = ""
    """Set where the name is wrong already."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source sets, and what is wrong with the source as a whole."""

    entries: tuple[LayerEntry, ...] = ()
    problems: tuple[str, ...] = ()
    is_text: bool = False
    """Whether all values are text, as in an environment, from which numbers and lists are read."""


@dataclass(frozen=True, slots=True)
class EffectiveConfig:
    """The effective configuration, and where each value comes from."""

    config: Config
    origins: Mapping[str, str]
    """By setting name: ``default``, ``config.toml:12``, ``RUNREEL_UPSTREAM``, ``--upstream``."""


def parse_config(mapping: Mapping[str, object], source: str) -> Config:
    """Read the contents of a ``[runreel]`` table; raises ConfigError with every problem in it."""
    return overlay([build_file_layer(mapping, source)]).config


SettingCheck: TypeAlias = Callable[[Any], Iterable[str]]
"""What is wrong with a setting's value that its type lets pass."""


def overlay(
    layers: Iterable[Layer],
    checks: Mapping[str, SettingCheck] | None = None,
    *,
    base: Config = _DEFAULTS,
) -> EffectiveConfig:
    """Lay each layer over those before it, the first over ``base``.

    ``checks`` go by setting name (``redact.off``). Raises ConfigError with every problem in any of
    the layers.
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
            name = ".".join(entry.path)
            origins[name] = entry.origin
            check = (checks or {}).get(name, _accept)
            problems += [f"{entry.label}: {problem}" for problem in check(values[entry.path])]
    if problems:
        raise ConfigError(tuple(problems))
    return EffectiveConfig(_replace_values(values, base), origins)


def _accept(_: object) -> Iterable[str]:
    return ()


def build_file_layer(
    table: Mapping[str, object],
    source: str,
    *,
    prefix: SettingPath = ("runreel",),
    lines: Mapping[SettingPath, int] | None = None,
) -> Layer:
    """What the file ``source`` sets in its table ``prefix``; ``lines`` come from ``find_lines``."""
    entries: list[LayerEntry] = []
    for path, value in _iter_leaves(table):
        full = (*prefix, *path)
        line = (lines or {}).get(full)
        origin = f"{source}:{line}" if line else source
        mistake = "" if path in SETTINGS else _describe_unknown(path, value)
        entries.append(LayerEntry(path, value, origin, f"{origin}: {'.'.join(full)}", mistake))
    return Layer(tuple(entries))


def build_environment_layer(environ: Mapping[str, str]) -> Layer:
    """What ``RUNREEL_*`` variables set; a list's names are parted by commas."""
    entries: list[LayerEntry] = []
    for name in sorted(environ):
        if name in _VARIABLES:
            entries.append(LayerEntry(_VARIABLES[name].path, environ[name], name, name))
        elif name.startswith(PREFIX) and name not in OTHER_VARIABLES:
            mistake = f"unknown setting{format_hint(name, _VARIABLES)}"
            entries.append(LayerEntry((), environ[name], name, name, mistake))
    return Layer(tuple(entries), is_text=True)


def build_command_line_layer(options: Mapping[str, object]) -> Layer:
    """What options set, by setting name: ``--speed`` is ``replay.speed``. None: not given."""
    entries: list[LayerEntry] = []
    for name, value in options.items():
        path = tuple(name.split("."))
        option = f"--{path[-1].replace('_', '-')}"
        if value is not None:
            entries.append(LayerEntry(path, value, option, option))
    return Layer(tuple(entries))


def _iter_leaves(
    table: Mapping[str, object], prefix: SettingPath = ()
) -> Iterator[tuple[SettingPath, object]]:
    """All values, down to settings and to what is no setting."""
    for key, value in table.items():
        path = (*prefix, key)
        if path in _TABLES and isinstance(value, Mapping):
            yield from _iter_leaves(value, path)
        else:
            yield path, value


def _describe_unknown(path: SettingPath, value: object) -> str:
    """What is wrong with a path that is no setting's."""
    if path in _TABLES:
        return "must be a table"
    siblings = {known[-1] for known in {*SETTINGS, *_TABLES} if known[:-1] == path[:-1]}
    elsewhere = [setting.name for known, setting in SETTINGS.items() if known[-1] == path[-1]]
    nearest = format_hint(path[-1], siblings) or format_hint(path[-1], elsewhere, cutoff=0)
    return f"unknown {'table' if isinstance(value, Mapping) else 'setting'}{nearest}"


def format_hint(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that is nearest to ``name``, as the end of a complaint; empty: none is."""
    nearest = get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""


def _convert(entry: LayerEntry, *, is_text: bool) -> object:
    """The entry's value as its setting's type; raises ValueError with what is wrong."""
    if entry.mistake:
        raise ValueError(entry.mistake)
    setting, value = SETTINGS[entry.path], entry.value
    if hasattr(setting.type, "parse"):
        return value if isinstance(value, setting.type) else setting.type.parse(value)
    if is_text and isinstance(setting.default, tuple):
        value = _parse_list(str(value))
    try:
        return msgspec.convert(value, setting.type, strict=not is_text)
    except ValueError:  # msgspec's own, or text that is not UTF-8
        raise ValueError(_describe_expected(setting.type, value)) from None


def _parse_list(text: str) -> object:
    """A list that is written as JSON, where an entry may hold commas, or else between commas."""
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            pass  # an entry may begin with a bracket
    return [name.strip() for name in text.split(",") if name.strip()]


def _describe_expected(expected: Any, value: object) -> str:
    """What the value must be. Text is not repeated: it may be a secret in the wrong place."""
    if get_origin(expected) is Literal:
        choices = get_args(expected)
        listed = ", ".join(f'"{choice}"' for choice in choices)
        return f"must be one of {listed}{format_hint(str(value), choices)}"
    words = f"must be {expected.__metadata__[0].description}"
    return f"{words}, not {str(value).lower()}" if isinstance(value, (bool, int, float)) else words


def _replace_values(values: Mapping[SettingPath, object], config: Config) -> Config:
    """``config``, with ``values`` in their places."""
    for (*table, name), value in values.items():
        if table:
            section = structs.replace(getattr(config, table[0]), **{name: value})
            config = structs.replace(config, **{table[0]: section})
        else:
            config = structs.replace(config, **{name: value})
    return config
