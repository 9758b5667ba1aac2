"""Users' rules: the settings of ``[runreel.redact]`` that add rules and switch rules off.

Each pattern becomes a rule of its own name; all literals together are one rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from runreel.config import RedactSettings
from runreel.config.layers import format_hint
from runreel.core.jsonpath import JsonPath
from runreel.core.redact.rules import GROUPS, RULES, Rule
from runreel.core.redact.search.user_pattern import compile_user_pattern
from runreel.core.regex.lazy_pattern import compile_later
from runreel.errors import ConfigError

_RULE_NAMES = {rule.name for rule in RULES}
_ENTRY = compile_later(r"([a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*)[ ]*:[ ]*(.+)", re.DOTALL)
_VARIABLE = compile_later(r"[A-Za-z_][A-Za-z0-9_]*")
_INSTEAD_OF_LOOKAROUND = "match the context as well, and put the secret in a group"
_MIN_LENGTH = 3
"""Characters of a literal."""

SettingEntries = tuple[str, ...]
"""The value of a setting: a list of texts."""


def build_active_rules(settings: RedactSettings) -> tuple[Rule, ...]:
    """Return the built-in rules that are not switched off, and the user's rules.

    Raises ``ConfigError`` with all mistakes in the settings.
    """
    _raise_if_invalid(settings)
    off = set(settings.off)
    built_in = (rule for rule in RULES if rule.name not in off and rule.group not in off)
    return (*built_in, *_iter_custom_rules(settings, off))


def parse_json_paths(settings: RedactSettings) -> tuple[JsonPath, ...]:
    """Return the paths of JSON values to redact.

    Raises ``ConfigError`` with all mistakes in the settings.
    """
    _raise_if_invalid(settings)
    return tuple(map(JsonPath.parse, settings.paths))


def _raise_if_invalid(settings: RedactSettings) -> None:
    """Raise ``ConfigError`` with all mistakes in the settings, if there are any."""
    problems = [
        f"runreel.{name}: {problem}"
        for name, check in CHECKS.items()
        for problem in check(getattr(settings, name.rpartition(".")[2]))
    ]
    if problems:
        raise ConfigError(tuple(problems))


def _iter_custom_rules(settings: RedactSettings, off: set[str]) -> Iterator[Rule]:
    """Yield a rule for each pattern, and one for all literals, unless their group is off."""
    if "custom" in off:
        return
    for entry in settings.patterns:
        name, pattern = _parse_entry(entry)
        yield Rule(name, "custom", (), pattern.encode())
    if settings.literals:
        yield _build_literal_rule(settings.literals)


def _build_literal_rule(words: Iterable[str]) -> Rule:
    """Return one rule for all the words, the longest first, so that none hides a longer one."""
    encoded = sorted((word.encode() for word in words), key=len, reverse=True)
    choices = b"|".join(map(_ignore_case, encoded))
    return Rule("literal", "custom", tuple(word.lower() for word in encoded), choices)


def _ignore_case(word: bytes) -> bytes:
    """Return a pattern of the word that matches its ASCII letters in either case."""
    return re.sub(
        rb"[A-Za-z]",
        lambda letter: b"[%b%b]" % (letter[0].upper(), letter[0].lower()),
        re.escape(word),
    )


def _parse_entry(entry: str) -> tuple[str, str]:
    """Split an entry into name and pattern; raise ValueError if it has another form."""
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise ValueError(
            'must have the form "name: pattern", as in "ticket: ACME-[0-9]{6}";'
            " names consist of lower-case letters, digits and hyphens"
        )
    return match[1], match[2]


def _iter_pattern_problems(entries: SettingEntries) -> Iterator[str]:
    """Yield a message for each entry whose pattern or name cannot be used."""
    used_names = {*_RULE_NAMES, *GROUPS, "literal"}
    for number, entry in enumerate(entries, start=1):
        try:
            name, pattern = _parse_entry(entry)
            compile_user_pattern(pattern, instead_of_lookaround=_INSTEAD_OF_LOOKAROUND)
        except ValueError as error:
            yield f"entry {number}: {error}"
            continue
        if name in used_names:
            yield f'entry {number}: "{name}" is already the name of a rule or group'
        used_names.add(name)


def _iter_path_problems(entries: SettingEntries) -> Iterator[str]:
    """Yield a message for each entry that is not a JSON path."""
    for number, entry in enumerate(entries, start=1):
        try:
            JsonPath.parse(entry)
        except ValueError as error:
            yield f"entry {number}: {error}"


def _iter_literal_problems(entries: SettingEntries) -> Iterator[str]:
    """Yield a message for each entry that is too short: it would occur in ordinary words."""
    for number, entry in enumerate(entries, start=1):
        if len(entry) < _MIN_LENGTH:
            yield f"entry {number}: must have at least {_MIN_LENGTH} characters"


def _iter_variable_problems(entries: SettingEntries) -> Iterator[str]:
    """Yield a message for each entry that cannot be the name of an environment variable."""
    for number, entry in enumerate(entries, start=1):
        if not _VARIABLE.fullmatch(entry):
            yield f"entry {number}: must be the name of an environment variable, not its value"


def _iter_name_problems(entries: SettingEntries) -> Iterator[str]:
    """Yield a message for each entry that names neither a rule nor a group."""
    known = {*_RULE_NAMES, *GROUPS}
    for number, entry in enumerate(entries, start=1):
        if entry not in known:
            hint = format_hint(entry, known) or '; see "runreel rules"'
            yield f"entry {number}: no rule or group has this name{hint}"


CHECKS: Mapping[str, Callable[[SettingEntries], Iterator[str]]] = {
    "redact.paths": _iter_path_problems,
    "redact.patterns": _iter_pattern_problems,
    "redact.literals": _iter_literal_problems,
    "redact.environment": _iter_variable_problems,
    "redact.off": _iter_name_problems,
}
"""Checks of the settings by their names; each yields a message per mistake."""
