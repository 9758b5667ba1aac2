"""Loading of settings: which files are read, the order of sources, and errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.config import Config
from runreel.errors import ConfigError
from runreel.shell.process.settings import load_settings

OURS = '[runreel]\nca_file = "config.toml"\n'
PROJECT = '[project]\nname = "x"\n\n[tool.runreel]\nca_file = "pyproject.toml"\n'
OTHERS = "[server]\nport = 1\n"

FILES = [
    ("nothing", {}, "", "default"),
    ("a config.toml with a runreel table", {"config.toml": OURS}, "config.toml", "config.toml:2"),
    ("a config.toml without a runreel table", {"config.toml": OTHERS}, "", "default"),
    ("a pyproject.toml", {"pyproject.toml": PROJECT}, "pyproject.toml", "pyproject.toml:5"),
    ("a pyproject.toml without a runreel table", {"pyproject.toml": "[tool]\n"}, "", "default"),
    (
        "both: config.toml",
        {"config.toml": OURS, "pyproject.toml": PROJECT},
        "config.toml",
        "config.toml:2",
    ),
    (
        "both, config.toml without a runreel table",
        {"config.toml": OTHERS, "pyproject.toml": PROJECT},
        "pyproject.toml",
        "pyproject.toml:5",
    ),
    ("a byte order mark", {"config.toml": "\ufeff" + OURS}, "config.toml", "config.toml:2"),
]


@pytest.mark.parametrize(
    ("files", "value", "origin"), [c[1:] for c in FILES], ids=[c[0] for c in FILES]
)
def test_the_right_file_is_read(
    files: dict[str, str], value: str, origin: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = load_settings({}, None, {}, tmp_path)
    assert settings.config.ca_file == value
    assert settings.origins["ca_file"] == origin


def test_a_named_file_replaces_those_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(OURS)
    path = tmp_path / "other.toml"
    path.write_text('[runreel]\ncassettes = "elsewhere"\n')
    settings = load_settings({}, path, {}, tmp_path)
    assert settings.config.ca_file == ""
    assert settings.origins["cassettes"] == f"{path}:2"


def test_a_named_pyproject_is_read_from_its_tool_table(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(PROJECT)
    assert load_settings({}, path, {}, tmp_path).config.ca_file == "pyproject.toml"


def test_the_command_line_precedes_the_environment_and_the_environment_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text(
        '[runreel]\nlisten = "a:1"\nupstream = "http://a"\nca_file = "a"\n'
    )
    environ = {"RUNREEL_LISTEN": "b:2", "RUNREEL_UPSTREAM": "http://b"}
    config = load_settings({"listen": "c:3"}, None, environ, tmp_path).config
    assert (str(config.listen), config.upstream, config.ca_file) == ("c:3", "http://b", "a")


def test_without_any_source_the_defaults_apply(tmp_path: Path) -> None:
    assert load_settings({}, None, {}, tmp_path).config == Config()


BROKEN = [
    ("a syntax error", b"[runreel]\nlisten = \n", ":2:10: not valid TOML: Invalid value"),
    ("an unexpected end", b'[runreel]\nlisten = "', ": not valid TOML: "),
    ("a number longer than Python reads", b"[runreel]\na = " + b"9" * 5000, ": not valid TOML: "),
    ("bytes that are not UTF-8", b"[runreel]\na = '\xff'", ": not UTF-8 text at byte 15"),
    ("no runreel table", b"[runrel]\n", ": has no [runreel] table"),
    ("a runreel key that is not a table", b"runreel = 1\n", ": runreel: must be a table"),
]


@pytest.mark.parametrize(
    ("content", "problem"), [c[1:] for c in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_an_invalid_file_is_reported_together_with_other_mistakes(
    content: bytes, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "some.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings({}, path, {"RUNREEL_LISTN": "x"}, tmp_path)
    first, second = caught.value.problems
    assert first.startswith(f"{path}{problem}")
    assert second.startswith("RUNREEL_LISTN: ")


UNREADABLE = [("no file", "absent.toml", "No such file"), ("a folder", ".", "Is a directory")]


@pytest.mark.parametrize(
    ("name", "why"), [c[1:] for c in UNREADABLE], ids=[c[0] for c in UNREADABLE]
)
def test_an_unreadable_file_is_an_error_with_the_reason(
    name: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"cannot be read: {why}"):
        load_settings({}, tmp_path / name, {}, tmp_path)


def test_an_invalid_path_is_reported_with_its_line(tmp_path: Path) -> None:
    text = '[runreel.match]\nignore = ["$.a", "metadata", "$.b["]\n'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_settings({}, None, {}, tmp_path)
    assert [
        each.partition(": must")[0].partition(": a JSON")[0] for each in raised.value.problems
    ] == [
        "config.toml:2: runreel.match.ignore: entry 2",
        "config.toml:2: runreel.match.ignore: entry 3",
    ]
