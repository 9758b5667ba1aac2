"""Recording and replay that are killed, stopped, frozen, or lose their disk or their file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from support.kill_rounds import ROUNDS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ROUNDS)
async def test_what_was_logged_is_there_and_all_else_is_said(kind: str, tmp_path: Path) -> None:
    """More of them: ``python tests/support/kill_rounds.py --rounds 300``."""
    await ROUNDS[kind](tmp_path, random.Random(kind))  # noqa: S311  # not a secret
