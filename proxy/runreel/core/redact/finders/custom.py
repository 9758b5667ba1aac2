"""What users add to the rules and switch off, in ``[runreel.redact]``.

A pattern becomes a rule under its own name; all literals are one rule. Patterns are for RE2 alone:
``re`` could search for hours with a pattern that nobody has looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches

from runreel.config import RedactSettings
from runreel.core.jsonpath import JsonPath
from runreel.core.redact.rules import GROUPS, RULES, Rule
from runreel.core.redact.search.engine import RE2
from runreel.errors import ConfigError

_RULE_NAMES = {rule.name for rule in RULES}
_ENTRY = re.compile(r"([a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*)[ ]*:[ ]*(.+)", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSUPPORTED_BY_RE2 = (
    (re.compile(r"\(\?(?:[=!]|<[=!])"), "RE2 has no lookaround: take in what must stand beside it"),
    (re.compile(r"\\[1-9]|\(\?P="), "RE2 has no backreference"),
)
_MIN_LENGTH = 3

SettingEntries = tuple[str, ...]


def build_active_rules(settings: RedactSettings) -> tuple[Rule, ...]:
    """The rules in force; raises ConfigError with every mistake in the settings."""
    _raise_if_invalid(settings)
    off = set(settings.off)
    kept = (rule for rule in RULES if rule.name not in off and rule.group not in off)
    return (*kept, *_iter_custom_rules(settings, off))


def parse_json_paths(settings: RedactSettings) -> tuple[JsonPath, ...]:
    """The places in JSON bodies whose values are redacted; raises ConfigError as above."""
    _raise_if_invalid(settings)
    return tuple(map(JsonPath.parse, settings.paths))


def _raise_if_invalid(settings: RedactSettings) -> None:
    problems = [
        f"runreel.{name}: {problem}"
        for name, check in CHECKS.items()
        for problem in check(getattr(settings, name.rpartition(".")[2]))
    ]
    if problems:
        raise ConfigError(tuple(problems))


def _iter_custom_rules(settings: RedactSettings, off: set[str]) -> Iterator[Rule]:
    if "custom" in off:
        return
    for entry in settings.patterns:
        name, pattern = _parse_entry(entry)
        yield Rule(name, "custom", (), pattern.encode())
    if settings.literals:
        yield _build_literal_rule(settings.literals)


def _build_literal_rule(words: Iterable[str]) -> Rule:
    """One rule for all of them, the longest first, so that none hides a longer one."""
    encoded = sorted((word.encode() for word in words), key=len, reverse=True)
    choices = b"|".join(map(_ignore_case, encoded))
    return Rule("literal", "custom", tuple(word.lower() for word in encoded), choices)


def _ignore_case(word: bytes) -> bytes:
    """The word as a pattern that leaves the case of its ASCII letters open."""
    return re.sub(
        rb"[A-Za-z]",
        lambda letter: b"[%b%b]" % (letter[0].upper(), letter[0].lower()),
        re.escape(word),
    )


def _parse_entry(entry: str) -> tuple[str, str]:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise ValueError('must be written "name: pattern", as in "ticket: ACME-[0-9]{6}"')
    return match[1], match[2]


def _iter_pattern_problems(entries: SettingEntries) -> Iterator[str]:
    taken = {*_RULE_NAMES, *GROUPS, "literal"}
    for number, entry in enumerate(entries, start=1):
        try:
            name, pattern = _parse_entry(entry)
            _check_pattern(pattern)
        except ValueError as error:
            yield f"entry {number}: {error}"
            continue
        if name in taken:
            yield f'entry {number}: "{name}" is the name of another rule'
        taken.add(name)


def _check_pattern(pattern: str) -> None:
    """Raise ValueError with what is wrong, without a word of the pattern: it may hold a secret."""
    if RE2 is None:
        raise ValueError("patterns need google-re2, which is not installed: use literals or paths")
    try:
        compiled = RE2.compile_text(pattern.encode())
    except ValueError:
        reasons = (why for sign, why in _UNSUPPORTED_BY_RE2 if sign.search(pattern))
        raise ValueError(next(reasons, "is no regular expression (RE2's syntax)")) from None
    if next(compiled.finditer(b""), None):
        raise ValueError("matches the empty text, and so everywhere")


def _iter_path_problems(entries: SettingEntries) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        try:
            JsonPath.parse(entry)
        except ValueError as error:
            yield f"entry {number}: {error}"


def _iter_literal_problems(entries: SettingEntries) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        if len(entry) < _MIN_LENGTH:
            yield f"entry {number}: must have at least {_MIN_LENGTH} characters"


def _iter_variable_problems(entries: SettingEntries) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        if not _VARIABLE.fullmatch(entry):
            yield f"entry {number}: must be the name of an environment variable, not its value"


def _iter_name_problems(entries: SettingEntries) -> Iterator[str]:
    known = {*_RULE_NAMES, *GROUPS}
    for number, entry in enumerate(entries, start=1):
        if entry not in known:
            nearest = get_close_matches(entry, sorted(known), n=1)
            hint = f'; did you mean "{nearest[0]}"?' if nearest else '; see "runreel rules"'
            yield f"entry {number}: there is no rule and no group of this name{hint}"


CHECKS: Mapping[str, Callable[[SettingEntries], Iterator[str]]] = {
    "redact.paths": _iter_path_problems,
    "redact.patterns": _iter_pattern_problems,
    "redact.literals": _iter_literal_problems,
    "redact.environment": _iter_variable_problems,
    "redact.off": _iter_name_problems,
}
"""What is wrong with the value of a setting, each mistake in words, by the setting's name."""
