"""Pages of lists."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.simulator.api.pages import build_page
from runreel.simulator.api_error import ApiError
from runreel.simulator.objects import ModelObject

FIVE = [ModelObject(id=name, created=0) for name in "abcde"]

PAGES: list[tuple[str, dict[str, str], str, bool]] = [
    ("the newest first", {}, "edcba", False),
    ("the oldest first", {"order": "asc"}, "abcde", False),
    ("the first page", {"limit": "2"}, "ed", True),
    ("the next page", {"limit": "2", "after": "d"}, "cb", True),
    ("the last page", {"limit": "2", "after": "b"}, "a", False),
    ("nothing after the last", {"after": "a"}, "", False),
    ("the page before", {"limit": "2", "before": "b"}, "dc", True),
    ("all before", {"before": "b", "order": "asc"}, "a", False),
    ("between two", {"after": "e", "before": "b", "limit": "1"}, "d", True),
]


@pytest.mark.parametrize(
    ("query", "ids", "more"), [row[1:] for row in PAGES], ids=[row[0] for row in PAGES]
)
def test_a_page(query: dict[str, str], ids: str, more: bool) -> None:
    page: Any = build_page(FIVE, query)
    assert "".join(item["id"] for item in page["data"]) == ids
    assert page["has_more"] is more
    assert page["first_id"] == (ids[0] if ids else None)
    assert page["last_id"] == (ids[-1] if ids else None)


@pytest.mark.parametrize(
    "query",
    [
        {"order": "up"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "9" * 5000},
        {"after": "x"},
        {"before": "x"},
    ],
    ids=str,
)
def test_a_bad_query_is_an_error(query: dict[str, str]) -> None:
    with pytest.raises(ApiError) as raised:
        build_page(FIVE, query)
    assert raised.value.status == 400


@given(st.integers(1, 5), st.sampled_from(["asc", "desc"]))
def test_pages_joined_are_the_list(limit: int, order: str) -> None:
    ids: list[str] = []
    query = {"limit": str(limit), "order": order}
    more = True
    while more:
        page: Any = build_page(FIVE, query)
        ids += [item["id"] for item in page["data"]]
        query["after"], more = ids[-1], page["has_more"]
    assert "".join(ids) == ("abcde" if order == "asc" else "edcba")
