"""Where tables and keys stand in a TOML file."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.config import find_lines

CASES = [
    ("a key below its table", "[a]\n\nb = 1\n", ("a", "b"), 3),
    ("a table itself", "\n[a.b]\n", ("a", "b"), 2),
    ("a key before any table", "# hello\nb = 1\n", ("b",), 2),
    ("a dotted key", "[a]\nb.c = 1\n", ("a", "b", "c"), 2),
    ("the table that a dotted key implies", "[a]\nb.c = 1\n", ("a", "b"), 2),
    ("quoted keys", '["a b"]\n"c.d" = 1\n', ("a b", "c.d"), 2),
    ("a key within an inline table", "[a]\nb = { c = 1 }\n", ("a", "b", "c"), 2),
    ("the first line of a long array", "a = [\n  1,\n  2,\n]\nb = 1\n", ("a",), 1),
    ("what follows a long array", "a = [\n  1,\n  2,\n]\nb = 1\n", ("b",), 5),
    ("a table's look-alike in a string", 'a = """\n[b]\nc = 1\n"""\nc = 2\n', ("c",), 5),
    ("a bracket in a comment", "a = [ # ]\n1]\nb = 1\n", ("b",), 3),
    ("line ends of Windows", "[a]\r\nb = 1\r\nc = 2\r\n", ("a", "c"), 3),
    ("no line end at the end", "a = 1\nb = 2", ("b",), 2),
    ("a key below an array of tables", "[[a]]\nb = 1\n", ("a", "b"), 2),
    ("a key that is not there", "a = 1\n", ("b",), None),
]


@pytest.mark.parametrize(
    ("text", "path", "line"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_line_of(text: str, path: tuple[str, ...], line: int | None) -> None:
    assert find_lines(text).get(path) == line


BLOCKS = [
    "# note\n",
    "\n",
    "[t{n}]\n",
    "k{n} = [\n 1,\n]\n",
    'k{n} = """\n[x]\n"""\n',
    "k{n}.z = 1\n",
]


@given(st.lists(st.sampled_from(BLOCKS), max_size=8))
def test_each_path_is_found_on_the_line_where_its_name_first_stands(blocks: list[str]) -> None:
    text = "".join(block.format(n=n) for n, block in enumerate(blocks))
    found = find_lines(text)
    assert set(found) == set(_paths(tomllib.loads(text)))
    for path, line in found.items():
        own_name = next(name for name in reversed(path) if name != "z")
        assert own_name in text.split("\n")[line - 1]


def _paths(table: dict[str, object]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for key, value in table.items():
        paths.append((key,))
        if isinstance(value, dict):
            paths += [(key, *inner) for inner in _paths(value)]
    return paths
