"""A pytest plugin that writes the exchanges played by each test into the JUnit report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from runreel.pytest_plugin.session import RunreelSession


@pytest.fixture(autouse=True)
def _record_played(
    runreel: RunreelSession, record_property: Callable[[str, object], None]
) -> Iterator[None]:
    yield
    report = runreel.report()
    record_property("played", list(report.played))
    record_property("missed", report.missed)
