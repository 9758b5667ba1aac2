"""Where a suite says how it is replayed: the command line, the environment, pytest's ini file.

A marker's argument goes before all of them. Imported by every pytest run of an environment that has
runreel, so it imports nothing that pytest has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

NAME = "runreel"
"""Of the fixture, and of the marker."""

IniType: TypeAlias = Literal["string", "bool", "args"]

MODES: Mapping[str, str] = {
    "replay": "replay",
    "record": "record",
    "auto": "auto",
    "passthrough": "passthrough",
    "none": "replay",
    "all": "record",
    "rewrite": "record",
    "new_episodes": "auto",
    "once": "once",
}
"""The modes by every name that they have; the later ones are VCR's."""

ON_UNPLAYED_CHOICES = ("ignore", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a suite."""

    name: str
    """``mode``: in ini files ``runreel_mode``, on the command line ``--runreel-mode``."""
    default: str | bool
    help: str
    type: IniType = "string"
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    variable: str = ""
    """Its name in the environment, where it is a setting of the command line as well."""
    on_command_line: bool = True

    @property
    def ini(self) -> str:
        """Its name in an ini file, and where pytest keeps the command line's value."""
        return f"runreel_{self.name}"

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--runreel-{self.name.replace('_', '-')}"


MODE = Option(
    "mode",
    "replay",
    "how tests that use runreel run: replay, record, auto, passthrough; or as VCR calls them: "
    "none, all, new_episodes, once (default: replay)",
    choices=tuple(MODES),
    metavar="MODE",
    variable="RUNREEL_MODE",
)
UPSTREAM = Option(
    "upstream",
    "",
    "the real API, for all modes but replay",
    metavar="URL",
    variable="RUNREEL_UPSTREAM",
)
ON_UNPLAYED = Option(
    "on_unplayed",
    "ignore",
    "what becomes of a test that leaves recorded exchanges unplayed: ignore, warn, fail",
    choices=ON_UNPLAYED_CHOICES,
    metavar="WHAT",
    variable="RUNREEL_REPLAY_ON_UNPLAYED",
)
BLOCK_NETWORK = Option(
    "block_network",
    False,
    "fail a replayed test that connects to anything but this machine",
    type="bool",
)
ALLOWED_HOSTS = Option(
    "allowed_hosts",
    "",
    "hosts that block_network lets through, besides this machine",
    type="args",
    on_command_line=False,
)
DIR = Option(
    "dir",
    "cassettes",
    "the folder of cassettes, beside each test file (default: cassettes)",
    on_command_line=False,
)

OPTIONS = (MODE, UPSTREAM, ON_UNPLAYED, BLOCK_NETWORK, ALLOWED_HOSTS, DIR)
CHECK_ORPHANS = "--runreel-check-orphans"
