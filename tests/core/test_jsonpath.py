from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.jsonpath import JsonPath

NAMES = [("$.metadata.customer", "customer"), ("$['a b'][0].*", "a b"), ("$[*]", ""), ("$", "")]


@pytest.mark.parametrize(("path", "name"), NAMES, ids=[c[0] for c in NAMES])
def test_the_last_name_of_a_path(path: str, name: str) -> None:
    assert JsonPath.parse(path).last_name == name


MATCHES: list[tuple[str, str, tuple[str | int, ...], bool]] = [
    ("a member", "$.metadata.customer", ("metadata", "customer"), True),
    ("anything beneath it", "$.metadata", ("metadata", "customer", 3), True),
    ("nothing above it", "$.metadata.customer", ("metadata",), False),
    ("nothing beside it", "$.metadata.customer", ("metadata", "order"), False),
    ("no member of this name elsewhere", "$.id", ("run", "id"), False),
    ("the whole document", "$", (), True),
    ("everything within a document", "$", ("a", 0), True),
    ("the document is not a member", "$.a", (), False),
    ("an index", "$.messages[1].content", ("messages", 1, "content"), True),
    ("another index", "$.messages[1]", ("messages", 0), False),
    ("an index is not a name", "$['1']", (1,), False),
    ("a name is not an index", "$[1]", ("1",), False),
    ("any member", "$.metadata.*", ("metadata", "x"), True),
    ("any element", "$.messages[*].content", ("messages", 7, "content"), True),
    ("any element, written as a member", "$.messages.*.content", ("messages", 7, "content"), True),
    ("a wildcard needs one key", "$.metadata.*", ("metadata",), False),
    ("a wildcard matches only one key", "$.*.content", ("messages", 7, "content"), False),
    ("any depth", "$..email", ("a", 0, "b", "email"), True),
    ("any depth, including none", "$..email", ("email",), True),
    ("any depth below a member", "$.users..email", ("users", 3, "email"), True),
    ("any depth, elsewhere", "$.users..email", ("admins", 3, "email"), False),
    ("twice any depth", "$..a..b", ("x", "a", "a", "y", "b"), True),
    ("a match that starts after a false one", "$..a.b", ("a", "a", "b"), True),
    ("an index at any depth", "$..[0]", ("a", 1, 0), True),
    ("a name in quotes at any depth", "$..['a b']", ("x", "a b"), True),
    ("everything below the top", "$..*", ("a",), True),
    ("a name with a dot", "$['a.b']", ("a.b",), True),
    ("a name with a hyphen", "$.api-key", ("api-key",), True),
    ("a name that is not ASCII", "$.straße", ("straße",), True),
    ("double quotes", '$["a\\"b"]', ('a"b',), True),
    ("single quotes", "$['a\\'b\"c']", ("a'b\"c",), True),
    ("an escape", "$['\\u00e9\\\\']", ("é\\",), True),
]


@pytest.mark.parametrize(
    ("text", "location", "expected"), [c[1:] for c in MATCHES], ids=[c[0] for c in MATCHES]
)
def test_a_path_matches_locations(
    text: str, location: tuple[str | int, ...], expected: bool
) -> None:
    assert JsonPath.parse(text).matches(location) is expected


MISTAKES = [
    ("no root", "metadata.customer", 'begins with "$"'),
    ("nothing", "", 'begins with "$"'),
    ("a filter", "$.a[?@.b]", "at character 4"),
    ("a slice", "$.a[0:2]", "at character 4"),
    ("an index from the end", "$.a[-1]", "at character 4"),
    ("a name that starts with a digit", "$.a.0", "at character 4"),
    ("a dot at the end", "$.a.", "at character 4"),
    ("a third dot", "$...a", "at character 2"),
    ("a space", "$.a b", "at character 4"),
    ("an open bracket", "$['a'", "at character 2"),
    ("an escape that JSON lacks", "$['\\x']", "an escape"),
]


@pytest.mark.parametrize(
    ("text", "message"), [c[1:] for c in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_an_invalid_path_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="a JSON path") as caught:
        JsonPath.parse(text)
    assert message in str(caught.value)


def test_the_text_of_a_path_is_unchanged() -> None:
    assert str(JsonPath.parse("$..a['b']")) == "$..a['b']"


def test_a_hostile_path_is_matched_quickly() -> None:
    assert not JsonPath.parse("$" + "..a" * 500).matches(("a",) * 300)


ODD_NAMES = st.text(st.sampled_from('ab/"\\\b\n\x01ü\ud800'), min_size=1, max_size=3)


@given(st.lists(ODD_NAMES, min_size=1, max_size=3), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("has_slashes", [True, False])
def test_a_path_may_select_whatever_is_there_in_any_spelling(
    is_ascii: bool, has_slashes: bool, names: list[str], encoding: str
) -> None:
    value: object = 1
    for name in reversed(names):
        value = {name: value}
    text = json.dumps(value, ensure_ascii=is_ascii)
    if has_slashes:
        text = text.replace("/", "\\/")
    path = JsonPath.parse("$" + "".join(f"[{json.dumps(name)}]" for name in names))
    assert path.may_select(text.encode(encoding, "surrogatepass"))


ABSENT = [
    ("no such name", "$.id", b'{"name": 1}', False),
    ("one of two names", "$.metadata.id", b'{"metadata": {}}', False),
    ("the name in a value", "$.id", b'{"name": "id"}', True),
    ("an escape that may spell it", "$.id", b'{"\\u0069d": 1}', True),
    ("no names at all", "$[0].*", b"[]", True),
]


@pytest.mark.parametrize(
    ("text", "body", "expected"), [c[1:] for c in ABSENT], ids=[c[0] for c in ABSENT]
)
def test_a_path_selects_nothing_without_its_names(text: str, body: bytes, expected: bool) -> None:
    assert JsonPath.parse(text).may_select(body) is expected
