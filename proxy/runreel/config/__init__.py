"""The settings: what there is, what each may be, and how several sources make one configuration.

Pure: files and the environment are read in ``runreel.shell.process.settings``.
"""

from runreel.config.layers import (
    SETTINGS,
    Layer,
    Setting,
    Settings,
    command_line_layer,
    environment_layer,
    file_layer,
    overlay,
    parse,
)
from runreel.config.lines import lines_of
from runreel.config.modes import mode_of
from runreel.config.schema import (
    CassetteSettings,
    Config,
    Limits,
    LogSettings,
    MatchSettings,
    ModeName,
    RedactSettings,
    ReplaySettings,
)
from runreel.config.session_request import MEMBERS, Order, parse_order
from runreel.config.values import Address, FileMode, Size, Speed, Upstream

__all__ = [
    "MEMBERS",
    "SETTINGS",
    "Address",
    "CassetteSettings",
    "Config",
    "FileMode",
    "Layer",
    "Limits",
    "LogSettings",
    "MatchSettings",
    "ModeName",
    "Order",
    "RedactSettings",
    "ReplaySettings",
    "Setting",
    "Settings",
    "Size",
    "Speed",
    "Upstream",
    "command_line_layer",
    "environment_layer",
    "file_layer",
    "lines_of",
    "mode_of",
    "overlay",
    "parse",
    "parse_order",
]
