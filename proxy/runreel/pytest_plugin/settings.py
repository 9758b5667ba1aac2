"""The effective settings of a test.

In order of precedence: marker, command line, environment, ini file, default. If ``CI`` is set, all
tests are replayed, unless the command line or the environment sets another mode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from runreel.config.values import ENV_PATTERN
from runreel.errors import UsageError
from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.names import is_portable
from runreel.pytest_plugin.network import is_loopback_host
from runreel.pytest_plugin.options import (
    ALLOWED_HOSTS,
    BLOCK_NETWORK,
    DIR,
    ENV,
    MODE,
    MODES,
    ON_UNPLAYED,
    ON_UNUSED,
    OPTIONS,
    UPSTREAM,
    Option,
)

SettingValue: TypeAlias = "str | bool | Sequence[str]"

REPLAY = "replay"
RECORD = "record"
_FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class SettingSources:
    """The settings of a suite by source and option name; None or missing is "not set"."""

    command_line: Mapping[str, SettingValue | None]
    environment: Mapping[str, str]
    """The whole environment, including ``CI``."""
    ini: Mapping[str, SettingValue | None]
    record_mode: str | None = None
    """Value of ``--record-mode`` of pytest-recording or pytest-vcr: one of ``MODES``."""


@dataclass(frozen=True, slots=True)
class ChosenValue:
    """A value and its source."""

    value: SettingValue
    origin: str
    """``--runreel-mode``, ``RUNREEL_MODE``, ``runreel_mode``, ``default`` …"""
    for_this_run: bool
    """True if the value is from the command line or the environment, and so meant for this run."""


@dataclass(frozen=True, slots=True)
class ItemSettings:
    """The effective settings of one test."""

    mode: str
    """``replay``, ``record``, ``auto``, ``passthrough`` or ``once``."""
    upstream: str
    on_unplayed: str
    on_unused: str
    block_network: bool
    allowed_hosts: tuple[str, ...]


class SuiteSettings:
    """The settings of a suite."""

    def __init__(self, sources: SettingSources) -> None:
        """Raise ``UsageError`` if an option has an invalid value."""
        self._values = {option.name: _choose_value(option, sources) for option in OPTIONS}
        if not all(map(is_portable, self.folder.split("/"))):
            raise UsageError(f"{DIR.ini} must be a folder such as cassettes, not {self.folder!r}")
        _check_env(self.env)
        self._in_ci = sources.environment.get("CI", "").lower() not in _FALSE_WORDS

    @property
    def folder(self) -> str:
        """Cassette folder, relative to the folder of a test file."""
        return str(self._get_value(DIR))

    @property
    def upstream(self) -> str:
        """Base URL of the real API; empty if the suite does not set it."""
        return str(self._get_value(UPSTREAM))

    @property
    def env(self) -> tuple[str, ...]:
        """Variables to set in addition to those of all suites, as in the setting ``env``."""
        return _to_tuple(self._get_value(ENV))

    def build_item_settings(self, arguments: MarkerArguments) -> ItemSettings:
        """Return the settings of a test with these marker arguments."""
        blocks, hosts = arguments.block_network, arguments.allowed_hosts
        return ItemSettings(
            mode=self.choose_mode(arguments.mode)[0],
            upstream=arguments.upstream or self.upstream,
            on_unplayed=arguments.on_unplayed or str(self._get_value(ON_UNPLAYED)),
            on_unused=arguments.on_unused or str(self._get_value(ON_UNUSED)),
            block_network=blocks if blocks is not None else bool(self._get_value(BLOCK_NETWORK)),
            allowed_hosts=hosts if hosts is not None else _to_tuple(self._get_value(ALLOWED_HOSTS)),
        )

    def _get_value(self, option: Option) -> SettingValue:
        return self._values[option.name].value

    def choose_mode(self, marker_mode: str | None = None) -> tuple[str, str]:
        """Return the mode of a test and the source of the mode.

        ``marker_mode`` is the argument of the test's marker.
        """
        chosen = self._values[MODE.name]
        mode = MODES[str(chosen.value)]
        is_explicit = chosen.for_this_run
        if self._in_ci and (not is_explicit or mode == REPLAY):
            return REPLAY, chosen.origin if is_explicit else "CI is set"
        if marker_mode is not None:
            return MODES[marker_mode], "its marker"
        return mode, chosen.origin


def needs_no_key(mode: str, upstream: str) -> bool:
    """Return whether no API elsewhere gets the key of a client."""
    host = urlsplit(upstream).hostname
    return mode == REPLAY or (host is not None and is_loopback_host(host))


def _choose_value(option: Option, sources: SettingSources) -> ChosenValue:
    chosen = next(_iter_values(option, sources), ChosenValue(option.default, "default", False))
    if option.choices and chosen.value not in option.choices:
        choices = ", ".join(option.choices)
        raise UsageError(f"{chosen.origin} must be one of {choices}, not {chosen.value!r}")
    return chosen


def _iter_values(option: Option, sources: SettingSources) -> Iterator[ChosenValue]:
    """Yield the values of an option from all sources, in order of precedence."""
    value = sources.command_line.get(option.name)
    if value is not None:
        yield ChosenValue(value, option.flag, True)
    if option is MODE and sources.record_mode is not None:
        yield ChosenValue(sources.record_mode, "--record-mode", True)
    value = sources.environment.get(option.variable) if option.variable else None
    if value:
        yield ChosenValue(value, option.variable, True)
    value = sources.ini.get(option.name)
    if value or value is False:
        yield ChosenValue(value, option.ini, False)


def _check_env(entries: Sequence[str]) -> None:
    for entry in entries:
        if not re.fullmatch(ENV_PATTERN, entry):
            raise UsageError(f"{ENV.ini} must be variables such as MY_API_URL=/v1, not {entry!r}")


def _to_tuple(value: SettingValue) -> tuple[str, ...]:
    return () if isinstance(value, (str, bool)) else tuple(value)
