"""The documents are right: settings, their defaults, and examples."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from runreel.cli import COMMANDS
from runreel.config import SETTINGS, Config, find_lines, parse_config
from runreel.core.match.rules import MatchRules
from support.readme import iter_blocks

CONFIG = Path(__file__).parent.parent / "config.toml"
DOCUMENTS = sorted((CONFIG.parent / "docs").glob("*.md"))


def test_config_toml_has_the_defaults() -> None:
    document = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    assert set(document) == {"runreel"}
    assert parse_config(document["runreel"], "config.toml") == Config()


@pytest.mark.parametrize("path", SETTINGS, ids=[setting.name for setting in SETTINGS.values()])
def test_config_toml_shows_and_explains_every_setting(path: tuple[str, ...]) -> None:
    text = CONFIG.read_text(encoding="utf-8")
    line = find_lines(text)[("runreel", *path)]
    assert text.split("\n")[line - 2].startswith("# "), "a line of comment precedes it"


def test_config_toml_spells_the_defaults_as_the_schema_does() -> None:
    document = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["runreel"]
    for setting in SETTINGS.values():
        value = document
        for name in setting.path:
            value = value[name]
        written = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        assert str(value) == str(written), setting.name


def test_the_examples_of_settings_are_valid() -> None:
    text = (CONFIG.parent / "docs" / "matching.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    settings = parse_config(tomllib.loads(example)["runreel"], "matching.md").match
    assert MatchRules.from_settings(settings).ignore == settings.ignore
    assert MatchRules.from_settings(settings).headers


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_the_examples_of_documents_are_valid_settings_and_commands(document: Path) -> None:
    for block in iter_blocks(document.read_text(encoding="utf-8")):
        if block.language == "toml":
            parse_config(tomllib.loads(block.code)["runreel"], document.name)
        elif block.language == "sh":
            for line in block.code.splitlines():
                program, command = line.split()[:2]
                assert program != "runreel" or command in COMMANDS, line
