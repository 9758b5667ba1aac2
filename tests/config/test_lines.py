"""Line numbers of tables and keys in a TOML file."""

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
    ("a key after a long array", "a = [\n  1,\n  2,\n]\nb = 1\n", ("b",), 5),
    ("text like a table in a string", 'a = """\n[b]\nc = 1\n"""\nc = 2\n', ("c",), 5),
    ("a bracket in a comment", "a = [ # ]\n1]\nb = 1\n", ("b",), 3),
    ("CRLF line breaks", "[a]\r\nb = 1\r\nc = 2\r\n", ("a", "c"), 3),
    ("no final line break", "a = 1\nb = 2", ("b",), 2),
    ("a key below an array of tables", "[[a]]\nb = 1\n", ("a", "b"), 2),
    ("a key that does not exist", "a = 1\n", ("b",), None),
]


@pytest.mark.parametrize(
    ("text", "path", "line"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_line_of_a_key(text: str, path: tuple[str, ...], line: int | None) -> None:
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
def test_each_path_has_the_line_of_its_first_occurrence(blocks: list[str]) -> None:
    text = "".join(block.format(n=n) for n, block in enumerate(blocks))
    lines = find_lines(text)
    assert set(lines) == set(_list_paths(tomllib.loads(text)))
    for path, line in lines.items():
        own_name = next(name for name in reversed(path) if name != "z")
        assert own_name in text.split("\n")[line - 1]


def _list_paths(table: dict[str, object]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for key, value in table.items():
        paths.append((key,))
        if isinstance(value, dict):
            paths += [(key, *inner) for inner in _list_paths(value)]
    return paths
