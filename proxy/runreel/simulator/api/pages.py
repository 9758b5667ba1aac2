"""Pages of lists, chosen by the query parameters of the API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from runreel.simulator.api_error import ApiError
from runreel.simulator.objects import ApiObject, JsonObject, to_json

R = TypeVar("R", bound=ApiObject)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


def build_page(resources: Sequence[R], query: Mapping[str, str], *, limit: int = 20) -> JsonObject:
    """Return one page of a list, chosen by ``order``, ``after``, ``before`` and ``limit``.

    ``resources`` are given oldest first. A page has the newest first unless ``order`` is ``asc``.
    ``limit`` is the length of a page without a ``limit`` in the query. Raises ``ApiError`` if a
    parameter is invalid.
    """
    ordered = resources if _parse_order(query) == "asc" else resources[::-1]
    window = _slice_between(ordered, query.get("after"), query.get("before"))
    most = _parse_limit(query, limit)
    goes_backwards = "before" in query and "after" not in query
    page = window[-most:] if goes_backwards else window[:most]
    return {
        "object": "list",
        "data": [to_json(resource) for resource in page],
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
        "has_more": len(page) < len(window),
    }


def _parse_order(query: Mapping[str, str]) -> str:
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise ApiError(400, "'order' must be 'asc' or 'desc'.", param="order", code="invalid_value")
    return order


def _parse_limit(query: Mapping[str, str], default: int) -> int:
    text = query.get("limit", str(default))
    most = max(default, 100)
    if not _WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        message = f"'limit' must be an integer from 1 to {most}."
        raise ApiError(400, message, param="limit", code="invalid_value")
    return int(text)


def _slice_between(ordered: Sequence[R], after: str | None, before: str | None) -> Sequence[R]:
    start = _find_cursor(ordered, after, "after") + 1 if after else 0
    stop = _find_cursor(ordered, before, "before") if before else len(ordered)
    return ordered[start:stop]


def _find_cursor(ordered: Sequence[R], cursor: str, param: str) -> int:
    for index, resource in enumerate(ordered):
        if resource.id == cursor:
            return index
    message = f"'{param}' is '{cursor}', which is not in this list."
    raise ApiError(400, message, param=param, code="invalid_value")
