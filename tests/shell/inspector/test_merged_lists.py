"""Lists and pages of several workers, merged."""

from __future__ import annotations

from typing import Any

import pytest

from runreel.errors import UsageError
from runreel.shell.inspector.merged_lists import (
    build_target,
    merge_lists,
    merge_pages,
    parse_places,
)


def make_page(rows: list[int], after: str | None, searched: int) -> dict[str, Any]:
    counts = {"searched": searched, "matched": searched, "total": 9, "unread": 1, "recordings": 2}
    return {"schema_version": 1, "rows": rows, "next": after, **counts}


def test_a_worker_that_has_no_more_is_not_asked_again_and_still_counts() -> None:
    places = parse_places("", 2)
    assert places == {0: "", 1: ""}
    page = merge_pages(places, {0: make_page([1], None, 1), 1: make_page([7], "c", 2)})
    assert (page["rows"], page["searched"], page["total"]) == ([1, 7], 3, 18)
    places = parse_places(str(page["next"]), 2)
    assert places == {0: [1, 1, 9, 1, 2], 1: "c"}
    page = merge_pages(places, {1: make_page([8, 9], None, 4)})
    assert page["rows"] == [8, 9]
    assert page["next"] is None
    assert (page["searched"], page["total"], page["recordings"]) == (5, 18, 4)


@pytest.mark.parametrize(
    "cursor", ["x", "{}", "[]", '["a"]', '["", null]', '["", [1, 2, 3, 4, true]]', "[" * 99_999]
)
def test_a_cursor_of_another_kind_is_an_error(cursor: str) -> None:
    with pytest.raises(UsageError, match="not the cursor of a page"):
        parse_places(cursor, 2)


def test_an_error_of_one_worker_is_that_of_all() -> None:
    error = {"error": {"message": "begin anew", "code": "runreel_bad_query"}}
    with pytest.raises(UsageError, match="begin anew"):
        merge_pages(parse_places("", 2), {0: make_page([], None, 0), 1: error})


def test_the_rest_of_a_query_stays() -> None:
    target = "/-/api/exchanges?filter=text%3A%26+x&after=%5B%22%22%5D&limit=3"
    assert build_target(target, "1.1.1@a&b") == (
        "/-/api/exchanges?filter=text%3A%26+x&limit=3&after=1.1.1%40a%26b"
    )
    assert build_target(target, "") == "/-/api/exchanges?filter=text%3A%26+x&limit=3"


def test_lists_have_the_members_of_all() -> None:
    merged = merge_lists({"a": 1, "misses": [1]}, {1: {"misses": [2]}, 2: {"misses": []}}, "misses")
    assert merged == {"a": 1, "misses": [1, 2]}
