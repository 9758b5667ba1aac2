"""Tests that need recorded streams beside the checkout are deselected where there are none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.sample_data import MARKER, deselect_without_data


class Item:
    """A collected test, with or without the marker."""

    def __init__(self, marker: str) -> None:
        self._marker = marker

    def get_closest_marker(self, name: str) -> str | None:
        return self._marker if name == self._marker else None


@pytest.mark.parametrize("has_data", [True, False], ids=["with data", "without data"])
def test_only_tests_that_need_it_are_deselected(has_data: bool, tmp_path: Path) -> None:
    marked, other = Item(MARKER), Item("slow")
    deselected: list[Any] = []

    def note(items: list[Any]) -> None:
        deselected.extend(items)

    config: Any = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=note))
    items: list[Any] = [marked, other]
    deselect_without_data(config, items, tmp_path if has_data else tmp_path / "nowhere")
    assert items == ([marked, other] if has_data else [other])
    assert deselected == ([] if has_data else [marked])
