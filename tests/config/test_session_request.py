"""Parsing of session requests, and the names of modes."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.config import (
    SESSION_MEMBERS,
    SETTINGS,
    Config,
    ModeName,
    Speed,
    parse_config,
    parse_session_request,
    resolve_mode,
)
from runreel.config.session_request import SETTING_NAMES
from runreel.errors import ConfigError
from runreel.model import Mode

SERVER = Config(mode="record", record_errors=False)


def test_members_that_are_missing_are_taken_from_the_server() -> None:
    request = parse_session_request({"cassette": "sub/c"}, SERVER)
    assert (request.name, request.cassette, request.append) == ("", "sub/c", None)
    assert request.may_be_missing is False
    assert request.config == SERVER


def test_members_of_the_request_override_the_server() -> None:
    document = {"name": "n", "cassette": "c", "mode": "none", "speed": 2, "append": False}
    request = parse_session_request({**document, "may_be_missing": True}, SERVER)
    assert request.may_be_missing is True
    assert (request.name, request.cassette, request.append) == ("n", "c", False)
    assert (request.config.mode, request.config.replay.speed) == ("none", Speed(2.0))
    assert request.config.record_errors is False


def test_the_ignore_list_of_the_server_also_applies() -> None:
    server = parse_config({"match": {"ignore": ["$.a", "query.b"]}}, "config.toml")
    request = parse_session_request({"cassette": "c", "ignore": ["$.c"]}, server)
    assert [str(path) for path in request.config.match.ignore] == ["$.c", "$.a", "query.b"]
    assert parse_session_request({"cassette": "c"}, server).config.match == server.match
    server = parse_config({"match": {"bind": ["$.a"]}}, "config.toml")
    request = parse_session_request({"cassette": "c", "bind": ["$.b"]}, server)
    assert request.config.match.bind == ("$.b", "$.a")


def test_strict_and_order() -> None:
    for members, order in (({}, "causal"), ({"order": "any"}, "any"), ({"strict": True}, "strict")):
        config = parse_session_request({"cassette": "c", **members}, SERVER).config
        assert config.order == order


def test_volatile_texts_of_the_server_do_not_count_either() -> None:
    server = parse_config({"match": {"volatile": ["date"], "patterns": ["a+"]}}, "config.toml")
    document = {"cassette": "c", "volatile": ["uuid"], "patterns": ["b+"]}
    match = parse_session_request(document, server).config.match
    assert (match.volatile, match.patterns) == (("uuid", "date"), ("b+", "a+"))


def test_a_command_that_records_again() -> None:
    request = parse_session_request({"cassette": "c", "record_command": "npm test"}, SERVER)
    assert request.record_command == "npm test"
    with pytest.raises(ConfigError, match="record_command: must be text"):
        parse_session_request({"cassette": "c", "record_command": 1}, SERVER)
    with pytest.raises(ConfigError, match="cassette: is missing"):
        parse_session_request({"record_command": "npm test"}, SERVER)


def test_the_cassette_is_named_like_the_session_by_default() -> None:
    assert parse_session_request({"name": "n"}, SERVER).cassette == "n"


def test_every_member_with_a_setting_names_an_existing_one() -> None:
    assert {tuple(name.split(".")) for name in SETTING_NAMES.values()} <= set(SETTINGS)
    assert set(SETTING_NAMES) < set(SESSION_MEMBERS)


MISTAKES: list[tuple[str, dict[str, object], list[str]]] = [
    ("no cassette", {}, ["cassette: is missing"]),
    ("an empty one", {"cassette": ""}, ["cassette: must be text"]),
    ("a name that is not text", {"name": None}, ["name: must be text"]),
    ("an unknown member", {"name": "c", "sped": 1}, ['sped: unknown member; did you mean "speed"']),
    ("a very long member", {"cassette": "c", "x" * 500: 1}, ["x" * 100 + ": unknown member"]),
    ("an invalid flag", {"cassette": "c", "append": 1}, ["append: must be true or false"]),
    (
        "an unknown order",
        {"cassette": "c", "order": "all"},
        ['order: must be one of "causal", "any"'],
    ),
    ("text for a flag", {"cassette": "c", "strict": "true"}, ["strict: must be true or false"]),
    ("an invalid mode", {"cassette": "c", "mode": "al"}, ["mode: must be one of"]),
    ("no mode", {"cassette": "c", "mode": None}, ["mode: must be one of"]),
    ("an invalid upstream", {"cassette": "c", "upstream": "x"}, ["upstream: must be an http"]),
    ("all at once", {"name": "", "mode": 1, "y": 1, "strict": 1}, ["y:", "name:", "mode:", "str"]),
]


@pytest.mark.parametrize(
    ("document", "messages"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_all_mistakes_are_reported_with_their_member(
    document: dict[str, object], messages: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_session_request(document, SERVER)
    assert len(caught.value.problems) == len(messages)
    for problem, message in zip(caught.value.problems, messages, strict=True):
        assert problem.startswith(message)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(SESSION_MEMBERS) | st.text(), VALUES))
def test_any_document_is_parsed_or_raises_config_error(document: dict[str, object]) -> None:
    with suppress(ConfigError):
        request = parse_session_request(document, SERVER)
        assert set(document) <= set(SESSION_MEMBERS)
        assert request.cassette


def test_a_refused_value_is_not_repeated() -> None:
    canary = "sk-test-canary-0123456789"
    document = dict.fromkeys((member for member in SESSION_MEMBERS if member != "name"), canary)
    with pytest.raises(ConfigError) as caught:
        parse_session_request({**document, "cassette": [canary]}, SERVER)
    assert canary not in json.dumps(caught.value.problems)


MEANINGS = [
    ("none", True, Mode.REPLAY),
    ("all", True, Mode.RECORD),
    ("new_episodes", True, Mode.AUTO),
    ("once", True, Mode.REPLAY),
    ("once", False, Mode.AUTO),
    ("none", False, Mode.REPLAY),
]


@pytest.mark.parametrize(("name", "recorded", "mode"), MEANINGS)
def test_the_names_of_modes_in_vcr(name: ModeName, recorded: bool, mode: Mode) -> None:
    assert resolve_mode(name, recorded=recorded) is mode


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_has_its_own_name(mode: Mode) -> None:
    assert mode.value in get_args(ModeName)
    for recorded in (True, False):
        assert resolve_mode(mode.value, recorded=recorded) is mode
