"""Options that are settings, and the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from runreel.cli.options import read_settings, start_log
from runreel.config import Config, LogSettings, Speed
from runreel.errors import ConfigError


@pytest.fixture(autouse=True)
def _use_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_options_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREEL_LISTEN", "a:1")
    monkeypatch.setenv("RUNREEL_REPLAY_SPEED", "recorded")
    settings = read_settings(None, listen=None, replay__speed="4", replay__strict=True)
    assert str(settings.config.listen) == "a:1"
    assert settings.config.replay.speed == Speed(4.0)
    assert settings.config.replay.strict
    assert settings.origins["replay.speed"] == "--speed"


def test_errors_of_options_and_files_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[runreel]\nlisten = 1\n")
    with pytest.raises(ConfigError) as caught:
        read_settings(None, upstream="example.org")
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "config.toml:2",
        "--upstream",
    ]


def test_the_log_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    start_log(Config(log=LogSettings(level="warning")))
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    captured = capsys.readouterr()
    assert json.loads(captured.err)["event"] == "loud"
    assert captured.out == ""
