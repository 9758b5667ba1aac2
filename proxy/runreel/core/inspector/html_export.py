"""The inspector's page as one file, with the answers of its API in it.

All modules become one script, in the order of their imports: each is a function that returns what
the module exports. This is possible because they keep to the rules in ``page/README.md``. Each
answer is a block of data that the page parses when it asks for it.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from posixpath import dirname, join, normpath

from runreel.errors import RunreelError

MAIN = "main.js"
INDEX = "index.html"

_IMPORT = re.compile(r'^import (?:\{([\w\s,$]*)\} from )?"(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*?|class|const) ([\w$]+)", re.MULTILINE)
_NO_EXPORT = re.compile(r"^export \{\};\n?", re.MULTILINE)
_OTHER_MODULE_CODE = re.compile(r"^(?:import|export)\b[^\n]*", re.MULTILINE)
_STYLE = re.compile(r'^ *<link rel="stylesheet" href="page/([\w./-]+\.css)" />\n', re.MULTILINE)
_ICON = re.compile(r'^ *<link rel="icon"[^\n]*>\n', re.MULTILINE)
_PRELOAD = re.compile(r'^ *<link rel="modulepreload"[^\n]*>\n', re.MULTILINE)
_SCRIPT = re.compile(r'^ *<script type="module" src="page/main\.js"></script>\n', re.MULTILINE)


class PageSourceError(RunreelError):
    """A file of the page that breaks the rules by which it is put into one file."""


def order_modules(files: Mapping[str, str]) -> list[str]:
    """Return the names of all modules that the main one needs, each after those that it imports.

    Raises ``PageSourceError`` for an import of a file that is not there, and for a circle.
    """
    graph: dict[str, list[str]] = {}
    pending = [MAIN]
    while pending:
        name = pending.pop()
        if name not in graph:
            graph[name] = [each for _, each in _iter_imports(files, name)]
            pending += graph[name]
    try:
        return [*TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise PageSourceError(f"modules of the page import each other: {error.args[1]}") from None


def _iter_imports(files: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a module imports, and the module that has them."""
    if name not in files:
        raise PageSourceError(f"a module of the page imports {name}, which is not there")
    for match in _IMPORT.finditer(files[name]):
        yield match[1] or "", normpath(join(dirname(name), match[2]))


def join_modules(files: Mapping[str, str]) -> str:
    """Return one script with all modules; raises as ``order_modules``, and for other imports."""
    ordered = order_modules(files)
    places = {name: f"$module{number}" for number, name in enumerate(ordered)}
    return "\n".join(["'use strict';", *(_wrap(files, name, places) for name in ordered)])


def _wrap(files: Mapping[str, str], name: str, places: Mapping[str, str]) -> str:
    """Return a module as a function that is called at once, and returns its exports."""
    text = _NO_EXPORT.sub("", _IMPORT.sub("", files[name]))
    exports = ", ".join(match[2] for match in _EXPORT.finditer(text))
    text = _EXPORT.sub(r"\1 \2", text)
    other = _OTHER_MODULE_CODE.search(text)
    if other is not None:
        raise PageSourceError(f"{name} of the page has {other[0]!a}, which cannot be joined")
    imports = "".join(
        f"const {{{names}}} = {places[imported]};\n"
        for names, imported in _iter_imports(files, name)
        if names.strip()
    )
    return f"const {places[name]} = (() => {{\n{imports}{text}\nreturn {{{exports}}};\n}})();"


def build_start(files: Mapping[str, str], title: str) -> str:
    """Return the file up to its blocks of data; raises as ``join_modules``."""
    index = files[INDEX]
    styles = "\n".join(files[match[1]] for match in _STYLE.finditer(index))
    policy = (
        f"default-src 'none'; script-src {_hash(_build_script(files))}; style-src {_hash(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        f'    <meta http-equiv="Content-Security-Policy" content="{policy}" />\n'
        '    <meta name="referrer" content="no-referrer" />\n'
    )
    page = index
    for left_out in (_SCRIPT, _ICON, _STYLE, _PRELOAD):
        page = left_out.sub("", page)
    page = page.replace('<meta charset="utf-8" />\n', f'<meta charset="utf-8" />\n{head}', 1)
    page = page.replace("<title>runreel</title>", f"<title>{html.escape(title)}</title>", 1)
    page = page.replace("  </head>", f"    <style>{styles}</style>\n  </head>", 1)
    return page.partition("  </body>")[0]


def build_end(files: Mapping[str, str]) -> str:
    """Return the rest of the file, after its blocks of data."""
    return f"    <script>{_build_script(files)}</script>\n  </body>\n</html>\n"


def _build_script(files: Mapping[str, str]) -> str:
    """Return the script, in a function of its own; no string in it ends the element."""
    script = f"(() => {{\n{join_modules(files)}\n}})();"
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(text: str) -> str:
    """Return the source expression for an inline text (CSP level 3, section 2.3.1)."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def build_block(path: str, document: object) -> str:
    """Return an answer as a block of data. No character in it begins a tag or a comment."""
    data = json.dumps(document).replace("<", "\\u003c")
    return f'    <script type="application/json" data-path="{html.escape(path)}">{data}</script>\n'


def iter_file(
    files: Mapping[str, str], title: str, answers: Iterable[tuple[str, object]]
) -> Iterator[bytes]:
    """Yield the file piece by piece: ``answers`` are pairs of a path of the API and its answer."""
    yield build_start(files, title).encode()
    for path, document in answers:
        yield build_block(path, document).encode()
    yield build_end(files).encode()
