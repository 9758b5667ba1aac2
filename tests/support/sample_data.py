"""Recorded streams and examples beside the checkout, of which the repository has no copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "data"
MARKER = "sample_data"


def deselect_without_data(config: pytest.Config, items: list[pytest.Item], folder: Path) -> None:
    """Deselect the tests that need the folder, if it does not exist: nobody else can have it."""
    missing: Sequence[pytest.Item] = (
        [] if folder.is_dir() else [each for each in items if each.get_closest_marker(MARKER)]
    )
    if missing:
        items[:] = [each for each in items if each not in missing]
        config.hook.pytest_deselected(items=missing)
