from __future__ import annotations

import pytest

from runreel.core.jsonpath import JsonPath

NAMES = [("$.metadata.customer", "customer"), ("$['a b'][0].*", "a b"), ("$[*]", ""), ("$", "")]


@pytest.mark.parametrize(("path", "name"), NAMES, ids=[c[0] for c in NAMES])
def test_a_path_goes_by_its_last_name(path: str, name: str) -> None:
    assert JsonPath.parse(path).last_name == name


MEANT: list[tuple[str, str, tuple[str | int, ...], bool]] = [
    ("a member", "$.metadata.customer", ("metadata", "customer"), True),
    ("anything beneath it", "$.metadata", ("metadata", "customer", 3), True),
    ("nothing above it", "$.metadata.customer", ("metadata",), False),
    ("nothing beside it", "$.metadata.customer", ("metadata", "order"), False),
    ("nothing of this name elsewhere", "$.id", ("run", "id"), False),
    ("all of a document", "$", (), True),
    ("all within a document", "$", ("a", 0), True),
    ("the document is no member", "$.a", (), False),
    ("a position", "$.messages[1].content", ("messages", 1, "content"), True),
    ("another position", "$.messages[1]", ("messages", 0), False),
    ("a position is no name", "$['1']", (1,), False),
    ("a name is no position", "$[1]", ("1",), False),
    ("any member", "$.metadata.*", ("metadata", "x"), True),
    ("any element", "$.messages[*].content", ("messages", 7, "content"), True),
    ("any element, written as a member", "$.messages.*.content", ("messages", 7, "content"), True),
    ("any means one at least", "$.metadata.*", ("metadata",), False),
    ("any means one at most", "$.*.content", ("messages", 7, "content"), False),
    ("any depth", "$..email", ("a", 0, "b", "email"), True),
    ("any depth, none too", "$..email", ("email",), True),
    ("any depth below a member", "$.users..email", ("users", 3, "email"), True),
    ("any depth, elsewhere", "$.users..email", ("admins", 3, "email"), False),
    ("twice any depth", "$..a..b", ("x", "a", "a", "y", "b"), True),
    ("a way that only seems to begin", "$..a.b", ("a", "a", "b"), True),
    ("a position at any depth", "$..[0]", ("a", 1, 0), True),
    ("a name in quotes at any depth", "$..['a b']", ("x", "a b"), True),
    ("everything below the top", "$..*", ("a",), True),
    ("a name with a dot", "$['a.b']", ("a.b",), True),
    ("a name with a hyphen", "$.api-key", ("api-key",), True),
    ("a name in letters of others", "$.straße", ("straße",), True),
    ("double quotes", '$["a\\"b"]', ('a"b',), True),
    ("single quotes", "$['a\\'b\"c']", ("a'b\"c",), True),
    ("an escape", "$['\\u00e9\\\\']", ("é\\",), True),
]


@pytest.mark.parametrize(
    ("text", "path", "expected"), [c[1:] for c in MEANT], ids=[c[0] for c in MEANT]
)
def test_what_a_path_means(text: str, path: tuple[str | int, ...], expected: bool) -> None:
    assert JsonPath.parse(text).matches(path) is expected


MISTAKES = [
    ("no root", "metadata.customer", 'begins with "$"'),
    ("nothing", "", 'begins with "$"'),
    ("a filter", "$.a[?@.b]", "at character 4"),
    ("a slice", "$.a[0:2]", "at character 4"),
    ("a position from the end", "$.a[-1]", "at character 4"),
    ("a name that begins with a digit", "$.a.0", "at character 4"),
    ("a dot at the end", "$.a.", "at character 4"),
    ("a third dot", "$...a", "at character 2"),
    ("a space", "$.a b", "at character 4"),
    ("an open bracket", "$['a'", "at character 2"),
    ("no escape of JSON", "$['\\x']", "an escape"),
]


@pytest.mark.parametrize(("text", "says"), [c[1:] for c in MISTAKES], ids=[c[0] for c in MISTAKES])
def test_what_is_no_path(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="a JSON path") as caught:
        JsonPath.parse(text)
    assert says in str(caught.value)


def test_a_path_prints_as_it_was_written() -> None:
    assert str(JsonPath.parse("$..a['b']")) == "$..a['b']"


def test_a_hostile_path_takes_no_time() -> None:
    assert not JsonPath.parse("$" + "..a" * 500).matches(("a",) * 300)
