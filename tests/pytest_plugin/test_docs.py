"""docs/pytest.md: its example runs, and its tables are complete."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from runreel import pytest_plugin
from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.options import CHECK_ORPHANS, MODES, ON_UNPLAYED_CHOICES, OPTIONS, Option
from runreel.pytest_plugin.proxy.report import RunreelReport
from runreel.pytest_plugin.session import RunreelSession
from support.readme import find_tagged
from support.suite import Suite

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "pytest.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_its_example_is_recorded_and_replayed(suite: Suite) -> None:
    suite.write("my_app.py", "from asking import ask\ndef answer(text): return ask(text)['asked']")
    suite.write("test_my_app.py", find_tagged(TEXT, "test_my_app.py"))
    suite.record().assert_outcomes(passed=2)
    suite.run().assert_outcomes(passed=2)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_in_the_table(option: Option) -> None:
    names = (option.flag if option.on_command_line else "", option.variable, option.ini)
    cells = [f" `{name}` " if name else " " for name in names]
    assert f"\n|{'|'.join(cells)}|" in TEXT


def test_every_name_is_explained() -> None:
    public = {each.name for each in fields(RunreelSession) if not each.name.startswith("_")}
    words = {
        *(each.name for each in fields(MarkerArguments)),
        *(each.name for each in fields(RunreelReport)),
        *MODES,
        *ON_UNPLAYED_CHOICES,
        *public,
        CHECK_ORPHANS,
    } - {"name"}
    assert not [word for word in words if word not in TEXT]


def test_the_marker_names_every_argument() -> None:
    assert not [
        each.name for each in fields(MarkerArguments) if each.name not in pytest_plugin.MARKER_HELP
    ]
