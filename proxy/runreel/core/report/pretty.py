"""JSON formatted for reading; only whitespace and escapes are changed.

The text is not parsed and serialised again, which would lose repeated names and the notation of
numbers. Tokens are those of RFC 8259, section 2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]\s*[\]}]|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_INDENT = "  "
_MAX_INDENTED_LEVELS = 32
"""Maximum indentation, in levels: a hostile body with thousands of them would grow too large."""


_MAX_VALUES = 200_000
"""Most values of a text that is formatted; each gets a line of its own."""


def format_json_lines(text: str) -> Iterator[str] | None:
    """Return the lines of the formatted text, or None if it is not JSON, or has too many values."""
    if sum(map(text.count, ",[{")) > _MAX_VALUES:
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _iter_lines(text)


def _iter_lines(text: str) -> Iterator[str]:
    line, depth = "", 0
    for token in (match[0] for match in _TOKEN.finditer(text)):
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
    """Decode the escapes of a string; remove the whitespace from any other token."""
    if not token.startswith('"'):
        return "".join(token.split())
    return json.dumps(json.loads(token), ensure_ascii=False) if "\\" in token else token
