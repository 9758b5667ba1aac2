"""The changes between two requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from runreel.core.diff.changes.model import Change, ChangeKind, ChangePart, DiffVerdict
from runreel.core.diff.changes.value_changes import ValueChange, diff_values
from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.http.headers import find_header_values
from runreel.core.jsonpath import JsonPath
from runreel.core.match.canonical_json import CanonicalJson, format_readable
from runreel.core.match.json_diff import Absent, ComparedValue
from runreel.core.match.pruning import parse_pruned
from runreel.core.match.word_diff import diff_words
from runreel.core.unordered import UnorderedItems, sort_unordered
from runreel.core.word_spans import WordSpan
from runreel.errors import UsageError
from runreel.model import Headers, Request

REQUEST_HEADERS = (
    "accept",
    "accept-language",
    "content-type",
    "openai-beta",
    "anthropic-version",
    "anthropic-beta",
    "mcp-protocol-version",
    "a2a-version",
    "prefer",
    "range",
    "if-match",
    "if-none-match",
    "last-event-id",
)
"""Headers of requests that are compared, in lower case."""

_TEXT_MEMBERS = frozenset(
    {
        *("content", "text", "input", "system", "prompt", "instructions", "value", "message"),
        *("additional_instructions", "query", "question"),
    }
)
_SETTINGS = frozenset({"tools", "functions", "response_format", "tool_choice", "tool_resources"})
_OUTPUT_HOLDERS = frozenset({"tool", "function", "tool_result"})
_CALL_HOLDERS = frozenset({"tool_use", "function_call", "custom_tool_call"})
_MIN_SPACES = 3
_SHORT = 40
"""Characters of a text without spaces that is shown as a whole instead of by words."""
_TOO_DEEP = "(nested too deeply to be shown here)"


class IgnoredPlaces(NamedTuple):
    """The places that the user leaves out."""

    paths: Sequence[JsonPath] = ()
    names: frozenset[str] = frozenset()
    """Such as ``headers.accept`` and ``query.after``."""

    @classmethod
    def parse(cls, entries: Iterable[str]) -> IgnoredPlaces:
        """Parse JSON paths and names of places. Raises ``UsageError`` with the wrong one."""
        listed = [*entries]
        paths = tuple(_parse_path(entry) for entry in listed if entry.startswith("$"))
        names = frozenset(entry for entry in listed if not entry.startswith("$"))
        wrong = sorted(name for name in names if not _PLACE.fullmatch(name))
        if wrong:
            raise UsageError(
                f'ignore {wrong[0]}: write a JSON path such as "$.metadata", or a place such as '
                '"headers.accept", "query.after", "answer.usage" or "request.path"'
            )
        return cls(paths, names)


_PLACE = re.compile(r"(?:request|answer|call)(?:\..*)?|(?:headers|query)\.[^.]+", re.DOTALL)


def _parse_path(entry: str) -> JsonPath:
    try:
        return JsonPath.parse(entry)
    except ValueError as error:
        raise UsageError(f"ignore {entry}: {error}") from None


def diff_requests_in_detail(
    left: Request,
    right: Request,
    folding: Folding,
    ignored: IgnoredPlaces,
    unordered: Sequence[UnorderedItems],
) -> Iterator[Change]:
    """Yield the changes between two requests."""
    if left.method != right.method:
        yield build_request_change("request.method", left.method, right.method)
    yield from _diff_targets(left.target, right.target, folding, ignored)
    for name in REQUEST_HEADERS:
        if f"headers.{name}" not in ignored.names:
            yield from diff_header(name, left.headers, right.headers, "request", folding)
    yield from _diff_bodies(left, right, folding, ignored, unordered)


def build_request_change(path: str, left: str, right: str) -> Change:
    """Build a change of a part that is no text."""
    kind = ChangeKind.CHANGED
    return Change(ChangePart.REQUEST, kind, DiffVerdict.BEHAVIOUR, path, left, right)


def _diff_targets(
    left: bytes, right: bytes, folding: Folding, ignored: IgnoredPlaces
) -> Iterator[Change]:
    path, _, query = left.decode("utf-8", "replace").partition("?")
    new_path, _, new_query = right.decode("utf-8", "replace").partition("?")
    own_path, new_path = unquote(path), _translate_path(unquote(new_path), folding.ids)
    if not folding.are_same("", own_path, new_path):
        yield build_request_change("request.path", own_path, new_path)
    old, new = (dict(parse_qsl(each, keep_blank_values=True)) for each in (query, new_query))
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name, "nothing"), folding.ids.translate(new.get(name, "nothing"))
        if not folding.are_same(name, one, other) and f"query.{name}" not in ignored.names:
            yield build_request_change(f"request.query.{name}", one, other)


def _translate_path(path: str, ids: IdMap) -> str:
    return "/".join(map(ids.translate, path.split("/")))


def diff_header(
    name: str, left: Headers, right: Headers, side: str, folding: Folding
) -> Iterator[Change]:
    """Yield the change of one header, if there is any."""
    old, new = (get_header(name, headers) for headers in (left, right))
    if old != new and not folding.are_same(name, old, folding.ids.translate(new)):
        path = f"{side}.headers.{name}"
        yield Change(ChangePart.HEADERS, ChangeKind.CHANGED, DiffVerdict.BEHAVIOUR, path, old, new)


def get_header(name: str, headers: Headers) -> str:
    """Return the value of a header, without the boundary of a multipart body."""
    values = find_header_values(headers, name.encode())
    text = b", ".join(values).decode("utf-8", "replace") if values else "nothing"
    return text.partition("; boundary=")[0]


def _diff_bodies(
    left: Request,
    right: Request,
    folding: Folding,
    ignored: IgnoredPlaces,
    unordered: Sequence[UnorderedItems],
) -> Iterator[Change]:
    if left.body == right.body and left.digest == right.digest:
        return
    values = (
        parse_body(left.body, None, ignored.paths),
        parse_body(right.body, folding.ids, ignored.paths),
    )
    if values[0] is None or values[1] is None:
        yield from _diff_texts(left, right, folding)
        return
    for value in values:
        sort_unordered(value, unordered)
    yield from map(_build_change, diff_values(values[0], values[1], folding))


def parse_body(body: bytes, ids: IdMap | None, ignore: Sequence[JsonPath]) -> CanonicalJson | None:
    """Return the JSON value of a body, with the ids of the left side; None if it is not JSON.

    The result for ``null`` is None as well.
    """
    try:
        return parse_pruned(body if ids is None else _translate(body, ids), ignore)
    except ValueError:
        return None


def _translate(body: bytes, ids: IdMap) -> bytes:
    """Return a JSON body with the ids of the left side; raise ValueError if it is not UTF-8."""
    text = body.decode()
    translated = ids.translate_json(text)
    return body if translated is text else translated.encode()


def _diff_texts(left: Request, right: Request, folding: Folding) -> Iterator[Change]:
    old = left.body.decode("utf-8", "replace") or f"{left.omitted or ''} {left.digest}".strip()
    new = right.body.decode("utf-8", "replace") or f"{right.omitted or ''} {right.digest}".strip()
    new = folding.ids.translate(new)
    if not folding.are_same("", old, new):
        yield build_request_change("request.body", old, new)._replace(spans=show_words(old, new))


def _build_change(change: ValueChange) -> Change:
    verdict, label = judge_request_place(change)
    kind = find_kind(change)
    return Change(
        ChangePart.REQUEST,
        kind,
        verdict,
        f"request.{change.path}",
        format_value(change.left),
        format_value(change.right),
        label,
        spans=show_words(change.left, change.right),
    )


def find_kind(change: ValueChange) -> ChangeKind:
    """Return what happened to the place of a change."""
    if change.is_reordered:
        return ChangeKind.REORDERED
    if isinstance(change.left, Absent):
        return ChangeKind.ADDED
    return ChangeKind.MISSING if isinstance(change.right, Absent) else ChangeKind.CHANGED


def judge_request_place(change: ValueChange) -> tuple[DiffVerdict, str]:
    """Return the verdict on a changed place of a request, and the thing that has changed."""
    names = {key for key in change.keys if isinstance(key, str)}
    holders = set(change.holders)
    if names & _SETTINGS:
        return DiffVerdict.BEHAVIOUR, f"tool {change.within}" if change.within else ""
    if "tool_outputs" in names or holders & _OUTPUT_HOLDERS or _has_output(holders):
        return DiffVerdict.BEHAVIOUR, "tool output"
    if "tool_calls" in names or holders & _CALL_HOLDERS:
        return DiffVerdict.BEHAVIOUR, f"tool call {change.within}".rstrip()
    is_text = isinstance(change.left, str) and isinstance(change.right, str)
    is_wording = is_text and (
        change.is_in_text or change.name in _TEXT_MEMBERS or are_prose(change.left, change.right)
    )
    holder = next(filter(None, change.holders), "")
    return DiffVerdict.WORDING if is_wording else DiffVerdict.BEHAVIOUR, holder


def are_prose(*values: ComparedValue) -> bool:
    """Return whether all values are texts of several words."""
    return all(isinstance(each, str) and each.count(" ") >= _MIN_SPACES for each in values)


def _has_output(holders: set[str]) -> bool:
    return any(holder.endswith("_output") for holder in holders)


def format_value(value: ComparedValue) -> str:
    """Return a value as text: a string as it is, anything else as JSON; absent as empty."""
    if isinstance(value, Absent):
        return ""
    if isinstance(value, str):
        return value
    try:
        return format_readable(value)
    except RecursionError:
        return _TOO_DEEP


def show_words(left: ComparedValue, right: ComparedValue) -> tuple[WordSpan, ...]:
    """Return a diff by words of two texts; empty if they are short, or no texts."""
    if not isinstance(left, str) or not isinstance(right, str):
        return ()
    is_short = max(len(left), len(right)) < _SHORT
    return () if is_short else diff_words(left, right)
