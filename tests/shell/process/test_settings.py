"""Where settings are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.config import Config
from runreel.errors import ConfigError
from runreel.shell.process.settings import load_settings

OURS = '[runreel]\nca_file = "config.toml"\n'
PROJECT = '[project]\nname = "x"\n\n[tool.runreel]\nca_file = "pyproject.toml"\n'
OTHERS = "[server]\nport = 1\n"

FOUND = [
    ("nothing", {}, "", "default"),
    ("a config.toml of ours", {"config.toml": OURS}, "config.toml", "config.toml:2"),
    ("a config.toml of somebody else", {"config.toml": OTHERS}, "", "default"),
    ("a pyproject.toml", {"pyproject.toml": PROJECT}, "pyproject.toml", "pyproject.toml:5"),
    ("a pyproject.toml without us", {"pyproject.toml": "[tool]\n"}, "", "default"),
    (
        "both: config.toml",
        {"config.toml": OURS, "pyproject.toml": PROJECT},
        "config.toml",
        "config.toml:2",
    ),
    (
        "somebody else's config.toml beside ours",
        {"config.toml": OTHERS, "pyproject.toml": PROJECT},
        "pyproject.toml",
        "pyproject.toml:5",
    ),
    ("a byte order mark", {"config.toml": "\ufeff" + OURS}, "config.toml", "config.toml:2"),
]


@pytest.mark.parametrize(
    ("files", "value", "origin"), [c[1:] for c in FOUND], ids=[c[0] for c in FOUND]
)
def test_a_file_is_found(files: dict[str, str], value: str, origin: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = load_settings({}, None, {}, tmp_path)
    assert settings.config.ca_file == value
    assert settings.origins["ca_file"] == origin


def test_a_named_file_stands_in_for_those_nearby(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(OURS)
    named = tmp_path / "other.toml"
    named.write_text('[runreel]\ncassettes = "elsewhere"\n')
    settings = load_settings({}, named, {}, tmp_path)
    assert settings.config.ca_file == ""
    assert settings.origins["cassettes"] == f"{named}:2"


def test_a_named_pyproject_is_read_as_one(tmp_path: Path) -> None:
    named = tmp_path / "pyproject.toml"
    named.write_text(PROJECT)
    assert load_settings({}, named, {}, tmp_path).config.ca_file == "pyproject.toml"


def test_the_command_line_goes_before_the_environment_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[runreel]\nlisten = "a:1"\nupstream = "http://a"\nca_file = "a"\n'
    )
    environ = {"RUNREEL_LISTEN": "b:2", "RUNREEL_UPSTREAM": "http://b"}
    config = load_settings({"listen": "c:3"}, None, environ, tmp_path).config
    assert (str(config.listen), config.upstream, config.ca_file) == ("c:3", "http://b", "a")


def test_without_any_source_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings({}, None, {}, tmp_path).config == Config()


BROKEN = [
    ("a syntax error", b"[runreel]\nlisten = \n", ":2:10: not valid TOML: Invalid value"),
    ("an end too early", b'[runreel]\nlisten = "', ": not valid TOML: "),
    ("a number longer than Python reads", b"[runreel]\na = " + b"9" * 5000, ": not valid TOML: "),
    ("bytes that are not UTF-8", b"[runreel]\na = '\xff'", ": not UTF-8 text, from byte 15 on"),
    ("no table of ours", b"[runrel]\n", ": has no [runreel] table"),
    ("something else of our name", b"runreel = 1\n", ": runreel: must be a table"),
]


@pytest.mark.parametrize(
    ("content", "problem"), [c[1:] for c in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_a_broken_file_is_told_with_what_else_is_wrong(
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
def test_a_file_that_cannot_be_read_says_why(name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"cannot be read: {why}"):
        load_settings({}, tmp_path / name, {}, tmp_path)


def test_a_place_that_cannot_be_read_is_a_mistake_with_its_line(tmp_path: Path) -> None:
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
