"""Which setting holds for a test: its marker's, else the suite's.

The order is: marker, command line, environment, ini file, default. Where ``CI`` is set, every test
is replayed, unless the command line or the environment asks for another mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runreel.errors import UsageError
from runreel.pytest_plugin.marker import Marked
from runreel.pytest_plugin.names import is_plain
from runreel.pytest_plugin.options import (
    ALLOWED_HOSTS,
    BLOCK_NETWORK,
    DIR,
    MODE,
    MODES,
    OPTIONS,
    UNPLAYED,
    UPSTREAM,
    Option,
)

Value: TypeAlias = "str | bool | Sequence[str]"

REPLAY = "replay"
RECORD = "record"
_NO = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Given:
    """What a suite says, by option name; what a source does not say is None or not in it."""

    command_line: Mapping[str, Value | None]
    environment: Mapping[str, str]
    """All of it: ``CI`` counts too."""
    ini: Mapping[str, Value | None]
    record_mode: str | None = None
    """``--record-mode``, as pytest-recording or pytest-vcr has read it: one of ``MODES``."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value, and who says so."""

    value: Value
    origin: str
    """``--runreel-mode``, ``RUNREEL_MODE``, ``runreel_mode``, ``default`` …"""
    for_this_run: bool
    """Whether the command line or the environment says so: somebody wants it now."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for one test."""

    mode: str
    """``replay``, ``record``, ``auto``, ``passthrough`` or ``once``."""
    upstream: str
    on_unplayed: str
    block_network: bool
    allowed_hosts: tuple[str, ...]


class Suite:
    """The settings of a suite."""

    def __init__(self, given: Given) -> None:
        """Raises ``UsageError`` if a value is none that its option takes."""
        self._chosen = {option.name: _chosen(option, given) for option in OPTIONS}
        if not all(map(is_plain, self.folder.split("/"))):
            raise UsageError(f"{DIR.ini} must be a folder such as cassettes, not {self.folder!r}")
        self._in_ci = given.environment.get("CI", "").lower() not in _NO

    @property
    def folder(self) -> str:
        """The folder of cassettes, as a path from a test file's folder."""
        return str(self._value(DIR))

    def for_test(self, marked: Marked) -> Settings:
        """The settings of a test whose markers say ``marked``."""
        blocks, hosts = marked.block_network, marked.allowed_hosts
        return Settings(
            mode=self.mode(marked.mode)[0],
            upstream=marked.upstream or str(self._value(UPSTREAM)),
            on_unplayed=marked.on_unplayed or str(self._value(UNPLAYED)),
            block_network=blocks if blocks is not None else bool(self._value(BLOCK_NETWORK)),
            allowed_hosts=hosts if hosts is not None else _words(self._value(ALLOWED_HOSTS)),
        )

    def _value(self, option: Option) -> Value:
        return self._chosen[option.name].value

    def mode(self, marked: str | None = None) -> tuple[str, str]:
        """The mode of a test, and who says so; ``marked`` is what its marker says."""
        chosen = self._chosen[MODE.name]
        mode = MODES[str(chosen.value)]
        asked = chosen.for_this_run
        if self._in_ci and (not asked or mode == REPLAY):
            return REPLAY, chosen.origin if asked else "CI is set"
        if marked is not None:
            return MODES[marked], "its marker"
        return mode, chosen.origin


def _chosen(option: Option, given: Given) -> Chosen:
    chosen = next(_said(option, given), Chosen(option.default, "default", False))
    if option.choices and chosen.value not in option.choices:
        known = ", ".join(option.choices)
        raise UsageError(f"{chosen.origin} must be one of {known}, not {chosen.value!r}")
    return chosen


def _said(option: Option, given: Given) -> Iterator[Chosen]:
    """What the sources say, the first to be heeded first."""
    value = given.command_line.get(option.name)
    if value is not None:
        yield Chosen(value, option.flag, True)
    if option is MODE and given.record_mode is not None:
        yield Chosen(given.record_mode, "--record-mode", True)
    value = given.environment.get(option.variable) if option.variable else None
    if value:
        yield Chosen(value, option.variable, True)
    value = given.ini.get(option.name)
    if value:
        yield Chosen(value, option.ini, False)


def _words(value: Value) -> tuple[str, ...]:
    return () if isinstance(value, (str, bool)) else tuple(value)
