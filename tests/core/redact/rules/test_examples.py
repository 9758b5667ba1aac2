from __future__ import annotations

import pytest

from runreel.core.redact.rules.examples import ALPHABETS, Example, build_example

CASES = [
    ("the whole text", "a b", Example("a b", ((0, 3),))),
    ("the marked part", "a: «b» c", Example("a: b c", ((3, 4),))),
    ("two marked parts, in bytes", "é «a» «ö»", Example("é a ö", ((3, 4), (5, 7)))),
    ("braces that are not a field", "{a} {b64u:x}", Example("{a} {b64u:x}", ((0, 12),))),
]


@pytest.mark.parametrize(
    ("template", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_template_gives_a_text_and_its_secrets(template: str, expected: Example) -> None:
    assert build_example(template) == expected


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_field_is_always_replaced_by_the_same_characters(alphabet: str) -> None:
    text = build_example(f"{{{alphabet}:40}}").text
    assert len(text) == 40
    assert set(text) <= set(ALPHABETS[alphabet])
    assert len(set(text)) >= 6
    assert text == build_example(f"{{{alphabet}:40}}").text
