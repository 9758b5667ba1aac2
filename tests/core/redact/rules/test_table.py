"""Every rule of the table on its own examples and on those of all others, with both engines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules import GROUPS, RULES, Rule
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.search.engine import RE2, STANDARD, Engine

ENGINES = [engine for engine in (RE2, STANDARD) if engine is not None]
DETECTORS = {engine.name: Detector(RULES, engine) for engine in ENGINES}
HITS = [(rule, hit) for rule in RULES for hit in rule.matches]
SPARES = [(rule, spare) for rule in RULES for spare in rule.non_matches]

AROUND = [
    ("alone", "", ""),
    ("in a sentence", "Use ", " and tell nobody."),
    ("at the end of a sentence", "It is ", "."),
    ("on a line of its own", "first\n", "\nlast"),
    ("among letters of others", "é ", " é"),
]


def spans(text: str, engine: Engine) -> set[tuple[int, int, str]]:
    found = DETECTORS[engine.name].find(text.encode())
    return {(each.start, each.end, each.rule.name) for each in found}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(("rule", "hit"), HITS, ids=[f"{rule.name}: {hit}" for rule, hit in HITS])
def test_a_rule_finds_its_examples(rule: Rule, hit: str, engine: Engine) -> None:
    text, marked = build_example(hit)
    for reason, before, after in AROUND:
        shift = len(before.encode())
        expected = {(start + shift, end + shift, rule.name) for start, end in marked}
        assert expected <= spans(before + text + after, engine), reason


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("rule", "spare"), SPARES, ids=[f"{rule.name}: {spare}" for rule, spare in SPARES]
)
def test_no_rule_touches_a_look_alike(rule: Rule, spare: str, engine: Engine) -> None:
    text = build_example(spare).text
    for reason, before, after in AROUND:
        assert spans(before + text + after, engine) == set(), reason


@pytest.mark.parametrize(("rule", "hit"), HITS, ids=[f"{rule.name}: {hit}" for rule, hit in HITS])
def test_the_view_of_a_whole_document_shows_the_same(rule: Rule, hit: str) -> None:
    text, marked = build_example(hit)
    document = json.dumps({"a": "\0", "b": 1}).replace("\\u0000", text)
    shift = document.index(text)
    expected = {(start + shift, end + shift, rule.name) for start, end in marked}
    assert expected <= spans(document, ENGINES[0])


@pytest.mark.parametrize(("rule", "hit"), HITS, ids=[f"{rule.name}: {hit}" for rule, hit in HITS])
def test_a_placeholder_in_the_place_of_a_secret_is_none(rule: Rule, hit: str) -> None:
    text, marked = build_example(hit)
    start, end = marked[0]
    placeholder = f"REDACTED-{rule.name}-1".encode()
    data = text.encode()[:start] + placeholder + text.encode()[end:]
    touched = [span for span in spans(data.decode(), ENGINES[0]) if span[1] > start]
    assert [span for span in touched if span[0] < start + len(placeholder)] == []


PIECES = [build_example(hit).text for rule in RULES for hit in rule.matches]
PIECES += [build_example(spare).text for rule in RULES for spare in rule.non_matches]
BETWEEN = ["", " ", "\n", ": ", "=", "'", '"', "\\n", "é", "-", ".", "@", "1", "key ", "password: "]
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BETWEEN)), max_size=6)


@pytest.mark.skipif(RE2 is None, reason="google-re2 has no wheel here, so there is one engine")
@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_both_engines_find_the_same(pieces: list[tuple[str, str]], cut: int, cut_off: int) -> None:
    text = "".join(piece + after for piece, after in pieces)
    text = text[cut : len(text) - cut_off]
    assert spans(text, ENGINES[0]) == spans(text, STANDARD)


def test_a_key_that_is_cut_off_is_found_to_its_last_character() -> None:
    text = build_example("-----BEGIN PRIVATE KEY-----\n{b64:64}\n{b64:64}\n{b64:9}").text
    assert spans(text, ENGINES[0]) == {(28, len(text), "private-key")}


def test_names_are_unique_and_groups_known() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.group for rule in RULES} == set(GROUPS) - {"custom"}
    assert {rule.group for rule in RULES if rule.is_personal} == {"personal"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_says_what_it_hits_and_what_it_spares(rule: Rule) -> None:
    assert rule.matches
    assert rule.non_matches
    assert all(keyword == keyword.lower() for keyword in rule.keywords)
