"""``runreel mcp`` without its SDK, and with paths that are wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runreel.cli import run
from support.build import make_cassette


def test_without_the_sdk_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.cassette").write_bytes(make_cassette())
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert run(["mcp", "a.cassette"]) == 2
    captured = capsys.readouterr()
    assert "pip install 'runreel[mcp]'" in captured.err
    assert captured.out == ""


def test_a_folder_without_cassettes_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert run(["mcp", "empty"]) == 2
    assert "contains no cassettes" in capsys.readouterr().err
