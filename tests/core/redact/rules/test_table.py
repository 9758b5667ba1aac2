"""Every rule of the table on its own examples and on those of all others, with both engines."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders import by_pattern
from runreel.core.redact.finders.by_pattern import find_matches_at_end
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules import GROUPS, RULES, Rule
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.search.engine import RE2, STANDARD, Engine
from runreel.core.redact.texts.text import Text, TextKind

ENGINES = [engine for engine in (RE2, STANDARD) if engine is not None]
RULES_DETECTOR = Detector(RULES)
DETECTORS = {engine.name: Detector(RULES, engine) for engine in ENGINES}
MATCHES = [(rule, template) for rule in RULES for template in rule.matches]
NON_MATCHES = [(rule, template) for rule in RULES for template in rule.non_matches]

AROUND = [
    ("alone", "", ""),
    ("in a sentence", "Use ", " for this request."),
    ("at the end of a sentence", "It is ", "."),
    ("on a line of its own", "first\n", "\nlast"),
    ("among letters of others", "é ", " é"),
]


def find_spans(text: str, engine: Engine) -> set[tuple[int, int, str]]:
    detections = DETECTORS[engine.name].find(text.encode())
    return {(each.start, each.end, each.rule.name) for each in detections}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("rule", "template"), MATCHES, ids=[f"{rule.name}: {template}" for rule, template in MATCHES]
)
def test_a_rule_finds_its_examples(rule: Rule, template: str, engine: Engine) -> None:
    text, marked = build_example(template)
    for reason, before, after in AROUND:
        shift = len(before.encode())
        expected = {(start + shift, end + shift, rule.name) for start, end in marked}
        assert expected <= find_spans(before + text + after, engine), reason


KEYS = [
    (rule, template)
    for rule, template in MATCHES
    if rule.group not in {"prose", "personal", "connections"} and "«" not in template
]
BEHIND = [
    ("an underscore", "key_", " x"),
    ("a colour of a terminal", "\x1b[32m", "\x1b[0m"),
    ("an escaped colour", "\\u001b[1;32m", "\\u001b[0m"),
    ("a quote", "'", "'"),
    ("a bracket", "[", "]"),
    ("a tag", "<td>", "</td>"),
    ("the name of a parameter", "https://example.test/?q=", "&r=1"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "template"), KEYS, ids=[f"{rule.name}: {template}" for rule, template in KEYS]
)
def test_a_key_is_found_wherever_it_stands(rule: Rule, template: str) -> None:
    key = build_example(template).text.encode()
    for reason, before, after in BEHIND:
        text = before.encode() + key + after.encode()
        start, end = len(before), len(before) + len(key)
        spans = find_spans(text.decode(), ENGINES[0])
        assert any(each[0] <= start and each[1] >= end for each in spans), reason


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("rule", "template"),
    NON_MATCHES,
    ids=[f"{rule.name}: {template}" for rule, template in NON_MATCHES],
)
def test_no_rule_matches_a_look_alike(rule: Rule, template: str, engine: Engine) -> None:
    text = build_example(template).text
    for reason, before, after in AROUND:
        assert find_spans(before + text + after, engine) == set(), reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "template"), MATCHES, ids=[f"{rule.name}: {template}" for rule, template in MATCHES]
)
def test_a_rule_finds_its_examples_in_json(rule: Rule, template: str) -> None:
    text, marked = build_example(template)
    document = json.dumps({"a": "\0", "b": 1}).replace("\\u0000", text)
    shift = document.index(text)
    expected = {(start + shift, end + shift, rule.name) for start, end in marked}
    assert expected <= find_spans(document, ENGINES[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "template"), MATCHES, ids=[f"{rule.name}: {template}" for rule, template in MATCHES]
)
def test_a_placeholder_in_the_place_of_a_secret_is_not_a_secret(rule: Rule, template: str) -> None:
    text, marked = build_example(template)
    start, end = marked[0]
    placeholder = f"REDACTED-{rule.name}-1".encode()
    data = text.encode()[:start] + placeholder + text.encode()[end:]
    touched = [span for span in find_spans(data.decode(), ENGINES[0]) if span[1] > start]
    assert [span for span in touched if span[0] < start + len(placeholder)] == []


PIECES = [build_example(template).text for rule in RULES for template in rule.matches]
PIECES += [build_example(template).text for rule in RULES for template in rule.non_matches]
BETWEEN = ["", " ", "\n", ": ", "=", "'", '"', "\\n", "é", "-", ".", "@", "1", "key ", "password: "]
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BETWEEN)), max_size=6)


@pytest.mark.slow
@pytest.mark.skipif(RE2 is None, reason="google-re2 has no wheel here, so there is one engine")
@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_both_engines_find_the_same(pieces: list[tuple[str, str]], cut: int, cut_off: int) -> None:
    text = "".join(piece + after for piece, after in pieces)
    text = text[cut : len(text) - cut_off]
    assert find_spans(text, ENGINES[0]) == find_spans(text, STANDARD)


def test_a_truncated_key_is_found_up_to_its_last_character() -> None:
    text = build_example("-----BEGIN PRIVATE KEY-----\n{b64:64}\n{b64:64}\n{b64:9}").text
    assert find_spans(text, ENGINES[0]) == {(28, len(text), "private-key")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if not rule.is_personal][::6], ids=lambda rule: rule.name
)
def test_a_key_may_be_cut_off_at_each_of_its_characters(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text is searched for such a key only if it ends in what may be in one."""
    text, marked = build_example(rule.matches[0])
    start, end = marked[0]
    step = max((end - start) // 4, 1)
    beginnings = [Text(text[:cut].encode(), TextKind.PLAIN) for cut in range(start + 8, end, step)]
    found = [{*find_matches_at_end(each, RULES_DETECTOR)} for each in beginnings]
    monkeypatch.setattr(by_pattern, "_MAY_BE_CUT_OFF", re.compile(b""))
    assert found == [{*find_matches_at_end(each, RULES_DETECTOR)} for each in beginnings]


def test_names_are_unique_and_groups_exist() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.group for rule in RULES} == set(GROUPS) - {"custom"}
    assert {rule.group for rule in RULES if rule.is_personal} == {"personal"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_examples(rule: Rule) -> None:
    assert rule.matches
    assert rule.non_matches
    assert all(keyword == keyword.lower() for keyword in rule.keywords)
