"""The key of a call: equal for two requests that differ in ids and moments at most."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from runreel.core.diff.ids.members import is_id_in_answer, is_id_in_request, is_moment
from runreel.core.diff.ids.tokens import TOKEN, looks_generated
from runreel.core.jsonpath import JsonPath
from runreel.core.match.canonical_json import encode_canonical
from runreel.core.match.pruning import parse_pruned
from runreel.model import Request

_MEMBER = re.compile(
    r'"([A-Za-z_]+)":\s?(?:"((?:[^"\\]++|\\.)*+)"|\{"":"([0-9.]+)"\}|([0-9][0-9.]*))'
)
_GENERATED = re.compile(
    r"REDACTED-[a-z0-9-]+-[0-9]+(?:@redacted\.invalid)?"
    r"|(?:[A-Za-z][A-Za-z0-9]*+[_-]){0,3}[A-Za-z0-9]{12,}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?"
)
_MAY_BE_GENERATED = re.compile("[A-Za-z0-9]{12}|[12][0-9]{3}-[01]|REDACTED-")
"""Part of everything that the pattern above finds, and sought ten times as fast."""

_MASK = "⟨id⟩"
_MAX_FEATURE = 200
"""Characters of a string that are compared to find similar requests."""


class CallKey(NamedTuple):
    """The content of a request, without its ids."""

    call: str
    """Operation or, for an unknown one, method and path with its ids masked."""
    digest: bytes
    """Equal for requests that differ in ids and moments at most."""
    ids: Sequence[str]
    """The ids in path and body, in an order that is the same for equal digests."""


def build_call_key(
    request: Request, operation: str, path_ids: Iterable[str], ignore: Sequence[JsonPath] = ()
) -> CallKey:
    """Build the key of a request; ``path_ids`` are the ids that its dialect finds in the path."""
    ids: list[str] = []
    target = request.target.decode("utf-8", "replace")
    path = _mask_target(target, frozenset(path_ids), ids)
    text = _format_body(request, ignore)
    body = _mask_body(text, ids)
    digest = hashlib.sha256(f"{request.method} {path}\n{body}".encode(errors="replace")).digest()
    call = operation or f"{request.method} {path.partition('?')[0]}"
    return CallKey(call, digest[:16], tuple(ids))


def _mask_target(target: str, path_ids: frozenset[str], ids: list[str]) -> str:
    path, question, query = target.partition("?")
    segments = [_mask_segment(unquote(each), path_ids, ids) for each in path.split("/")]
    return "/".join(segments) + question + _mask_generated(query, ids)


def _mask_segment(segment: str, path_ids: frozenset[str], ids: list[str]) -> str:
    if segment not in path_ids:
        return _mask_generated(segment, ids)
    ids.append(segment)
    return _MASK


def _mask_generated(text: str, ids: list[str]) -> str:
    if _MAY_BE_GENERATED.search(text) is None:
        return text

    def mask(match: re.Match[str]) -> str:
        if not looks_generated(match[0]):
            return "⟨date⟩" if match[0][4:5] == "-" and match[0][:4].isdigit() else match[0]
        ids.append(match[0])
        return _MASK

    return _GENERATED.sub(mask, text)


def _format_body(request: Request, ignore: Sequence[JsonPath]) -> str:
    """Return the body as canonical JSON or, if it is not JSON, as text."""
    try:
        value = parse_pruned(request.body, ignore)
        return encode_canonical(value).decode("utf-8", "replace")
    except ValueError:
        return request.body.decode("utf-8", "replace") + request.digest


def _mask_body(text: str, ids: list[str], is_id: Callable[[str], bool] = is_id_in_request) -> str:
    def mask(match: re.Match[str]) -> str:
        name, value, number, digits = match.groups()
        if value and is_id(name):
            ids.append(value)
            return f'"{name}":"{_MASK}"'
        return f'"{name}":0' if (number or digits) and is_moment(name) else match[0]

    return _mask_generated(_MEMBER.sub(mask, text), ids)


def mask_answer(body: bytes) -> tuple[str, list[str]]:
    """Return the text of an answer without its ids and moments, and the ids."""
    ids: list[str] = []
    return _mask_body(body.decode("utf-8", "replace"), ids, is_id_in_answer), ids


def collect_features(request: Request) -> frozenset[str]:
    """Return the strings of a request without ids, of which similar requests share many."""
    text = _mask_body(_format_body(request, ()), [])
    parts = text.split('"') if '"' in text else TOKEN.findall(text)
    return frozenset(part[:_MAX_FEATURE] for part in parts if len(part) > 1)
