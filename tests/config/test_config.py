"""Parsing of settings, and merging of layers into one configuration."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.config import (
    SETTINGS,
    Address,
    Config,
    Count,
    FileMode,
    Size,
    Speed,
    UpstreamUrl,
    build_command_line_layer,
    build_environment_layer,
    build_file_layer,
    overlay,
    parse_config,
)
from runreel.errors import ConfigError

CANARY = "sk-test-canary-0123456789"

VALID = [
    ("an address", Address, "127.0.0.1:7357", Address("127.0.0.1", 7357)),
    ("a name and a free port", Address, "localhost:0", Address("localhost", 0)),
    ("IPv6 in brackets", Address, "[::1]:80", Address("::1", 80)),
    ("IPv6 in its shortest form", Address, "[0:0::0:1]:80", Address("::1", 80)),
    ("a count", Count, 1, 1),
    ("a count as text", Count, "250", 250),
    ("bytes", Size, 1, 1),
    ("bytes as text", Size, "512", 512),
    ("binary units", Size, "64MiB", 67_108_864),
    ("decimal units", Size, "2 kB", 2000),
    ("a gibibyte", Size, "1GiB", 1024**3),
    ("octal text", FileMode, "0600", 0o600),
    ("octal text as Python writes it", FileMode, "0o644", 0o644),
    ("no upstream", UpstreamUrl, "", ""),
    ("an upstream", UpstreamUrl, "https://api.openai.com", "https://api.openai.com"),
    ("a base path loses its last slash", UpstreamUrl, "http://[::1]:80/v1/", "http://[::1]:80/v1"),
    ("another proxy's session", UpstreamUrl, "http://[::1]:80/@a/v1", "http://[::1]:80/@a/v1"),
    ("at once", Speed, "instant", Speed(math.inf)),
    ("as recorded", Speed, "recorded", Speed(1.0)),
    ("four times as fast", Speed, "4", Speed(4.0)),
    ("a number", Speed, 0.5, Speed(0.5)),
]


@pytest.mark.parametrize(
    ("kind", "value", "expected"), [c[1:] for c in VALID], ids=[c[0] for c in VALID]
)
def test_a_value_is_parsed_and_its_text_parses_to_the_same(
    kind: Any, value: object, expected: object
) -> None:
    parsed = kind.parse(value)
    assert parsed == expected
    assert kind.parse(str(parsed)) == parsed


REFUSED = [
    ("no port", Address, CANARY),
    ("a port that is too high", Address, "127.0.0.1:65536"),
    ("a port that is not a number", Address, "127.0.0.1:http"),
    ("digits of another script", Address, "127.0.0.1:٣"),
    ("no host: listening on all addresses must be explicit", Address, ":7357"),
    ("a URL", Address, "http://127.0.0.1:7357"),
    ("IPv6 without brackets", Address, "::1:7357"),
    ("brackets around something else", Address, "[localhost]:1"),
    ("an address that is a number", Address, 7357),
    ("none", Count, 0),
    ("fewer than nothing", Count, -1),
    ("a fraction of a thing", Count, 1.5),
    ("true is not a count", Count, True),
    ("a count with a unit", Count, "2k"),
    ("more than there can be", Count, 10**10),
    ("no bytes", Size, 0),
    ("no bytes in a unit", Size, "0MiB"),
    ("fewer than none", Size, -1),
    ("a unit in lower case", Size, "64mb"),
    ("a fraction", Size, 1.5),
    ("true is not 1", Size, True),
    ("larger than any memory", Size, "999999999999GiB"),
    ("nothing", Size, ""),
    ("a mode without read permission for the owner", FileMode, "0200"),
    ("an executable mode", FileMode, "0700"),
    ("a mode in decimal", FileMode, 600),
    ("set-user-id", FileMode, "4600"),
    ("another scheme", UpstreamUrl, "ftp://example.org"),
    ("no scheme", UpstreamUrl, "api.openai.com"),
    ("no host", UpstreamUrl, "https:///v1"),
    ("a password", UpstreamUrl, f"https://user:{CANARY}@example.org"),
    ("a password with a slash", UpstreamUrl, f"https://user:{CANARY}/1@example.org"),
    ("a query", UpstreamUrl, f"https://example.org/?key={CANARY}"),
    ("a fragment", UpstreamUrl, "https://example.org/#a"),
    ("an invalid port", UpstreamUrl, "https://example.org:99999"),
    ("port 0", UpstreamUrl, "https://example.org:0"),
    ("a line feed", UpstreamUrl, "https://example.org/\nx"),
    (
        "a backslash, which some parsers treat as a slash",
        UpstreamUrl,
        "https://example.org\\@evil.example",
    ),
    ("brackets that do not close", UpstreamUrl, "https://[::1"),
    ("an upstream that is a list", UpstreamUrl, ["https://example.org"]),
    ("a speed of zero", Speed, 0),
    ("a negative speed", Speed, -1),
    ("not a number", Speed, "nan"),
    ("infinity has a name", Speed, "inf"),
    ("true is not 1", Speed, True),
    ("a word", Speed, "fast"),
    ("a list", Speed, [1]),
]


@pytest.mark.parametrize(("kind", "value"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_the_error_for_an_invalid_value_does_not_repeat_it(kind: Any, value: object) -> None:
    with pytest.raises(ValueError, match=r"^must ") as caught:
        kind.parse(value)
    assert CANARY not in str(caught.value)


@given(st.integers(min_value=1, max_value=2**53))
def test_the_text_of_a_size_parses_to_the_same(count: int) -> None:
    assert Size.parse(str(Size(count))) == count


@given(st.floats(min_value=0.001, max_value=1_000_000))
def test_the_text_of_a_speed_parses_to_the_same(factor: float) -> None:
    assert Speed.parse(str(Speed(factor))) == Speed(factor)


def test_an_empty_table_means_the_defaults() -> None:
    assert parse_config({}, "config.toml") == Config()


def test_values_of_every_type_are_set() -> None:
    table = {
        "listen": "[::1]:0",
        "trust_env": True,
        "limits": {"max_body": 10, "drain_time": 2},
        "redact": {"headers": ["x-internal-key"]},
        "log": {"level": "debug"},
    }
    config = parse_config(table, "config.toml")
    assert config.listen == Address("::1", 0)
    assert config.trust_env is True
    assert (config.limits.max_body, config.limits.drain_time) == (10, 2.0)
    assert config.limits.read_timeout == Config().limits.read_timeout
    assert config.redact.headers == ("x-internal-key",)
    assert config.log.level == "debug"


MISTAKES: list[tuple[str, dict[str, object], str]] = [
    ("a name similar to another", {"listn": "x"}, 'listn: unknown setting; did you mean "listen"?'),
    ("a name similar to no other", {"zzz": 1}, "zzz: unknown setting"),
    (
        "a name of another table",
        {"max_body": 1},
        'max_body: unknown setting; did you mean "limits.max_body"?',
    ),
    ("a table similar to another", {"limit": {}}, 'limit: unknown table; did you mean "limits"?'),
    (
        "a name within a table",
        {"log": {"levl": ""}},
        'log.levl: unknown setting; did you mean "level"?',
    ),
    ("a name with a dot in it", {"log.level": "info"}, "log.level: unknown setting"),
    ("a value for a table", {"log": "debug"}, "log: must be a table"),
    (
        "a table for a value",
        {"trust_env": {"a": 1}},
        "trust_env: must be true or false",
    ),
    (
        "a number out of range",
        {"limits": {"drain_time": -1}},
        "limits.drain_time: must be a number of seconds from 0 to 86400, not -1",
    ),
    (
        "not a number",
        {"limits": {"read_timeout": math.nan}},
        "limits.read_timeout: must be a number of seconds from 0.001 to 86400, not nan",
    ),
    (
        "too few bytes",
        {"limits": {"max_body": 0}},
        "limits.max_body: must be at least 1 byte, not 0",
    ),
    (
        "more than a record can hold",
        {"limits": {"max_body": "1GiB"}},
        "limits.max_body: must be at most 200MiB: a record of a cassette cannot hold more",
    ),
    ("a flag for a number", {"limits": {"drain_time": True}}, "from 0 to 86400, not true"),
    (
        "a word similar to a choice",
        {"log": {"level": "warn"}},
        'must be one of "debug", "info", "warning", "error"; did you mean "warning"?',
    ),
    (
        "a word similar to no choice",
        {"log": {"format": CANARY}},
        'one of "auto", "console", "json"',
    ),
    ("text for a flag", {"trust_env": CANARY}, "trust_env: must be true or false"),
    ("an empty folder", {"cassettes": ""}, "cassettes: must be the path of a folder"),
    (
        "a header name with a space",
        {"redact": {"headers": ["a b"]}},
        "must be a list of header names",
    ),
    ("text for a list", {"redact": {"query": CANARY}}, "redact.query: must be a list of names"),
    ("an empty name", {"redact": {"fields": [""]}}, "redact.fields: must be a list of names"),
]


@pytest.mark.parametrize(
    ("table", "expected"), [c[1:] for c in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_an_error_names_the_setting_and_does_not_repeat_the_value(
    table: dict[str, object], expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(table, "some.toml")
    [problem] = caught.value.problems
    assert problem.startswith("some.toml: runreel.")
    assert expected in problem
    assert CANARY not in problem


def test_all_mistakes_of_all_layers_are_reported_at_once_in_order() -> None:
    table = {"listn": "x", "log": {"level": "loud"}, "listen": "x", "trust_env": "x"}
    lines: dict[tuple[str, ...], int] = {("runreel", "listn"): 2, ("runreel", "log", "level"): 4}
    layers = [
        build_file_layer(table, "config.toml", lines=lines),
        build_environment_layer({"RUNREEL_LISTN": "x", "RUNREEL_TRUST_ENV": "maybe", "HOME": "/"}),
        build_command_line_layer({"replay.speed": "fast"}),
    ]
    with pytest.raises(ConfigError) as caught:
        overlay(layers)
    assert [
        problem.partition(" must ")[0].partition(" unknown")[0] for problem in caught.value.problems
    ] == [
        "config.toml:2: runreel.listn:",
        "config.toml:4: runreel.log.level:",
        "config.toml: runreel.listen:",
        "config.toml: runreel.trust_env:",
        "RUNREEL_LISTN:",
        "RUNREEL_TRUST_ENV:",
        "--speed:",
    ]


def test_later_layers_override_earlier_ones_and_values_keep_their_origin() -> None:
    table = {"listen": "a:1", "upstream": "http://a", "ca_file": "a", "limits": {"max_body": 1}}
    lines: dict[tuple[str, ...], int] = {("runreel", "ca_file"): 7}
    settings = overlay(
        [
            build_file_layer(table, "config.toml", lines=lines),
            build_environment_layer({"RUNREEL_LISTEN": "b:2", "RUNREEL_UPSTREAM": "http://b"}),
            build_command_line_layer(
                {"listen": "c:3", "replay.speed": Speed(2.0), "upstream": None}
            ),
        ]
    )
    assert settings.config.listen == Address("c", 3)
    assert settings.config.upstream == "http://b"
    assert settings.config.ca_file == "a"
    assert settings.config.replay.speed == Speed(2.0)
    origins = {name: origin for name, origin in settings.origins.items() if origin != "default"}
    assert origins == {
        "listen": "--listen",
        "upstream": "RUNREEL_UPSTREAM",
        "ca_file": "config.toml:7",
        "limits.max_body": "config.toml",
        "replay.speed": "--speed",
    }


VARIABLES = [
    ("a flag", "RUNREEL_TRUST_ENV", "true", True),
    ("a flag as a digit", "RUNREEL_OUTCOME_HEADERS", "0", False),
    ("a number", "RUNREEL_LIMITS_DRAIN_TIME", "1.5", 1.5),
    ("a size", "RUNREEL_LIMITS_MAX_BODY", "10MiB", 10 * 1024**2),
    ("a choice", "RUNREEL_LOG_LEVEL", "error", "error"),
    ("a list", "RUNREEL_REDACT_FIELDS", "pin_code, iban,", ("pin_code", "iban")),
    ("a list as JSON", "RUNREEL_REDACT_LITERALS", '["a, b", "c"]', ("a, b", "c")),
    ("an entry that begins with a bracket", "RUNREEL_REDACT_LITERALS", "[a], b", ("[a]", "b")),
    ("an empty list", "RUNREEL_REDACT_HEADERS", "", ()),
]


@pytest.mark.parametrize(
    ("variable", "text", "expected"), [c[1:] for c in VARIABLES], ids=[c[0] for c in VARIABLES]
)
def test_environment_variables_set_values(variable: str, text: str, expected: object) -> None:
    config = overlay([build_environment_layer({variable: text})]).config
    [setting] = [setting for setting in SETTINGS.values() if setting.variable == variable]
    value: Any = config
    for name in setting.path:
        value = getattr(value, name)
    assert value == expected


def test_text_that_is_not_utf_8_is_an_ordinary_mistake() -> None:
    with pytest.raises(ConfigError, match="RUNREEL_LIMITS_DRAIN_TIME: must be a number of seconds"):
        overlay([build_environment_layer({"RUNREEL_LIMITS_DRAIN_TIME": "\udcff"})])


def test_other_variables_with_the_prefix_are_not_settings() -> None:
    assert overlay([build_environment_layer({"RUNREEL_TRACEBACK": "1"})]).config == Config()


def test_every_setting_has_a_variable_of_its_own() -> None:
    assert len({setting.variable for setting in SETTINGS.values()}) == len(SETTINGS)


def test_every_default_is_valid_for_its_setting() -> None:
    table: dict[str, Any] = {}
    for setting in SETTINGS.values():
        parent = table
        for name in setting.path[:-1]:
            parent = parent.setdefault(name, {})
        is_plain = isinstance(setting.default, (bool, float, tuple))
        parent[setting.path[-1]] = setting.default if is_plain else str(setting.default)
    assert parse_config(table, "config.toml") == Config()
