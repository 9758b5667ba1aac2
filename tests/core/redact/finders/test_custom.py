from __future__ import annotations

import pytest

from runreel.config import RedactSettings
from runreel.core.redact.finders.custom import build_active_rules, parse_json_paths
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules import RULES
from runreel.core.redact.search import user_pattern
from runreel.core.redact.search.engine import STANDARD
from runreel.errors import ConfigError

CANARY = "canary9x7"


def find_secrets(text: str, **settings: tuple[str, ...]) -> set[tuple[str, str]]:
    data = text.encode()
    detections = Detector(build_active_rules(RedactSettings(**settings))).find(data)
    return {(data[each.start : each.end].decode(), each.rule.name) for each in detections}


def test_without_settings_the_rules_are_the_built_in_ones() -> None:
    assert build_active_rules(RedactSettings()) == RULES


ADDED = [
    ("a pattern", {"patterns": ("ticket: T-[0-9]+",)}, "see T-12", {("T-12", "ticket")}),
    ("its first group", {"patterns": ("who: user=(\\w+)",)}, "user=ann", {("ann", "who")}),
    ("in any script", {"patterns": ("name: [äöü]+",)}, "x äö y", {("äö", "name")}),
    ("a pattern with a colon", {"patterns": ("at: a:b",)}, "a:b", {("a:b", "at")}),
    ("a literal", {"literals": ("Falcon",)}, "the FALCON flies", {("FALCON", "literal")}),
    ("the longer literal", {"literals": ("Fal", "Falcon")}, "falcon", {("falcon", "literal")}),
    (
        "punctuation in a literal",
        {"literals": ("a.(b) é",)},
        "A.(B) é axb",
        {("A.(B) é", "literal")},
    ),
]


@pytest.mark.parametrize(
    ("settings", "text", "expected"), [c[1:] for c in ADDED], ids=[c[0] for c in ADDED]
)
def test_users_rules_find(
    settings: dict[str, tuple[str, ...]], text: str, expected: set[tuple[str, str]]
) -> None:
    assert find_secrets(text, **settings) == expected


def test_rules_and_groups_are_switched_off() -> None:
    text = "ann@example.org, 203.0.113.7, T-1"
    ticket = ("ticket: T-[0-9]",)
    assert {name for _, name in find_secrets(text, patterns=ticket)} == {"email", "ipv4", "ticket"}
    assert {name for _, name in find_secrets(text, off=("ipv4",))} == {"email"}
    assert {name for _, name in find_secrets(text, off=("personal",))} == set()
    assert {name for _, name in find_secrets(text, patterns=ticket, off=("custom", "email"))} == {
        "ipv4"
    }


def test_paths_are_parsed() -> None:
    [path] = parse_json_paths(RedactSettings(paths=("$.metadata.customer",)))
    assert path.matches(("metadata", "customer", "name"))


MISTAKES: list[tuple[str, dict[str, tuple[str, ...]], str]] = [
    (
        "an entry without a name",
        {"patterns": (CANARY,)},
        'patterns: entry 1: must have the form "name: pattern"',
    ),
    ("a name that no placeholder can show", {"patterns": ("Ä: x",)}, "names consist of"),
    ("a lookahead", {"patterns": (f"a: {CANARY}(?=x)",)}, "RE2 does not support lookaround"),
    ("a lookbehind", {"patterns": (f"a: (?<!x){CANARY}",)}, "RE2 does not support lookaround"),
    ("a backreference", {"patterns": (f"a: ({CANARY})\\1",)}, "RE2 does not support backref"),
    ("not an expression", {"patterns": (f"a: ({CANARY}",)}, "is not a regular expression"),
    ("an empty match", {"patterns": ("a: x*",)}, "matches the empty string"),
    ("the name of a rule", {"patterns": ("email: x",)}, '"email" is already the name'),
    ("a name twice", {"patterns": ("a: x", "a: y")}, 'entry 2: "a" is already the name'),
    ("not a path", {"paths": ("metadata",)}, 'paths: entry 1: a JSON path begins with "$"'),
    ("a literal of two letters", {"literals": ("ab",)}, "literals: entry 1: must have at least 3"),
    ("a value for a variable", {"environment": (f"{CANARY}=",)}, "not its value"),
    ("an unknown rule", {"off": ("emial",)}, 'did you mean "email"?'),
    ("an unknown group", {"off": ("persons",)}, 'did you mean "personal"?'),
    ("a name unlike any other", {"off": ("zzz",)}, 'see "runreel rules"'),
]


@pytest.mark.parametrize(
    ("settings", "message"), [c[1:] for c in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_a_mistake_is_reported_without_quoting_it(
    settings: dict[str, tuple[str, ...]], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        build_active_rules(RedactSettings(**settings))
    [problem] = caught.value.problems
    assert problem.startswith("runreel.redact.")
    assert message in problem
    assert CANARY not in problem + "".join(capfd.readouterr())


def test_all_mistakes_are_reported_at_once() -> None:
    settings = RedactSettings(
        paths=("a", "$"), patterns=("a", "b"), environment=("DB_PASSWORD",), off=("c",)
    )
    with pytest.raises(ConfigError) as caught:
        parse_json_paths(settings)
    names = [problem.split(": ")[:2] for problem in caught.value.problems]
    assert names == [
        ["runreel.redact.paths", "entry 1"],
        ["runreel.redact.patterns", "entry 1"],
        ["runreel.redact.patterns", "entry 2"],
        ["runreel.redact.off", "entry 1"],
    ]


def test_without_re2_patterns_are_refused_and_literals_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(user_pattern, "RE2", None)
    with pytest.raises(ConfigError, match="google-re2, which is not installed"):
        build_active_rules(RedactSettings(patterns=("a: x",)))
    rules = build_active_rules(RedactSettings(literals=("Falcon é",)))
    assert len(Detector(rules, STANDARD).find("FALCON é".encode())) == 1


def test_a_pattern_cannot_backtrack() -> None:
    """With backtracking it would take hours, and fail by the timeout of the test suite."""
    rules = build_active_rules(RedactSettings(patterns=("a: (a+)+$",)))
    assert Detector(rules[-1:]).find(b"a" * 1_000_000 + b"!") == []
