"""JSON laid out for reading, with nothing changed but blanks and escapes.

The text is not read and written anew: repeated names, the spelling of numbers and the order of
fields are what one looks for. Source: RFC 8259, section 2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]\s*[\]}]|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_INDENT = "  "
_MAX_INDENTED_LEVELS = 32
"""Levels that are indented; a hostile body has thousands, and would grow by all of them."""


def format_json_lines(text: str) -> Iterator[str] | None:
    """The lines of the text, laid out; None where it is not JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _iter_lines(text)


def _iter_lines(text: str) -> Iterator[str]:
    line, depth = "", 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        match token:
            case "{" | "[":
                depth += 1
                yield line + token
                line = _indent(depth)
            case "}" | "]":
                depth -= 1
                yield line
                line = _indent(depth) + token
            case ",":
                yield line + token
                line = _indent(depth)
            case ":":
                line += ": "
            case _:
                line += _unescape(token)
    yield line


def _indent(depth: int) -> str:
    return _INDENT * min(depth, _MAX_INDENTED_LEVELS)


def _unescape(token: str) -> str:
    """Characters for their escapes; a name, a number or an empty container stays as it is."""
    if token.startswith('"'):
        return json.dumps(json.loads(token), ensure_ascii=False)
    return "".join(token.split())
