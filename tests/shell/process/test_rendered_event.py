"""An event with fields that are rendered once gives the line that structlog writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from runreel.config import LogSettings
from runreel.shell.process import logs
from runreel.shell.process.rendered_event import RenderedEvent
from support.logs import restore_logging

FIELDS = {"exchange": 3, "path": '/v1/\u2028"x', "whole": True, "none": None, "list": ["a\n"]}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6}Z)?")

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("JSON", {"format": "json"}),
    ("readable lines", {"format": "console"}),
    ("a level that leaves it out", {"format": "json", "level": "warning"}),
    ("a level that leaves it out, in readable lines", {"format": "console", "level": "error"}),
]


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    with restore_logging():
        yield


@pytest.mark.parametrize(("why", "settings"), SETTINGS, ids=[row[0] for row in SETTINGS])
def test_the_line_is_that_of_structlog(why: str, settings: dict[str, Any]) -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(**settings), stream, is_terminal=False)
    RenderedEvent("played", FIELDS).log()
    structlog.get_logger().info("played", **FIELDS)
    lines = stream.getvalue().splitlines()
    assert len(lines) == (0 if "level" in settings else 2)
    assert len({_TIME.sub("", line) for line in lines}) == min(len(lines), 1)


def test_the_time_is_that_of_the_line() -> None:
    stream = StringIO()
    logs.configure_logging(LogSettings(format="json"), stream, is_terminal=False)
    event = RenderedEvent("played", FIELDS)
    for _ in range(2):
        event.log()
        structlog.get_logger().info("next")
    times = [json.loads(line)["timestamp"] for line in stream.getvalue().splitlines()]
    assert len(times) == 4
    assert times == sorted(times)


def test_tests_can_capture_it() -> None:
    logs.configure_logging(LogSettings(format="json"), StringIO(), is_terminal=False)
    with capture_logs() as events:
        RenderedEvent("played", FIELDS).log()
    assert events == [{**FIELDS, "event": "played", "log_level": "info"}]
