"""``runreel git``: real repositories, in which cassettes are recorded again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.cli import run
from runreel.cli.commands.git import ATTRIBUTES, add_attributes, build_settings, find_command
from support.recordings import USUAL, record_program, write_recording

PROGRAM = Path(sys.executable).parent


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{PROGRAM}{os.pathsep}{os.environ['PATH']}")
    for name in (
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_EMAIL",
    ):
        monkeypatch.setenv(name, "test@example.org")
    call_git("init", "-q", "-b", "main")
    return tmp_path


def call_git(*arguments: str, fails: bool = False) -> str:
    outcome = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (outcome.returncode != 0) is fails, outcome.stderr
    return outcome.stdout + outcome.stderr


def commit_recording(path: Path, seed: int, answer: str = USUAL.answer) -> None:
    write_recording(path, record_program("chat", seed, replace(USUAL, answer=answer)))
    call_git("add", "--all")
    call_git("commit", "-q", "-m", f"recording {seed}")


def list_changed(text: str) -> Sequence[str]:
    return [
        line
        for line in text.splitlines()
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]


def test_git_diff_shows_what_has_changed(repository: Path) -> None:
    assert run(["git", "install"]) == 0
    cassette = repository / "weather.cassette"
    commit_recording(cassette, 1)
    write_recording(cassette, record_program("chat", 2))
    assert list_changed(call_git("diff")) == []
    answer = USUAL.answer.replace("sunny", "cloudy")
    write_recording(cassette, record_program("chat", 2, replace(USUAL, answer=answer)))
    old, new = list_changed(call_git("diff"))
    assert "sunny" in old
    assert "cloudy" in new
    assert "=== chat.completions.create" in call_git("diff")


def test_a_merge_of_two_recordings_is_refused_with_what_to_do(repository: Path) -> None:
    assert run(["git", "install"]) == 0
    cassette = repository / "weather.cassette"
    commit_recording(cassette, 1)
    call_git("checkout", "-q", "-b", "other")
    commit_recording(cassette, 2, "Rain.")
    call_git("checkout", "-q", "main")
    commit_recording(cassette, 3, "Snow.")
    ours = cassette.read_bytes()
    output = call_git("merge", "other", fails=True)
    assert "weather.cassette was recorded again on both sides" in output
    assert "git checkout --ours -- weather.cassette" in output
    assert cassette.read_bytes() == ours
    assert call_git("status", "--porcelain").startswith("UU weather.cassette")
    Path("ours.cassette").write_bytes(_read_stage(2))
    Path("theirs.cassette").write_bytes(_read_stage(3))
    assert run(["diff", "ours.cassette", "theirs.cassette"]) == 1
    call_git("checkout", "--theirs", "--", "weather.cassette")
    call_git("add", "weather.cassette")
    call_git("commit", "-q", "-m", "merged")


def _read_stage(stage: int) -> bytes:
    command = ["git", "show", f":{stage}:weather.cassette"]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout  # noqa: S603


def test_a_damaged_cassette_is_shown_as_far_as_it_goes(repository: Path) -> None:
    assert run(["git", "install"]) == 0
    cassette = repository / "weather.cassette"
    commit_recording(cassette, 1)
    cassette.write_bytes(cassette.read_bytes()[:-40])
    assert "torn" in call_git("diff").lower() or "incomplete" in call_git("diff").lower()


def test_installing_twice_changes_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attributes = repository / ".gitattributes"
    attributes.write_text("*.png binary")
    assert run(["git", "install"]) == 0
    text = attributes.read_text()
    assert text.startswith("*.png binary\n")
    assert text.count(ATTRIBUTES) == 1
    assert "now has" in capsys.readouterr().out
    assert run(["git", "install"]) == 0
    assert attributes.read_text() == text
    assert "already has" in capsys.readouterr().out


def test_outside_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert run(["git", "install"]) == 2
    assert "run this inside of a git repository" in capsys.readouterr().err


def test_without_git(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert run(["git", "install"]) == 3
    assert "git is not installed" in capsys.readouterr().err


def test_runreel_is_started_by_its_name_or_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(PROGRAM))
    assert find_command() == "runreel"
    monkeypatch.setenv("PATH", "")
    assert find_command().endswith("-m runreel")
    settings = build_settings("runreel")
    assert settings["diff.runreel.textconv"] == "runreel show --all"


def test_attributes_are_added_to_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / ".gitattributes"
    assert add_attributes(file)
    assert file.read_text().splitlines()[-1] == ATTRIBUTES
    assert not add_attributes(file)


def test_a_hostile_path_is_printed_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["git", "refuse-merge", "a\x1b[31m b.cassette"]) == 1
    assert "\x1b" not in capsys.readouterr().err
