"""The house: who may import whom, what it is called, and what occurs in one place only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from support import house
from support.house import SOURCE

LAYERS = [
    {"model", "config", "errors", "__init__"},
    {"core"},
    {"dialects"},
    {"shell"},
    {"simulator"},
    {"demo"},
    {"cli", "pytest_plugin", "__main__"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(SOURCE.rglob("*.py"))
PURE = ("core", "dialects", "config", "model.py", "errors.py")
IMPURE = {"aiohttp", "asyncio", "structlog", "socket", "threading", "random", "uuid", "subprocess"}

LONGEST_CHAIN = 18
LARGEST_FOLDER = 13
LISTS = ("core/redact/rules", "cli/commands")
"""Folders of tables and of commands: their modules are alike, and each stands for itself."""
PRONOUNS = {"told", "said", "asked", "begun", "meant", "found", "card"}


def room_of(path: Path) -> str:
    """Return the layer's name: the folder or module directly below the package."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, at its top or in a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its layer"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] != "runreel":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    for name in imports(path):
        imported = ours(name)
        if imported is not None and imported != room:
            assert RANK[imported] <= RANK[room], f"{room} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.relative_to(SOURCE).parts[0] in PURE],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_pure_code_neither_awaits_nor_opens(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {name.partition(".")[0] for name in imports(path)} & IMPURE
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "open"]


ALONE = [
    ("msgpack is the cassette's business", "msgpack", "core/cassette"),
    ("aiohttp stays in the rooms that serve", "aiohttp", "shell simulator demo"),
]


@pytest.mark.parametrize(("why", "package", "homes"), ALONE, ids=[row[0] for row in ALONE])
def test_a_library_is_imported_in_its_room_only(why: str, package: str, homes: str) -> None:
    users = {
        str(path.relative_to(SOURCE))
        for path in MODULES
        if package in {name.partition(".")[0] for name in imports(path)}
    }
    assert users
    assert not {user for user in users if not user.startswith(tuple(homes.split()))}


def test_redacted_bytes_are_made_in_one_place() -> None:
    makers = [path for path in MODULES if "Redacted(" in path.read_text(encoding="utf-8")]
    assert [room.relative_to(SOURCE).parts[:2] for room in makers] == [("core", "redact")]


def test_the_source_root_is_no_package() -> None:
    assert not (SOURCE.parent / "__init__.py").exists()


def test_no_chain_of_imports_is_long() -> None:
    chain = house.list_longest_chain()
    assert len(chain) <= LONGEST_CHAIN, " imports ".join(chain)


def test_folders_import_each_other_in_one_direction() -> None:
    TopologicalSorter(house.collect_folder_imports()).prepare()  # raises CycleError


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    sizes = house.count_modules()
    assert not {
        folder: size
        for folder, size in sizes.items()
        if size > LARGEST_FOLDER and folder not in LISTS
    }


def test_the_tests_have_the_folders_of_the_package() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(SOURCE) for path in MODULES}
    tested = {
        path.parent.relative_to(tests)
        for root in RANK
        for path in (tests / root).rglob("test_*.py")
    }
    assert len(tested) > 20
    assert not tested - folders


def test_a_type_has_a_name_of_its_own() -> None:
    assert not house.find_shared_names(types_only=True)


def test_functions_are_verbs() -> None:
    participles, functions = house.list_participles()
    assert len(participles) <= 0.03 * functions, participles


def test_variables_are_nouns() -> None:
    assert not [each for each in house.iter_variables() if each[1].lstrip("_") in PRONOUNS]


def test_a_docstring_asks_no_question() -> None:
    questions, _ = house.list_questions()
    assert not questions
