"""Settings: what their text means, and how layers become one configuration."""

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

UNDERSTOOD = [
    ("an address", Address, "127.0.0.1:7357", Address("127.0.0.1", 7357)),
    ("a name and a free port", Address, "localhost:0", Address("localhost", 0)),
    ("IPv6 in brackets", Address, "[::1]:80", Address("::1", 80)),
    ("IPv6 in its shortest form", Address, "[0:0::0:1]:80", Address("::1", 80)),
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
    ("kind", "value", "meant"), [c[1:] for c in UNDERSTOOD], ids=[c[0] for c in UNDERSTOOD]
)
def test_a_value_is_understood_and_its_text_means_the_same(
    kind: Any, value: object, meant: object
) -> None:
    parsed = kind.parse(value)
    assert parsed == meant
    assert kind.parse(str(parsed)) == parsed


REFUSED = [
    ("no port", Address, CANARY),
    ("a port that is too high", Address, "127.0.0.1:65536"),
    ("a port that is no number", Address, "127.0.0.1:http"),
    ("digits of another script", Address, "127.0.0.1:٣"),
    ("no host: listening on every address takes saying so", Address, ":7357"),
    ("a URL", Address, "http://127.0.0.1:7357"),
    ("IPv6 without brackets", Address, "::1:7357"),
    ("brackets around something else", Address, "[localhost]:1"),
    ("an address that is a number", Address, 7357),
    ("no bytes", Size, 0),
    ("no bytes in a unit", Size, "0MiB"),
    ("fewer than none", Size, -1),
    ("a unit in another spelling", Size, "64mb"),
    ("a fraction", Size, 1.5),
    ("true is not 1", Size, True),
    ("larger than any memory", Size, "999999999999GiB"),
    ("nothing", Size, ""),
    ("a mode that its owner cannot read", FileMode, "0200"),
    ("a mode to execute", FileMode, "0700"),
    ("a mode in decimal", FileMode, 600),
    ("set-user-id", FileMode, "4600"),
    ("another scheme", UpstreamUrl, "ftp://example.org"),
    ("no scheme", UpstreamUrl, "api.openai.com"),
    ("no host", UpstreamUrl, "https:///v1"),
    ("a password", UpstreamUrl, f"https://user:{CANARY}@example.org"),
    ("a password with a slash", UpstreamUrl, f"https://user:{CANARY}/1@example.org"),
    ("a query", UpstreamUrl, f"https://example.org/?key={CANARY}"),
    ("a fragment", UpstreamUrl, "https://example.org/#a"),
    ("a port that is none", UpstreamUrl, "https://example.org:99999"),
    ("port 0", UpstreamUrl, "https://example.org:0"),
    ("a line feed", UpstreamUrl, "https://example.org/\nx"),
    ("a backslash, which some take for a slash", UpstreamUrl, "https://example.org\\@evil.example"),
    ("brackets that do not close", UpstreamUrl, "https://[::1"),
    ("an upstream that is a list", UpstreamUrl, ["https://example.org"]),
    ("standing still", Speed, 0),
    ("backwards", Speed, -1),
    ("not a number", Speed, "nan"),
    ("infinity has a name", Speed, "inf"),
    ("true is not 1", Speed, True),
    ("a word", Speed, "fast"),
    ("a list", Speed, [1]),
]


@pytest.mark.parametrize(("kind", "value"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_value_is_refused_in_words_that_do_not_repeat_it(kind: Any, value: object) -> None:
    with pytest.raises(ValueError, match=r"^must ") as caught:
        kind.parse(value)
    assert CANARY not in str(caught.value)


@given(st.integers(min_value=1, max_value=2**53))
def test_a_size_survives_its_text(count: int) -> None:
    assert Size.parse(str(Size(count))) == count


@given(st.floats(min_value=0.001, max_value=1_000_000))
def test_a_speed_survives_its_text(factor: float) -> None:
    assert Speed.parse(str(Speed(factor))) == Speed(factor)


def test_an_empty_table_means_the_defaults() -> None:
    assert parse_config({}, "config.toml") == Config()


def test_values_of_every_kind_arrive() -> None:
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
    ("a name near another", {"listn": "x"}, 'listn: unknown setting; did you mean "listen"?'),
    ("a name near no other", {"zzz": 1}, "zzz: unknown setting"),
    (
        "a name of another table",
        {"max_body": 1},
        'max_body: unknown setting; did you mean "limits.max_body"?',
    ),
    ("a table near another", {"limit": {}}, 'limit: unknown table; did you mean "limits"?'),
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
        "more than a record holds",
        {"limits": {"max_body": "1GiB"}},
        "limits.max_body: must be at most 200MiB: a record of a cassette has no room for more",
    ),
    ("a flag for a number", {"limits": {"drain_time": True}}, "from 0 to 86400, not true"),
    (
        "a word near a choice",
        {"log": {"level": "warn"}},
        'must be one of "debug", "info", "warning", "error"; did you mean "warning"?',
    ),
    ("a word near no choice", {"log": {"format": CANARY}}, 'one of "auto", "console", "json"'),
    ("text for a flag", {"trust_env": CANARY}, "trust_env: must be true or false"),
    ("text that names no folder", {"cassettes": ""}, "cassettes: must be the path of a folder"),
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
def test_a_mistake_is_told_with_its_place_and_without_its_text(
    table: dict[str, object], expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(table, "some.toml")
    [problem] = caught.value.problems
    assert problem.startswith("some.toml: runreel.")
    assert expected in problem
    assert CANARY not in problem


def test_every_mistake_of_every_layer_is_told_at_once_in_order() -> None:
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


def test_the_later_layer_wins_and_each_value_keeps_its_origin() -> None:
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
    ("variable", "text", "meant"), [c[1:] for c in VARIABLES], ids=[c[0] for c in VARIABLES]
)
def test_the_environment_sets(variable: str, text: str, meant: object) -> None:
    config = overlay([build_environment_layer({variable: text})]).config
    [setting] = [setting for setting in SETTINGS.values() if setting.variable == variable]
    value: Any = config
    for name in setting.path:
        value = getattr(value, name)
    assert value == meant


def test_text_that_is_not_utf_8_is_a_mistake_like_any_other() -> None:
    with pytest.raises(ConfigError, match="RUNREEL_LIMITS_DRAIN_TIME: must be a number of seconds"):
        overlay([build_environment_layer({"RUNREEL_LIMITS_DRAIN_TIME": "\udcff"})])


def test_a_switch_is_not_taken_for_a_setting() -> None:
    assert overlay([build_environment_layer({"RUNREEL_TRACEBACK": "1"})]).config == Config()


def test_every_setting_has_a_variable_of_its_own() -> None:
    assert len({setting.variable for setting in SETTINGS.values()}) == len(SETTINGS)


def test_every_default_is_a_value_that_its_own_setting_takes() -> None:
    table: dict[str, Any] = {}
    for setting in SETTINGS.values():
        place = table
        for name in setting.path[:-1]:
            place = place.setdefault(name, {})
        is_plain = isinstance(setting.default, (bool, float, tuple))
        place[setting.path[-1]] = setting.default if is_plain else str(setting.default)
    assert parse_config(table, "config.toml") == Config()
