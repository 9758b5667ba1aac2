from __future__ import annotations

import tomllib

import pytest

from runreel.config import build_file_layer, find_lines, overlay
from runreel.config.dialects import ConfiguredCall, DialectSettings
from runreel.dialects import DIALECTS
from runreel.dialects.base.configured import build_checks
from runreel.errors import ConfigError


def parse(text: str) -> dict[str, DialectSettings]:
    """Parse settings as the command line does, with all checks."""
    table = tomllib.loads(text)["runreel"]
    layer = build_file_layer(table, "config.toml", lines=find_lines(text))
    checks = build_checks(dialect.name for dialect in DIALECTS)
    return dict(overlay([layer], checks).config.dialect)


def test_dialects_are_settings_by_name() -> None:
    text = """
[runreel.dialect.acme]
prefix = "/acme/"
texts = ["delta.text"]
[runreel.dialect.acme.operations]
talk.create = "POST /v1/talk"
"talk.stop" = "POST /v1/talk/{talk_id}/stop"
[runreel.dialect.other]
header = "x-other: v2"
"""
    dialects = parse(text)
    assert [*dialects] == ["acme", "other"]
    assert dialects["acme"].prefix == "/acme"
    assert dialects["acme"].operations == (
        ConfiguredCall("talk.create", "POST", "/v1/talk"),
        ConfiguredCall("talk.stop", "POST", "/v1/talk/{talk_id}/stop"),
    )
    assert dialects["other"].header.mark == ("x-other", "v2")
    assert parse("[runreel]\n") == {}


ERRORS = [
    ("no mark", 'texts = ["a"]', "config.toml:3: runreel.dialect.acme: needs a prefix or a header"),
    ("an unknown setting", 'prefx = "/a"', 'dialect.acme.prefx: unknown setting; did you mean "'),
    ("a prefix without a slash", 'prefix = "acme"', "config.toml:3: runreel.dialect.acme.prefix: "),
    (
        "a header with a line end",
        'header = "a\\n"',
        "acme.header: must be a header such as",
    ),
    ("a number as header", "header = 3", "acme.header: must be a header such as"),
    ("a list of operations", 'operations = ["x"]', "dialect.acme.operations: must be a table"),
    (
        "a call without a method",
        'operations = {a = "/v1/talk"}',
        "config.toml:3: runreel.dialect.acme.operations: a: must be a method and a path",
    ),
    ("a text as list", 'texts = "delta"', "dialect.acme.texts: must be a list of paths"),
    ("a wrong path", 'texts = ["a[b"]', "dialect.acme.texts: entry 1: the path"),
    ("a wrong place", 'bind = ["%"]', "dialect.acme.bind: entry 1: must be a JSON path"),
    ("a wrong volatile part", 'volatile = ["$."]', "dialect.acme.volatile: entry 1"),
]


@pytest.mark.parametrize(("reason", "line", "message"), ERRORS, ids=[row[0] for row in ERRORS])
def test_a_mistake_is_named_with_its_place(reason: str, line: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"\n[runreel.dialect.acme]\n{line}\n")
    assert any(message in problem for problem in caught.value.problems), caught.value.problems


NAMES = [
    ("that of a dialect", "chat", "is the name of a dialect that runreel has"),
    ("not a name", '"A b"', "must be named with letters"),
]


@pytest.mark.parametrize(("reason", "name", "message"), NAMES, ids=[row[0] for row in NAMES])
def test_a_name_is_checked(reason: str, name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f'[runreel.dialect.{name}]\nprefix = "/x"\n')
    assert any(message in problem for problem in caught.value.problems)


TABLES = [("all dialects", "dialect = 3"), ("one of them", "dialect = {acme = 3}")]


@pytest.mark.parametrize(("reason", "line"), TABLES, ids=[row[0] for row in TABLES])
def test_a_dialect_is_a_table(reason: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[runreel]\n{line}\n")
    assert "must be a table" in str(caught.value)
