"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import copy
import re
from importlib import import_module

import pytest

from runreel.core.regex.lazy_pattern import compile_later
from support.house import load_modules


def test_it_does_what_a_pattern_does() -> None:
    pattern = compile_later(rb"(?P<word>[a-z]+)", re.IGNORECASE)

    assert [match["word"] for match in pattern.finditer(b"One two")] == [b"One", b"two"]
    assert pattern.sub(b"x", b"One two") == b"x x"
    assert pattern.fullmatch(b"One two", 0, 3)
    assert pattern.pattern == rb"(?P<word>[a-z]+)"
    assert pattern.groupindex == {"word": 1}


def test_it_is_compiled_by_its_first_use() -> None:
    pattern = compile_later("(")

    with pytest.raises(re.error):
        pattern.search("text")


def test_it_has_no_other_attributes() -> None:
    pattern = compile_later("a")

    assert not hasattr(pattern, "replace")
    assert copy.copy(pattern).search("cab")


@pytest.mark.parametrize("name", ["core", "dialects", "shell"])
def test_all_patterns_of_the_package_are_right(name: str) -> None:
    lazy = type(compile_later(""))
    modules = [each for each in load_modules() if each.startswith(f"runreel.{name}.")]
    patterns = [
        value
        for module in map(import_module, modules)
        for value in vars(module).values()
        if type(value) is lazy
    ]
    assert patterns
    for pattern in patterns:
        assert pattern.groups >= 0
