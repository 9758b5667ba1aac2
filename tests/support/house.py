"""Figures about the package as its reader meets it: folders, imports, names, docstrings.

``python tests/support/house.py`` prints them; ``tests/test_architecture.py`` holds their bounds.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

SOURCE = Path(__file__).parents[2] / "proxy" / "runreel"

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

_IRREGULAR = re.compile(
    "begun|bound|broken|brought|built|caught|chosen|come|dealt|done|drawn|driven|fallen|felt|"
    "found|given|gone|grown|heard|held|hidden|kept|known|laid|learnt|led|left|lost|made|meant|met|"
    "paid|said|seen|sent|shown|spelt|spoken|stood|sung|taken|thought|thrown|told|torn|undone|"
    "understood|won|worn|written"
)
_VERBS = frozenset({"embed", "feed", "need", "seed"})
"""Verbs that end as a participle does."""

_QUESTION = re.compile(r"(?:What|Whether|Who|Whose|Whom|Where|How|Which|Why|When)\b")


class Module(NamedTuple):
    """One module of the package."""

    name: str
    """Dotted, with ``runreel`` in front; a package goes by its own name."""
    path: Path
    tree: ast.Module
    text: str

    @property
    def folder(self) -> str:
        """The path of its folder below the package, with slashes; empty for the package itself."""
        return self.path.parent.relative_to(SOURCE).as_posix().strip(".")


@cache
def load_modules() -> Mapping[str, Module]:
    """Parse every module of the package; the keys are their names."""
    modules = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = ("runreel", *path.relative_to(SOURCE).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        modules[name] = Module(name, path, ast.parse(text), text)
    return modules


def iter_imports(module: Module) -> Iterator[str]:
    """Yield the modules of the package that a module imports, at its top or in a function."""
    modules = load_modules()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            imported = {name if name in modules else node.module for name in names}
            yield from imported & modules.keys()


@cache
def _list_chain(name: str) -> tuple[str, ...]:
    imported = set(iter_imports(load_modules()[name])) - {name}
    return (name, *max(map(_list_chain, sorted(imported)), key=len, default=()))


def list_longest_chain() -> Sequence[str]:
    """Return the names of the longest chain of imports, from the top down.

    Raises ``RecursionError`` if modules import each other in a circle.
    """
    return max(map(_list_chain, load_modules()), key=len)


def collect_folder_imports() -> Mapping[str, set[str]]:
    """Map each folder to the folders that its modules import from, in whatever depth.

    The ``__init__`` of a folder is left out where it hands on the names of its own subfolders, and
    ``__main__``, which starts the command line from below.
    """
    modules = load_modules()
    folders: dict[str, set[str]] = defaultdict(set)
    for module in modules.values():
        if module.path.name == "__main__.py":
            continue
        for name in iter_imports(module):
            folder = modules[name].folder
            is_facade = module.path.name == "__init__.py" and folder.startswith(module.folder)
            if folder != module.folder and not is_facade:
                folders[module.folder].add(folder)
    return folders


def count_modules() -> Mapping[str, int]:
    """Count the modules of each folder, without ``__init__``."""
    paths = (module.path for module in load_modules().values())
    return Counter(
        path.parent.relative_to(SOURCE).as_posix() for path in paths if path.stem != "__init__"
    )


def _iter_public(module: Module) -> Iterator[tuple[str, bool]]:
    """Yield the name of each public definition of a module, and whether it is a type."""
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, isinstance(node, ast.ClassDef)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            yield ast.unparse(node.target), True


def find_shared_names(*, types_only: bool = False) -> Mapping[str, Sequence[str]]:
    """Map each public name that several modules define to those modules."""
    homes: dict[str, list[str]] = defaultdict(list)
    types: set[str] = set()
    for module in load_modules().values():
        for name, is_type in _iter_public(module):
            if not name.startswith("_"):
                homes[name].append(module.name)
                types.update({name} if is_type else ())
    return {
        name: modules
        for name, modules in sorted(homes.items())
        if len(modules) > 1 and (name in types or not types_only)
    }


def _iter_functions() -> Iterator[tuple[Module, _Function]]:
    for module in load_modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node


def is_participle(name: str) -> bool:
    """Return whether a name's first word is a past participle: ``_settled``, ``made_of``."""
    word = name.lstrip("_").partition("_")[0]
    is_irregular = _IRREGULAR.fullmatch(word) is not None
    return is_irregular or (word.endswith("ed") and word not in _VERBS)


def list_participles() -> tuple[Sequence[str], int]:
    """Return the functions and methods that begin with a participle, and the number of all."""
    functions = list(_iter_functions())
    names = [f"{module.name}.{node.name}" for module, node in functions if is_participle(node.name)]
    return names, len(functions)


def list_questions() -> tuple[Sequence[str], int]:
    """Return the docstrings that begin with a question word, and the number of all."""
    openings = []
    for module in load_modules().values():
        for node in ast.walk(module.tree):  # those of variables and attributes, too
            match node:
                case ast.Expr(value=ast.Constant(value=str(docstring))) if docstring:
                    openings.append(f"{module.name}: {docstring.splitlines()[0]}")
    return [line for line in openings if _QUESTION.match(line.partition(": ")[2])], len(openings)


def iter_variables() -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each variable, parameter and attribute that is assigned."""
    for module in load_modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield module.name, node.id if isinstance(node, ast.Name) else node.attr
            elif isinstance(node, ast.arg):
                yield module.name, node.arg


def list_function_lengths() -> Sequence[int]:
    """Return the lines of each function, sorted, without its decorators and its docstring."""
    lengths = []
    for _, node in _iter_functions():
        docstring = node.body[0] if ast.get_docstring(node) else None
        comment = 0 if docstring is None else (docstring.end_lineno or 0) - docstring.lineno + 1
        lengths.append((node.end_lineno or node.lineno) - node.lineno + 1 - comment)
    return sorted(lengths)


def count_docstring_lines() -> int:
    """Count the lines of all docstrings."""
    nodes = (node for module in load_modules().values() for node in ast.walk(module.tree))
    documented = (node for node in nodes if isinstance(node, _DOCUMENTED))
    texts = (ast.get_docstring(node) for node in documented)
    return sum(len(text.splitlines()) for text in texts if text)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}, {100 * part / whole:.1f} %"


def print_figures() -> None:
    """Print one line for each figure."""
    modules = load_modules()
    lines = [line.strip() for module in modules.values() for line in module.text.splitlines()]
    participles, functions = list_participles()
    questions, docstrings = list_questions()
    folder, size = max(count_modules().items(), key=lambda item: item[1])
    lengths = list_function_lengths()
    median, ninth_decile = (lengths[len(lengths) * part // 10] for part in (5, 9))
    print("lines:", len(lines))
    print("lines of a function, median and 90 %:", median, ninth_decile)
    for limit in (25, 50):
        print(f"functions of more than {limit} lines:", sum(length > limit for length in lengths))
    print("modules in the largest folder:", size, f"({folder})")
    print("longest chain of imports:", len(list_longest_chain()))
    print("public names in more than one module:", len(find_shared_names()))
    print("public types in more than one module:", len(find_shared_names(types_only=True)))
    print("functions named by a participle:", _share(len(participles), functions))
    print("docstrings that begin with a question word:", _share(len(questions), docstrings))
    comments = sum(line.startswith("#") for line in lines)
    print("lines of comment:", _share(comments, len(lines)))
    print("lines of docstrings:", _share(count_docstring_lines(), len(lines)))


if __name__ == "__main__":
    print_figures()
