"""The redaction rule for a text that somebody has selected: a JSON path, or a pattern."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runreel.core.http.stream_reader import read_stream
from runreel.core.jsonpath import JsonPath
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf, LeafPath
from runreel.core.report.documents import ReportDocument
from runreel.model import Exchange

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACKET = re.compile(rb"[\[{]")
_MAX_TEXT = 200
"""Most characters of a text for which a pattern is proposed."""


class SelectedRange(NamedTuple):
    """A range of bytes in the body of a request or an answer."""

    part: str
    """``request`` or ``answer``."""
    start: int
    end: int


def propose_rule(
    exchange: Exchange, selected: SelectedRange, present: Sequence[str]
) -> ReportDocument:
    """Return the lines of configuration that redact the selected text.

    ``present`` are the JSON paths in the settings. If the text is within a value of JSON, the whole
    value is redacted, by its path; any other text, by a pattern that matches this text alone.
    """
    body = get_body(exchange, selected.part)
    text = body[selected.start : selected.end].decode("utf-8", "replace")
    leaf = _find_leaf(exchange, selected)
    if leaf is None:
        return {"text": text[:_MAX_TEXT], "path": None, **_propose_pattern(text, body)}
    path = format_general_path(leaf.path)
    lines = ["[runreel.redact]", f"paths = {_format_list([*present, path])}"]
    values = [*_iter_values(exchange, JsonPath.parse(path))]
    where = "in each event of a stream, too" if selected.part == "answer" else "in each body"
    return {
        "text": text[:_MAX_TEXT],
        "path": path,
        "toml": "\n".join(lines),
        "explanation": f"Redacts the whole value at {path}, in requests and answers, {where}.",
        "would_match": len(values),
    }


def get_body(exchange: Exchange, part: str) -> bytes:
    """Return the body of the request or of the answer."""
    return exchange.head.request.body if part == "request" else exchange.answer.body


def format_general_path(path: LeafPath) -> str:
    """Return the JSON path of a leaf in all elements of its arrays: ``$.messages[*].content``."""
    return "$" + "".join(map(_format_step, path))


def _format_step(key: str | int) -> str:
    if isinstance(key, int):
        return "[*]"
    return f".{key}" if _PLAIN_NAME.fullmatch(key) else f"[{json.dumps(key)}]"


def _find_leaf(exchange: Exchange, selected: SelectedRange) -> Leaf | None:
    """Return the scalar of JSON that the selected text is within."""
    body = get_body(exchange, selected.part)
    for start, end in _list_texts(exchange, selected.part):
        if start <= selected.start and selected.end <= end:
            for leaf in iter_leaves(body, [(start, end)]):
                if leaf.start <= selected.start and selected.end <= leaf.end:
                    return leaf if leaf.path and _can_parse(leaf.path) else None
    return None


def _can_parse(path: LeafPath) -> bool:
    try:
        return bool(JsonPath.parse(format_general_path(path)))
    except ValueError:
        return False


def _list_texts(exchange: Exchange, part: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the texts of JSON in a body: the whole of it, or each event's."""
    body = get_body(exchange, part)
    events = read_stream(exchange.answer.headers, body) if part == "answer" else None
    spans = [(each.offset, each.offset + each.length) for each in events or ()]
    for start, end in spans or [(0, len(body))]:
        bracket = _BRACKET.search(body, start, end)
        if bracket is not None:
            yield bracket.start(), end


def _iter_values(exchange: Exchange, path: JsonPath) -> Iterator[Leaf]:
    """Yield the values of the exchange that a path selects."""
    for part in ("request", "answer"):
        body = get_body(exchange, part)
        for span in _list_texts(exchange, part):
            yield from (leaf for leaf in iter_leaves(body, [span]) if path.matches(leaf.path))


def _propose_pattern(text: str, body: bytes) -> ReportDocument:
    if not text.strip() or len(text) > _MAX_TEXT or not text.isprintable():
        return {
            "toml": None,
            "explanation": "Select a part of a value of JSON, or up to 200 printable characters.",
            "would_match": 0,
        }
    pattern = re.escape(text)
    lines = ["[runreel.redact]", f"patterns = {_format_list([f'selected: {pattern}'])}"]
    return {
        "toml": "\n".join(lines),
        "explanation": "Redacts this very text wherever it occurs; make the pattern more general.",
        "would_match": body.count(text.encode("utf-8", "surrogateescape")),
    }


def _format_list(entries: Sequence[str]) -> str:
    """Return an array of TOML basic strings (https://toml.io/en/v1.0.0)."""
    texts = (json.dumps(each, ensure_ascii=False) for each in dict.fromkeys(entries))
    return f"[{', '.join(texts)}]".replace("\x7f", "\\u007f")
