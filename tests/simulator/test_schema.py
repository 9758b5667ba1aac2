"""Example values are generated from JSON schemas."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.simulator.objects import JsonObject, JsonValue
from runreel.simulator.schema import generate_example

CASES: list[tuple[str, JsonObject, JsonValue]] = [
    ("an empty schema gives null", {}, None),
    (
        "a string contains the name of its property",
        {"properties": {"city": {"type": "string"}}},
        {"city": "some city"},
    ),
    ("a known format", {"type": "string", "format": "email"}, "ann@example.org"),
    ("an unknown format is a plain string", {"type": "string", "format": "x"}, "some value"),
    ("an integer", {"type": "integer"}, 1),
    ("a number not below its minimum", {"type": "number", "minimum": 2.5}, 2.5),
    ("a boolean", {"type": "boolean"}, True),
    ("an array holds one item", {"type": "array", "items": {"type": "integer"}}, [1]),
    ("an array of anything", {"type": "array"}, [None]),
    ("an object without properties", {"type": "object"}, {}),
    ("null alone", {"type": "null"}, None),
    ("a nullable type is not null", {"type": ["null", "boolean"]}, True),
    ("a constant", {"const": 7, "type": "string"}, 7),
    ("a default, even of null", {"default": None, "type": "string"}, None),
    ("the first of an enum", {"enum": ["c", "f"], "type": "string"}, "c"),
    ("the first example", {"examples": ["Rome"], "type": "string"}, "Rome"),
    ("an empty enum is ignored", {"enum": [], "type": "integer"}, 1),
    ("the first choice", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
    ("an empty anyOf is ignored", {"anyOf": [], "type": "integer"}, 1),
    (
        "a reference",
        {"$ref": "#/$defs/Unit", "$defs": {"Unit": {"enum": ["c"]}}},
        "c",
    ),
    ("a reference to nothing", {"$ref": "#/$defs/Gone"}, None),
    ("a reference through a string", {"$ref": "#/title/x", "title": "T"}, None),
    ("a schema that contains itself ends", {"$ref": "#"}, None),
]


@pytest.mark.parametrize(
    ("schema", "value"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_the_example_of_a_schema(schema: JsonObject, value: JsonValue) -> None:
    assert generate_example(schema) == value


def test_a_schema_deeper_than_its_limit_is_cut_off() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"parent": {"$ref": "#/$defs/Node"}},
        "$defs": {"Node": {"properties": {"parent": {"$ref": "#/$defs/Node"}}}},
    }
    assert json.dumps(generate_example(schema)).count("parent") == 5


words = st.sampled_from(["type", "properties", "items", "enum", "anyOf", "$ref", "object", "array"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(words, values, max_size=4))
def test_any_schema_gives_json(schema: JsonObject) -> None:
    json.dumps(generate_example(schema))
