"""Lists of all workers: their recordings, their misses, and pages of their exchanges."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from runreel.core.report.documents import ReportDocument
from runreel.errors import UsageError

_COUNTS = ("searched", "matched", "total", "unread", "recordings")

ListPlaces: TypeAlias = dict[int, "str | list[int]"]
"""For each worker the cursor of its next page, empty for the first one; or, behind its last page,
its counts."""


def merge_lists(document: ReportDocument, others: Mapping[int, Any], name: str) -> ReportDocument:
    """Return a document with the list of this name of all workers."""
    lists = [document, *others.values()]
    return {**document, name: [each for listed in lists for each in listed[name]]}


def parse_places(cursor: str, workers: int) -> ListPlaces:
    """Return the places that the cursor of a merged page names. Raises ``UsageError``."""
    if not cursor:
        return dict.fromkeys(range(workers), "")
    try:
        places = json.loads(cursor)
    except (ValueError, RecursionError):
        places = None
    if not (isinstance(places, list) and len(places) == workers and all(map(_is_place, places))):
        raise UsageError("after: this is not the cursor of a page")
    return dict(enumerate(places))


def _is_place(place: object) -> bool:
    if isinstance(place, list):
        return len(place) == len(_COUNTS) and all(type(each) is int for each in place)
    return isinstance(place, str)


def build_target(target: str, cursor: str) -> str:
    """Return the target of a request for a page with another cursor."""
    path, _, query = target.partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "after"]
    return f"{path}?{urlencode([*pairs, *([('after', cursor)] if cursor else [])])}"


def merge_pages(places: ListPlaces, pages: Mapping[int, Any]) -> ReportDocument:
    """Return one page with the rows of the workers' pages, for which there are ``places``.

    Workers without a page are those that had no more. Raises ``UsageError`` if one of the pages
    is an error.
    """
    for page in pages.values():
        if "error" in page:
            raise UsageError(str(page["error"]["message"]))
    after = [_find_next(places[worker], pages.get(worker)) for worker in sorted(places)]
    counts = [_count(places[worker], pages.get(worker)) for worker in sorted(places)]
    is_last = all(isinstance(place, list) for place in after)
    return {
        **next(iter(pages.values()), {}),
        "rows": [row for worker in sorted(pages) for row in pages[worker]["rows"]],
        "next": None if is_last else json.dumps(after),
        **dict(zip(_COUNTS, map(sum, zip(*counts, strict=True)), strict=True)),
    }


def _find_next(place: str | list[int], page: Any) -> str | list[int]:
    if page is None:
        return place
    return page["next"] or _count(place, page)


def _count(place: str | list[int], page: Any) -> list[int]:
    if page is None:
        return place if isinstance(place, list) else [0] * len(_COUNTS)
    return [page[name] for name in _COUNTS]
