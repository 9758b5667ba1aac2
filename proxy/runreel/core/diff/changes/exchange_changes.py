"""The comparison of two exchanges in detail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from runreel.core.dialect import Dialect
from runreel.core.diff.changes.answer_changes import diff_answers
from runreel.core.diff.changes.answer_places import AnswerPair, iter_differing_texts
from runreel.core.diff.changes.block_changes import COMPARED_KINDS
from runreel.core.diff.changes.model import Change, ChangePart
from runreel.core.diff.changes.request_changes import IgnoredPlaces, diff_requests_in_detail
from runreel.core.diff.ids.folding import Folding
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.ids.members import is_id_in_answer
from runreel.core.diff.ids.tokens import Clocks
from runreel.core.http.stream_reader import MAX_COMPARED_EVENTS
from runreel.core.jsonpath import JsonPath
from runreel.core.trace.build import build_trace
from runreel.core.trace.model import Trace
from runreel.core.trace.table import TraceTable
from runreel.model import Exchange


class DiffSettings(NamedTuple):
    """The choice of differences that count."""

    ignored: IgnoredPlaces = IgnoredPlaces()
    parts: frozenset[ChangePart] = frozenset(ChangePart)
    """The parts that are compared."""
    with_timing: bool = False


def measure_delta(left: Exchange, right: Exchange) -> Clocks:
    """Return the time from one exchange to the other."""
    started = left.head.timings.started_ns, right.head.timings.started_ns
    return Clocks((started[1] - started[0]) // 1000)


class ExchangeChanges(NamedTuple):
    """The changes from one exchange to another."""

    changes: Iterator[Change]
    """In the order in which a client meets them, found while one reads on."""
    texts: Sequence[tuple[str, str]]
    """Texts of the answer that differ, which later requests may repeat."""


def diff_exchanges(
    left: Exchange,
    right: Exchange,
    dialect: Dialect,
    ids: IdMap,
    settings: DiffSettings,
    *,
    with_answers: bool,
) -> ExchangeChanges:
    """Return the changes from one exchange to the other, whatever they follow from.

    Without ``with_answers``, the answers are known to be alike.
    """
    folding = Folding(ids, measure_delta(left, right))
    made_anew = list_paths_made_anew(left.head.request.body, dialect)
    ignored = settings.ignored._replace(paths=(*settings.ignored.paths, *made_anew))
    requests = diff_requests_in_detail(
        left.head.request,
        right.head.request,
        folding,
        ignored,
        dialect.unordered_items,
    )
    if not with_answers:
        return ExchangeChanges(requests, ())
    pair = _build_answer_pair(left, right, dialect, folding)
    answers = diff_answers(pair, ignored, with_timing=settings.with_timing)
    return ExchangeChanges(chain(requests, answers), [*iter_differing_texts(pair)])


def list_paths_made_anew(body: bytes, dialect: Dialect) -> list[JsonPath]:
    """Return the places of a request's body that clients fill anew, and where answers repeat them.

    They never count when requests are matched either.
    """
    members = _list_members(body)
    places = list(dialect.volatile)
    for bound in dialect.bound:
        if not bound.is_uuid and bound.requires <= members:
            places += filter(None, (bound.place, bound.answer))
    return [JsonPath.parse(place) for place in places if place.startswith("$")]


def _list_members(body: bytes) -> frozenset[str]:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(value if isinstance(value, dict) else ())


def _build_answer_pair(
    left: Exchange, right: Exchange, dialect: Dialect, folding: Folding
) -> AnswerPair:
    return AnswerPair(
        left,
        right,
        _trace_answer(left, dialect),
        _trace_answer(right, dialect),
        folding.for_answers(dialect.channels.noise),
        find_text_names(dialect.trace_table) | find_piece_names(dialect),
    )


def _trace_answer(exchange: Exchange, dialect: Dialect) -> Trace:
    """Return the trace of an exchange without its conversation, which is compared apart."""
    request = replace(exchange.head.request, body=b"")
    bare = Exchange(replace(exchange.head, request=request), exchange.answer)
    return build_trace(bare, dialect, max_events=MAX_COMPARED_EVENTS)


def find_piece_names(dialect: Dialect) -> frozenset[str]:
    """Return the members of answers that hold pieces of texts; a signature is an id."""
    return frozenset(name for name in dialect.channels.pieces if not is_id_in_answer(name))


def find_text_names(table: TraceTable) -> frozenset[str]:
    """Return the members that hold the texts of a transcript."""
    rules = (rule for rule in table.texts if rule.kind in COMPARED_KINDS)
    paths = (path for rule in rules for path in rule.text.split("|"))
    return frozenset(path.rpartition(".")[2].partition("[")[0] for path in paths)


def is_ignored(path: str, ignored: IgnoredPlaces) -> bool:
    """Return whether the user left out a place, such as ``answer.usage``, or what contains it."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in ignored.names)
