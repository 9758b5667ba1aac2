"""The settings: types, defaults, and the merging of several sources into one configuration.

This package is pure: files and the environment are read by ``runreel.shell.process.settings``.
"""

from runreel.config.layers import (
    SETTINGS,
    EffectiveConfig,
    Layer,
    Setting,
    build_command_line_layer,
    build_environment_layer,
    build_file_layer,
    overlay,
    parse_config,
)
from runreel.config.lines import find_lines
from runreel.config.modes import resolve_mode
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
from runreel.config.session_request import SESSION_MEMBERS, SessionRequest, parse_session_request
from runreel.config.values import Address, Count, FileMode, Size, Speed, UpstreamUrl

__all__ = [
    "SESSION_MEMBERS",
    "SETTINGS",
    "Address",
    "CassetteSettings",
    "Config",
    "Count",
    "EffectiveConfig",
    "FileMode",
    "Layer",
    "Limits",
    "LogSettings",
    "MatchSettings",
    "ModeName",
    "RedactSettings",
    "ReplaySettings",
    "SessionRequest",
    "Setting",
    "Size",
    "Speed",
    "UpstreamUrl",
    "build_command_line_layer",
    "build_environment_layer",
    "build_file_layer",
    "find_lines",
    "overlay",
    "parse_config",
    "parse_session_request",
    "resolve_mode",
]
