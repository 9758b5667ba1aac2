"""``pytest tests/dialects --update-golden`` rewrites what the golden cases expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden expectations")


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the file that holds it, or write it there where that is asked for."""
    update = request.config.getoption("--update-golden", default=False)

    def compare(path: Path, found: str) -> None:
        if update:
            path.write_bytes(found.encode())
        assert found == path.read_bytes().decode()

    return compare
