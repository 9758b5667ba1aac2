"""The body of ``POST /-/sessions``: settings for a new session, laid over those of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from runreel.config.layers import Layer, LayerEntry, format_hint, overlay
from runreel.config.schema import Config
from runreel.errors import ConfigError

SETTING_NAMES: Mapping[str, str] = {
    "mode": "mode",
    "upstream": "upstream",
    "record_errors": "record_errors",
    "rewrite_bodies": "rewrite_bodies",
    "speed": "replay.speed",
    "strict": "replay.strict",
    "shorten_waits": "replay.shorten_waits",
    "restore": "replay.restore",
    "ignore": "match.ignore",
    "match_headers": "match.headers",
    "bind": "match.bind",
    "order": "match.order",
    "volatile": "match.volatile",
    "patterns": "match.patterns",
    "on_miss": "replay.on_miss",
    "on_unplayed": "replay.on_unplayed",
    "on_unused": "on_unused",
}
"""Names of the settings that a request may change, by the name of its member."""

_ADDED_TO = ("ignore", "bind", "volatile", "patterns")
"""Members whose lists are added to those of the server."""
_TEXTS = ("name", "cassette", "record_command")
_FLAGS = ("append", "may_be_missing", "default")
SESSION_MEMBERS = (*_TEXTS, *_FLAGS, *SETTING_NAMES)


class SessionRequest(Struct, frozen=True):
    """The session to create."""

    name: str
    """Name of the session; if empty, the server chooses one."""
    cassette: str
    """Name of its cassette in the folder of cassettes."""
    append: bool | None
    """True to add to a cassette, False to replace it, None for the default."""
    may_be_missing: bool
    """True to treat a missing cassette as empty in replay."""
    config: Config
    """Settings of the session, including its mode."""
    record_command: str = ""
    """Command that records the cassette again, which a miss names; empty: the usual one."""
    is_default: bool = False
    """True if requests that name no session belong to this one, as long as it is open."""


def parse_session_request(document: Mapping[str, Any], base: Config) -> SessionRequest:
    """Parse the document; settings that it does not contain are taken from ``base``.

    Raise ``ConfigError`` that lists every problem in it.
    """
    members = {name: value for name, value in document.items() if name not in SETTING_NAMES}
    problems = [*_find_unknown_members(members), *_find_problems(members)]
    layer = Layer(
        tuple(
            _build_entry(name, document[name], base) for name in SETTING_NAMES if name in document
        )
    )
    try:
        config = overlay([layer], base=base).config
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(tuple(problems))
    name = str(members.get("name", ""))
    return SessionRequest(
        name,
        str(members.get("cassette", name)),
        members.get("append"),
        members.get("may_be_missing") is True,
        config,
        str(members.get("record_command", "")),
        members.get("default") is True,
    )


def _find_unknown_members(members: Mapping[str, object]) -> list[str]:
    known = (*_TEXTS, *_FLAGS)
    return [
        f"{name[:100]}: unknown member{format_hint(name[:100], SESSION_MEMBERS)}"
        for name in members
        if name not in known
    ]


def _find_problems(members: Mapping[str, object]) -> list[str]:
    problems = [
        f"{name}: must be text, and not empty"
        for name in _TEXTS
        if name in members and (not isinstance(members[name], str) or not members[name])
    ]
    problems += [
        f"{name}: must be true or false"
        for name in _FLAGS
        if name in members and not isinstance(members[name], bool)
    ]
    if not any(name in members for name in ("name", "cassette")):
        problems.append("cassette: is missing; give the name of the cassette or of the session")
    return problems


def _build_entry(name: str, value: object, base: Config) -> LayerEntry:
    if name in _ADDED_TO and isinstance(value, list):
        value = [*value, *getattr(base.match, name)]
    return LayerEntry(tuple(SETTING_NAMES[name].split(".")), value, name, name)
