"""The settings of a suite, with their names on the command line, in the environment and ini file.

Every pytest run of an environment that has runreel imports this module, so it imports only modules
that pytest has loaded already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

NAME = "runreel"
"""Name of the fixture and of the marker."""

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
"""The modes by all their names: runreel's own, and those of VCR."""

ON_UNPLAYED_CHOICES = ("ignore", "warn", "fail")
ON_UNUSED_CHOICES = ("ignore", "warn", "fail")
ORDERS = ("causal", "any", "strict")


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a suite."""

    name: str
    """``mode`` is ``runreel_mode`` in ini files, and ``--runreel-mode`` on the command line."""
    default: str | bool
    help: str
    type: IniType = "string"
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    variable: str = ""
    """Its environment variable, shared with the ``runreel`` command; empty if there is none."""
    on_command_line: bool = True

    @property
    def ini(self) -> str:
        """Name in an ini file, and of the attribute with the command-line value."""
        return f"runreel_{self.name}"

    @property
    def flag(self) -> str:
        """Name on the command line."""
        return f"--runreel-{self.name.replace('_', '-')}"


MODE = Option(
    "mode",
    "replay",
    "mode of tests that use runreel: replay, record, auto, once, passthrough; or their names in "
    "VCR: none, all, new_episodes, rewrite (default: replay)",
    choices=tuple(MODES),
    metavar="MODE",
    variable="RUNREEL_MODE",
)
UPSTREAM = Option(
    "upstream",
    "",
    "base URL of the real API, for all modes except replay",
    metavar="URL",
    variable="RUNREEL_UPSTREAM",
)
ON_UNPLAYED = Option(
    "on_unplayed",
    "ignore",
    "if a test does not play all recorded exchanges: ignore, warn or fail (default: ignore)",
    choices=ON_UNPLAYED_CHOICES,
    metavar="WHAT",
    variable="RUNREEL_REPLAY_ON_UNPLAYED",
)
ON_UNUSED = Option(
    "on_unused",
    "warn",
    "if a test sends no request: ignore it, warn at the end of the run, or fail the test "
    "(default: warn)",
    choices=ON_UNUSED_CHOICES,
    metavar="WHAT",
    variable="RUNREEL_ON_UNUSED",
)
ENV = Option(
    "env",
    "",
    "variables to set in addition to those of docs/clients.md: NAME=/path; NAME is not set",
    type="args",
    on_command_line=False,
)
BLOCK_NETWORK = Option(
    "block_network",
    True,
    "fail a replayed test that connects to another machine (the default)",
    type="bool",
)
ALLOWED_HOSTS = Option(
    "allowed_hosts",
    "",
    "hosts that block_network allows, besides this machine",
    type="args",
    on_command_line=False,
)
DIR = Option(
    "dir",
    "cassettes",
    "name of the cassette folder beside each test file (default: cassettes)",
    on_command_line=False,
)

OPTIONS = (MODE, UPSTREAM, ON_UNPLAYED, ON_UNUSED, BLOCK_NETWORK, ALLOWED_HOSTS, ENV, DIR)
ALLOW_NETWORK = "--runreel-allow-network"
CHECK_ORPHANS = "--runreel-check-orphans"
