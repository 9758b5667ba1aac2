"""``runreel config``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.config import SETTINGS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_setting_is_printed_with_its_origin(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "config.toml").write_text('[runreel]\nlisten = "[::1]:0"\n')
    monkeypatch.setenv("RUNREEL_LIMITS_MAX_BODY", "1048576")
    monkeypatch.setenv("RUNREEL_LIMITS_MAX_HEAD", "1000")
    assert run(["config"]) == 0
    rows = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()[1:]}
    assert set(rows) == {setting.name for setting in SETTINGS.values()}
    assert rows["listen"] == ['"[::1]:0"', "config.toml:2"]
    assert rows["limits.max_body"] == ['"1MiB"', "RUNREEL_LIMITS_MAX_BODY"]
    assert rows["limits.max_head"] == ['"1000"', "RUNREEL_LIMITS_MAX_HEAD"]
    assert rows["replay.speed"] == ['"instant"', "default"]


def test_json_has_sizes_in_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "--json"]) == 0
    settings = json.loads(capsys.readouterr().out)
    assert settings["limits.max_body"] == {"value": 64 * 1024**2, "origin": "default"}
    assert settings["cassette.file_mode"]["value"] == "0600"
    assert settings["redact.headers"]["value"] == []
    assert settings["trust_env"]["value"] is False


def test_check_accepts_valid_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "check"]) == 0
    assert "valid" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["config", "check"], ["config"], ["config", "--json"]],
    ids=["check", "config", "json"],
)
def test_every_error_is_listed(
    arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "config.toml").write_text('[runreel]\nlistn = "a"\n\n[runreel.log]\nlevel = "warn"\n')
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "runreel: 2 errors in the settings",
        'config.toml:2: runreel.listn: unknown setting; did you mean "listen"?',
        'config.toml:5: runreel.log.level: must be one of "debug", "info", "warning", "error"; '
        'did you mean "warning"?',
    ]


@pytest.mark.parametrize("before", [True, False], ids=["before check", "after check"])
def test_check_reads_the_named_file(
    before: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "other.toml").write_text("[runreel]\nlisten = 3\n")
    option = ["--config", "other.toml"]
    assert run(["config", *option, "check"] if before else ["config", "check", *option]) == 2
    assert "other.toml:2: runreel.listen: must be HOST:PORT" in capsys.readouterr().err
