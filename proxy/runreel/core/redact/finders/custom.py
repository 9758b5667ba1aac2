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

_NAMES = {rule.name for rule in RULES}
_NAMED = re.compile(r"([a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*)[ ]*:[ ]*(.+)", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BEYOND_RE2 = (
    (re.compile(r"\(\?(?:[=!]|<[=!])"), "RE2 has no lookaround: take in what must stand beside it"),
    (re.compile(r"\\[1-9]|\(\?P="), "RE2 has no backreference"),
)
_SHORTEST = 3

Setting = tuple[str, ...]


def active_rules(settings: RedactSettings) -> tuple[Rule, ...]:
    """The rules in force; raises ConfigError with every mistake in the settings."""
    _refuse_mistakes(settings)
    off = set(settings.off)
    kept = (rule for rule in RULES if rule.name not in off and rule.group not in off)
    return (*kept, *_custom(settings, off))


def json_paths(settings: RedactSettings) -> tuple[JsonPath, ...]:
    """The places in JSON bodies whose values are redacted; raises ConfigError as above."""
    _refuse_mistakes(settings)
    return tuple(map(JsonPath.parse, settings.paths))


def _refuse_mistakes(settings: RedactSettings) -> None:
    problems = [
        f"runreel.{name}: {problem}"
        for name, check in CHECKS.items()
        for problem in check(getattr(settings, name.rpartition(".")[2]))
    ]
    if problems:
        raise ConfigError(tuple(problems))


def _custom(settings: RedactSettings, off: set[str]) -> Iterator[Rule]:
    if "custom" in off:
        return
    for entry in settings.patterns:
        name, pattern = _name_and_pattern(entry)
        yield Rule(name, "custom", (), pattern.encode())
    if settings.literals:
        yield _literals(settings.literals)


def _literals(words: Iterable[str]) -> Rule:
    """One rule for all of them, the longest first, so that none hides a longer one."""
    encoded = sorted((word.encode() for word in words), key=len, reverse=True)
    choices = b"|".join(map(_in_any_case, encoded))
    return Rule("literal", "custom", tuple(word.lower() for word in encoded), choices)


def _in_any_case(word: bytes) -> bytes:
    """The word as a pattern that leaves the case of its ASCII letters open."""
    return re.sub(
        rb"[A-Za-z]",
        lambda letter: b"[%b%b]" % (letter[0].upper(), letter[0].lower()),
        re.escape(word),
    )


def _name_and_pattern(entry: str) -> tuple[str, str]:
    match = _NAMED.fullmatch(entry)
    if match is None:
        raise ValueError('must be written "name: pattern", as in "ticket: ACME-[0-9]{6}"')
    return match[1], match[2]


def _wrong_patterns(entries: Setting) -> Iterator[str]:
    taken = {*_NAMES, *GROUPS, "literal"}
    for number, entry in enumerate(entries, start=1):
        try:
            name, pattern = _name_and_pattern(entry)
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
        reasons = (why for sign, why in _BEYOND_RE2 if sign.search(pattern))
        raise ValueError(next(reasons, "is no regular expression (RE2's syntax)")) from None
    if next(compiled.finditer(b""), None):
        raise ValueError("matches the empty text, and so everywhere")


def _wrong_paths(entries: Setting) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        try:
            JsonPath.parse(entry)
        except ValueError as error:
            yield f"entry {number}: {error}"


def _wrong_literals(entries: Setting) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        if len(entry) < _SHORTEST:
            yield f"entry {number}: must have at least {_SHORTEST} characters"


def _wrong_variables(entries: Setting) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        if not _VARIABLE.fullmatch(entry):
            yield f"entry {number}: must be the name of an environment variable, not its value"


def _wrong_names(entries: Setting) -> Iterator[str]:
    known = {*_NAMES, *GROUPS}
    for number, entry in enumerate(entries, start=1):
        if entry not in known:
            nearest = get_close_matches(entry, sorted(known), n=1)
            hint = f'; did you mean "{nearest[0]}"?' if nearest else '; see "runreel rules"'
            yield f"entry {number}: there is no rule and no group of this name{hint}"


CHECKS: Mapping[str, Callable[[Setting], Iterator[str]]] = {
    "redact.paths": _wrong_paths,
    "redact.patterns": _wrong_patterns,
    "redact.literals": _wrong_literals,
    "redact.environment": _wrong_variables,
    "redact.off": _wrong_names,
}
"""What is wrong with the value of a setting, each mistake in words, by the setting's name."""
