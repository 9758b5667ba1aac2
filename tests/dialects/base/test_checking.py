from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import pytest
from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.base.checking import CheckedStruct, check_object
from runreel.dialects.base.constraints import MAX_PROBLEMS
from runreel.model import Problem


class Wheel(CheckedStruct, frozen=True):
    size: Annotated[int, Meta(ge=1, le=50)]
    spare: bool | UnsetType = UNSET


class Dog(CheckedStruct, frozen=True, tag_field="type", tag="dog"):
    pass


class Cat(CheckedStruct, frozen=True, tag_field="type", tag="cat"):
    lives: int


class Cart(CheckedStruct, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=5, pattern="[a-z]*")]
    wheels: Annotated[tuple[Wheel, ...], Meta(max_length=2)] | UnsetType = UNSET
    colour: Literal["red", "blue"] | UnsetType | None = UNSET
    puller: Literal["nobody"] | Dog | Cat | UnsetType = UNSET
    speed: Annotated[float, Meta(ge=0, le=2)] | UnsetType = UNSET
    load: Mapping[str, object] | UnsetType = UNSET
    labels: (
        Annotated[Mapping[Annotated[str, Meta(max_length=3)], str], Meta(max_length=2)] | UnsetType
    ) = UNSET


CASES: list[tuple[str, dict[str, object], list[tuple[str, str]]]] = [
    ("nothing is wrong", {"name": "a", "colour": None, "speed": 1, "load": {"x": [1]}}, []),
    ("missing", {}, [("name", "is required")]),
    ("null is not missing", {"name": None}, [("name", "must be a string, not null")]),
    ("of another type", {"name": 1}, [("name", "must be a string, not a number")]),
    (
        "too short",
        {"name": ""},
        [("name", "has fewer than 1 characters, the documented minimum")],
    ),
    (
        "too long, and not of the pattern",
        {"name": "ABCDEF"},
        [
            ("name", "has more than 5 characters, the documented maximum"),
            ("name", "does not match the documented pattern [a-z]*"),
        ],
    ),
    (
        "a final line break does not match the pattern",
        {"name": "a\n"},
        [("name", "does not match the documented pattern [a-z]*")],
    ),
    ("unknown", {"name": "a", "nmae": 1}, [("nmae", "is not a documented field")]),
    ("a field named extra", {"name": "a", "extra": 1}, [("extra", "is not a documented field")]),
    (
        "not among the choices",
        {"name": "a", "colour": "green"},
        [("colour", "must be one of: blue, red")],
    ),
    (
        "neither a choice nor null",
        {"name": "a", "colour": 1},
        [("colour", "must be a string or null, not a number")],
    ),
    (
        "a boolean is not a number",
        {"name": "a", "speed": True},
        [("speed", "must be a number, not a boolean")],
    ),
    (
        "too much",
        {"name": "a", "speed": 2.01},
        [("speed", "is more than 2, the documented maximum")],
    ),
    (
        "beyond any float",
        {"name": "a", "speed": 10**400},
        [("speed", "is more than 2, the documented maximum")],
    ),
    (
        "items, each with its index",
        {"name": "a", "wheels": [{"size": 0}, 1, {"size": 1.5, "spare": 1, "hub": 1}]},
        [
            ("wheels", "has more than 2 items, the documented maximum"),
            ("wheels[0].size", "is less than 1, the documented minimum"),
            ("wheels[1]", "must be an object, not a number"),
            ("wheels[2].size", "must be an integer, not a number"),
            ("wheels[2].spare", "must be a boolean, not a number"),
            ("wheels[2].hub", "is not a documented field"),
        ],
    ),
    ("not an array", {"name": "a", "wheels": {}}, [("wheels", "must be an array, not an object")]),
    (
        "pairs: their number, names and values",
        {"name": "a", "labels": {"long": "x", "b": 1, "c": "x"}},
        [
            ("labels", "has more than 2 pairs, the documented maximum"),
            ("labels.long", "its name has more than 3 characters, the documented maximum"),
            ("labels.b", "must be a string, not a number"),
        ],
    ),
    ("a choice beside objects", {"name": "a", "puller": "nobody"}, []),
    (
        "neither the choice nor an object",
        {"name": "a", "puller": []},
        [("puller", "must be a string or an object, not an array")],
    ),
    ("an object by its type", {"name": "a", "puller": {"type": "cat", "lives": 9}}, []),
    (
        "what its type requires",
        {"name": "a", "puller": {"type": "cat"}},
        [("puller.lives", "is required")],
    ),
    ("no type", {"name": "a", "puller": {"lives": 9}}, [("puller.type", "is required")]),
    (
        "no known type",
        {"name": "a", "puller": {"type": "cow"}},
        [("puller.type", "must be one of: cat, dog")],
    ),
    (
        "a type that is not a string",
        {"name": "a", "puller": {"type": ["cat"]}},
        [("puller.type", "must be one of: cat, dog")],
    ),
    (
        "a long unknown name is cut",
        {"name": "a", "x" * 65: 1},
        [("x" * 64 + "…", "is not a documented field")],
    ),
]


@pytest.mark.parametrize(("reason", "sent", "expected"), CASES, ids=[row[0] for row in CASES])
def test_the_problems_of_an_object(
    reason: str, sent: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    _, problems = check_object(Cart, sent)
    assert [tuple(problem) for problem in problems] == expected


def test_a_value_that_breaks_a_constraint_is_kept() -> None:
    cart, _ = check_object(Cart, {"name": "abcdef", "speed": 9, "colour": "green"})
    assert cart is not None
    assert (cart.name, cart.speed, cart.colour) == ("abcdef", 9, "green")


def test_a_value_of_another_type_goes_into_extra_like_an_unknown_field() -> None:
    sent: dict[str, object] = {"name": "a", "wheels": [{"size": 1}, {}], "speed": "x", "new": {}}
    cart, _ = check_object(Cart, sent)
    assert cart == Cart(name="a", extra={"wheels": [{"size": 1}, {}], "speed": "x", "new": {}})


def test_an_unknown_field_of_an_inner_object_goes_into_its_extra() -> None:
    cart, _ = check_object(Cart, {"name": "a", "wheels": [{"size": 1, "hub": 2}]})
    assert cart == Cart(name="a", wheels=(Wheel(size=1, extra={"hub": 2}),))


def test_without_a_required_field_the_object_is_none() -> None:
    assert check_object(Cart, {"name": 1})[0] is None


def test_many_problems_are_counted_but_not_listed() -> None:
    _, problems = check_object(
        Cart, {"name": "a", **{f"x{number}": 1 for number in range(MAX_PROBLEMS + 7)}}
    )
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == Problem("body", "has 7 more problems")


def test_no_value_is_quoted() -> None:
    canary = "sk-test-canary-1"
    sent: dict[str, object] = {
        "name": canary,
        "colour": canary,
        "puller": {"type": canary},
        "wheels": [canary],
        "labels": {"a": canary, "b": [canary]},
        "new": canary,
    }
    _, problems = check_object(Cart, sent)
    assert len(problems) == 7
    assert canary not in repr(problems)
