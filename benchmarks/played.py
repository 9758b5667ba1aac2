"""A pytest plugin that notes, in the JUnit report, which exchanges each test has played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from runreel.pytest_plugin.proxy.session import Session


@pytest.fixture(autouse=True)
def _played(runreel: Session, record_property: Callable[[str, object], None]) -> Iterator[None]:
    yield
    report = runreel.report()
    record_property("played", list(report.played))
    record_property("missed", report.missed)
