"""``docs/architecture.md`` names what there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from support import house

PAGE = house.SOURCE.parents[1] / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
WALKS = TEXT[TEXT.index("## Six walks") :]
CODE = re.compile(r"`([^`]+)`")


def list_definitions(tree: ast.Module) -> set[str]:
    """Return the names that a module defines, and ``Class.method`` for the methods."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}.{method.name}"
                for method in node.body
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {ast.unparse(target) for target in targets}
    return names


def iter_named_places() -> Iterator[tuple[str, str]]:
    """Yield a file and a name in it, for each name of the walks that follows its file."""
    for line in WALKS.splitlines():
        path = ""
        for code in CODE.findall(line):
            if code.endswith(".py"):
                path = code
            elif path and re.fullmatch(r"\w+(\.\w+)?", code):
                yield path, code


PLACES = list(iter_named_places())


def test_the_walks_are_there() -> None:
    assert WALKS.count("### ") == 6
    assert len(PLACES) > 30


@pytest.mark.parametrize(("path", "name"), PLACES)
def test_a_walk_passes_by_what_there_is(path: str, name: str) -> None:
    tree = ast.parse((house.SOURCE / path).read_text(encoding="utf-8"))
    assert name in list_definitions(tree) | {"Redacted"}


def test_the_limit_on_chains_is_the_one_that_holds() -> None:
    limit = int(re.search(r"longer than\s+(\d+) modules", TEXT)[1])  # type: ignore[index]
    assert len(house.list_longest_chain()) <= limit
