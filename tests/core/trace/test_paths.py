"""Paths of trace tables: what they select, and mistakes in them."""

from __future__ import annotations

import pytest

from runreel.core.trace.paths import (
    Element,
    JsonScope,
    compile_each,
    compile_paths,
    find_text,
    find_value,
)

VALUE = {
    "id": "r",
    "items": [
        {"index": 7, "role": "a", "parts": [{"text": "x"}, {"text": "y"}]},
        {"role": "b", "parts": [{"text": "z"}]},
    ],
    "nodes": {"n": {"text": "1"}, "m": {"text": "2"}},
    "empty": "",
    "zero": 0,
    "none": None,
}
ROOT = Element(VALUE, (), (), ())
SCOPE = JsonScope(ROOT, event="delta", number=3)

SELECTIONS: list[tuple[str, list[tuple[object, tuple[str, ...]]]]] = [
    ("", [(VALUE, ())]),
    ("id", [("r", ())]),
    ("items[*].role", [("a", ("7",)), ("b", ("1",))]),
    ("items[].role", [("a", ()), ("b", ())]),
    ("items[1].role", [("b", ())]),
    ("items[*].parts[*].text", [("x", ("7", "0")), ("y", ("7", "1")), ("z", ("1", "0"))]),
    ("items[*].parts[].text", [("x", ("7",)), ("y", ("7",)), ("z", ("1",))]),
    ("nodes.*.text", [("1", ()), ("2", ())]),
    ("items[9].role", []),
    ("id[*]", []),
    ("items.role", []),
    ("none", []),
    ("nothing.at.all", []),
]


@pytest.mark.parametrize(
    ("path", "expected"), SELECTIONS, ids=[row[0] or "root" for row in SELECTIONS]
)
def test_a_path_selects_values(path: str, expected: list[tuple[object, tuple[str, ...]]]) -> None:
    elements = SCOPE.select(compile_each(path))
    assert [(element.value, element.key) for element in elements] == expected


def test_a_value_knows_its_location() -> None:
    last = SCOPE.select(compile_each("items[*].parts[*].text"))[-1]
    assert last.location == ("items", 1, "parts", 0, "text")


PART = SCOPE.select(compile_each("items[*].parts[*]"))[2]
PARTS = SCOPE.select(compile_each("items[*].parts"))[1]

FOUND: list[tuple[str, Element, object]] = [
    ("text", PART, "z"),
    (".", PART, {"text": "z"}),
    ("^.role", PART, "b"),
    ("^^.id", PART, "r"),
    ("^^^.id", PART, None),
    ("^.role", PARTS, "b"),
    ("$.id", PART, "r"),
    ("@event", PART, "delta"),
    ("@number", PART, 3),
    ("nothing|text", PART, "z"),
    ("$.empty|text", PART, "z"),
    ("$.empty|nothing", PART, ""),
    ("$.none|nothing", PART, None),
    ("[0].text", PARTS, "z"),
]


@pytest.mark.parametrize(("path", "element", "value"), FOUND, ids=[row[0] for row in FOUND])
def test_a_path_leads_to_a_value(path: str, element: Element, value: object) -> None:
    assert find_value(compile_paths(path), element, SCOPE) == value


def test_only_strings_and_numbers_are_texts() -> None:
    texts = [
        find_text(compile_paths(path), ROOT, SCOPE) for path in ("id", "zero", "items", "none")
    ]
    assert texts == ["r", "0", "", ""]
    assert find_text((), ROOT, SCOPE) == ""


@pytest.mark.parametrize("path", ["a[", "a[x]", "a b[1", "a]b", "a$b", "a..b"])
def test_a_mistake_in_a_path_has_its_place(path: str) -> None:
    with pytest.raises(ValueError, match="mistake at character"):
        compile_each(path)


@pytest.mark.parametrize("path", ["a[*]", "a[].b", "*", "$^.a"])
def test_a_path_to_one_value_selects_no_others(path: str) -> None:
    with pytest.raises(ValueError, match="must lead to a single value"):
        compile_paths(path)
