"""Which setting holds for a test: its marker's, else the suite's.

The order is: marker, command line, environment, ini file, default. Where ``CI`` is set, every test
is replayed, unless the command line or the environment asks for another mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runreel.errors import UsageError
from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.names import is_portable
from runreel.pytest_plugin.options import (
    ALLOWED_HOSTS,
    BLOCK_NETWORK,
    DIR,
    MODE,
    MODES,
    ON_UNPLAYED,
    OPTIONS,
    UPSTREAM,
    Option,
)

OptionValue: TypeAlias = "str | bool | Sequence[str]"

REPLAY = "replay"
RECORD = "record"
_FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class SettingSources:
    """What a suite says, by option name; what a source does not say is None or not in it."""

    command_line: Mapping[str, OptionValue | None]
    environment: Mapping[str, str]
    """All of it: ``CI`` counts too."""
    ini: Mapping[str, OptionValue | None]
    record_mode: str | None = None
    """``--record-mode``, as pytest-recording or pytest-vcr has read it: one of ``MODES``."""


@dataclass(frozen=True, slots=True)
class ChosenValue:
    """A value, and who says so."""

    value: OptionValue
    origin: str
    """``--runreel-mode``, ``RUNREEL_MODE``, ``runreel_mode``, ``default`` …"""
    for_this_run: bool
    """Whether the command line or the environment says so: somebody wants it now."""


@dataclass(frozen=True, slots=True)
class ItemSettings:
    """What holds for one test."""

    mode: str
    """``replay``, ``record``, ``auto``, ``passthrough`` or ``once``."""
    upstream: str
    on_unplayed: str
    block_network: bool
    allowed_hosts: tuple[str, ...]


class SuiteSettings:
    """The settings of a suite."""

    def __init__(self, sources: SettingSources) -> None:
        """Raises ``UsageError`` if a value is none that its option takes."""
        self._values = {option.name: _choose_value(option, sources) for option in OPTIONS}
        if not all(map(is_portable, self.folder.split("/"))):
            raise UsageError(f"{DIR.ini} must be a folder such as cassettes, not {self.folder!r}")
        self._in_ci = sources.environment.get("CI", "").lower() not in _FALSE_WORDS

    @property
    def folder(self) -> str:
        """The folder of cassettes, as a path from a test file's folder."""
        return str(self._get_value(DIR))

    def build_item_settings(self, arguments: MarkerArguments) -> ItemSettings:
        """The settings of a test whose markers say ``marked``."""
        blocks, hosts = arguments.block_network, arguments.allowed_hosts
        return ItemSettings(
            mode=self.choose_mode(arguments.mode)[0],
            upstream=arguments.upstream or str(self._get_value(UPSTREAM)),
            on_unplayed=arguments.on_unplayed or str(self._get_value(ON_UNPLAYED)),
            block_network=blocks if blocks is not None else bool(self._get_value(BLOCK_NETWORK)),
            allowed_hosts=hosts if hosts is not None else _to_tuple(self._get_value(ALLOWED_HOSTS)),
        )

    def _get_value(self, option: Option) -> OptionValue:
        return self._values[option.name].value

    def choose_mode(self, marker_mode: str | None = None) -> tuple[str, str]:
        """The mode of a test, and who says so; ``marked`` is what its marker says."""
        chosen = self._values[MODE.name]
        mode = MODES[str(chosen.value)]
        asked = chosen.for_this_run
        if self._in_ci and (not asked or mode == REPLAY):
            return REPLAY, chosen.origin if asked else "CI is set"
        if marker_mode is not None:
            return MODES[marker_mode], "its marker"
        return mode, chosen.origin


def _choose_value(option: Option, sources: SettingSources) -> ChosenValue:
    chosen = next(_iter_values(option, sources), ChosenValue(option.default, "default", False))
    if option.choices and chosen.value not in option.choices:
        known = ", ".join(option.choices)
        raise UsageError(f"{chosen.origin} must be one of {known}, not {chosen.value!r}")
    return chosen


def _iter_values(option: Option, sources: SettingSources) -> Iterator[ChosenValue]:
    """What the sources say, the first to be heeded first."""
    value = sources.command_line.get(option.name)
    if value is not None:
        yield ChosenValue(value, option.flag, True)
    if option is MODE and sources.record_mode is not None:
        yield ChosenValue(sources.record_mode, "--record-mode", True)
    value = sources.environment.get(option.variable) if option.variable else None
    if value:
        yield ChosenValue(value, option.variable, True)
    value = sources.ini.get(option.name)
    if value:
        yield ChosenValue(value, option.ini, False)


def _to_tuple(value: OptionValue) -> tuple[str, ...]:
    return () if isinstance(value, (str, bool)) else tuple(value)
