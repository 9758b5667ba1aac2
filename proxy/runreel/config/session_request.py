"""What a session is ordered with: a small document, laid over the server's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runreel.config.layers import Layer, LayerEntry, format_hint, overlay
from runreel.config.schema import Config
from runreel.errors import ConfigError

SETTING_NAMES: Mapping[str, str] = {
    "mode": "mode",
    "upstream": "upstream",
    "record_errors": "record_errors",
    "speed": "replay.speed",
    "strict": "replay.strict",
    "shorten_waits": "replay.shorten_waits",
    "restore": "replay.restore",
    "ignore": "match.ignore",
    "match_headers": "match.headers",
    "on_miss": "replay.on_miss",
    "on_unplayed": "replay.on_unplayed",
}
"""The members that are settings, under the names that they have in an order."""

_TEXTS = ("name", "cassette")
_FLAGS = ("append", "may_be_missing")
SESSION_MEMBERS = (*_TEXTS, *_FLAGS, *SETTING_NAMES)


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A session to be made."""

    name: str
    """Empty: whoever makes it finds one."""
    cassette: str
    """Its cassette's name in the folder of cassettes."""
    append: bool | None
    """None: it is not said."""
    may_be_missing: bool
    """Whether a replay of no cassette is one of an empty one."""
    config: Config
    """``config.mode`` is its mode."""


def parse_session_request(document: Mapping[str, Any], base: Config) -> SessionRequest:
    """Read an order; what it leaves out is as in ``base``.

    Raises ``ConfigError`` with every mistake in it.
    """
    own = {name: value for name, value in document.items() if name not in SETTING_NAMES}
    problems = [*_find_unknown_members(own), *_find_problems(own)]
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
    name = str(own.get("name", ""))
    return SessionRequest(
        name,
        str(own.get("cassette", name)),
        own.get("append"),
        own.get("may_be_missing") is True,
        config,
    )


def _find_unknown_members(own: Mapping[str, object]) -> list[str]:
    known = (*_TEXTS, *_FLAGS)
    return [
        f"{name[:100]}: unknown member{format_hint(name[:100], SESSION_MEMBERS)}"
        for name in own
        if name not in known
    ]


def _find_problems(own: Mapping[str, object]) -> list[str]:
    problems = [
        f"{name}: must be text that is not empty"
        for name in _TEXTS
        if name in own and (not isinstance(own[name], str) or not own[name])
    ]
    problems += [
        f"{name}: must be true or false"
        for name in _FLAGS
        if name in own and not isinstance(own[name], bool)
    ]
    if not any(name in own for name in _TEXTS):
        problems.append("cassette: is missing; name the cassette, or the session after it")
    return problems


def _build_entry(name: str, value: object, base: Config) -> LayerEntry:
    if name == "ignore" and isinstance(value, list):
        value = [*value, *map(str, base.match.ignore)]  # what never counts, counts here neither
    return LayerEntry(tuple(SETTING_NAMES[name].split(".")), value, name, name)
