"""What a session is ordered with, and what the names of modes mean."""

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


def test_what_an_order_leaves_out_is_the_servers() -> None:
    order = parse_session_request({"cassette": "sub/c"}, SERVER)
    assert (order.name, order.cassette, order.append) == ("", "sub/c", None)
    assert order.may_be_missing is False
    assert order.config == SERVER


def test_what_an_order_says_goes_first() -> None:
    document = {"name": "n", "cassette": "c", "mode": "none", "speed": 2, "append": False}
    order = parse_session_request({**document, "may_be_missing": True}, SERVER)
    assert order.may_be_missing is True
    assert (order.name, order.cassette, order.append) == ("n", "c", False)
    assert (order.config.mode, order.config.replay.speed) == ("none", Speed(2.0))
    assert order.config.record_errors is False


def test_what_the_server_ignores_is_ignored_as_well() -> None:
    server = parse_config({"match": {"ignore": ["$.a", "query.b"]}}, "config.toml")
    order = parse_session_request({"cassette": "c", "ignore": ["$.c"]}, server)
    assert [str(place) for place in order.config.match.ignore] == ["$.c", "$.a", "query.b"]
    assert parse_session_request({"cassette": "c"}, server).config.match == server.match


def test_a_name_names_the_cassette_as_well() -> None:
    assert parse_session_request({"name": "n"}, SERVER).cassette == "n"


def test_every_member_that_is_a_setting_is_one() -> None:
    assert {tuple(name.split(".")) for name in SETTING_NAMES.values()} <= set(SETTINGS)
    assert set(SETTING_NAMES) < set(SESSION_MEMBERS)


MISTAKES: list[tuple[str, dict[str, object], list[str]]] = [
    ("no cassette", {}, ["cassette: is missing"]),
    ("an empty one", {"cassette": ""}, ["cassette: must be text"]),
    ("one that is no text", {"name": None}, ["name: must be text"]),
    ("an unknown member", {"name": "c", "sped": 1}, ['sped: unknown member; did you mean "speed"']),
    ("a strange one", {"cassette": "c", "x" * 500: 1}, ["x" * 100 + ": unknown member"]),
    ("a flag that is none", {"cassette": "c", "append": 1}, ["append: must be true or false"]),
    ("text for a flag", {"cassette": "c", "strict": "true"}, ["strict: must be true or false"]),
    ("a mode that is none", {"cassette": "c", "mode": "al"}, ["mode: must be one of"]),
    ("no mode", {"cassette": "c", "mode": None}, ["mode: must be one of"]),
    ("an upstream that is none", {"cassette": "c", "upstream": "x"}, ["upstream: must be an http"]),
    ("all at once", {"name": "", "mode": 1, "y": 1, "strict": 1}, ["y:", "name:", "mode:", "str"]),
]


@pytest.mark.parametrize(
    ("document", "said"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_every_mistake_is_told_with_its_place(document: dict[str, object], said: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse_session_request(document, SERVER)
    assert len(refusal.value.problems) == len(said)
    for problem, words in zip(refusal.value.problems, said, strict=True):
        assert problem.startswith(words)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(SESSION_MEMBERS) | st.text(), VALUES))
def test_no_document_does_more_than_be_refused(document: dict[str, object]) -> None:
    with suppress(ConfigError):
        order = parse_session_request(document, SERVER)
        assert set(document) <= set(SESSION_MEMBERS)
        assert order.cassette


def test_a_refused_value_is_not_repeated() -> None:
    canary = "sk-test-canary-0123456789"
    document = dict.fromkeys((member for member in SESSION_MEMBERS if member != "name"), canary)
    with pytest.raises(ConfigError) as refusal:
        parse_session_request({**document, "cassette": [canary]}, SERVER)
    assert canary not in json.dumps(refusal.value.problems)


MEANINGS = [
    ("none", True, Mode.REPLAY),
    ("all", True, Mode.RECORD),
    ("new_episodes", True, Mode.AUTO),
    ("once", True, Mode.REPLAY),
    ("once", False, Mode.AUTO),
    ("none", False, Mode.REPLAY),
]


@pytest.mark.parametrize(("name", "recorded", "mode"), MEANINGS)
def test_vcrs_names_are_understood(name: ModeName, recorded: bool, mode: Mode) -> None:
    assert resolve_mode(name, recorded=recorded) is mode


@pytest.mark.parametrize("mode", Mode)
def test_our_own_names_are_names_of_modes(mode: Mode) -> None:
    assert mode.value in get_args(ModeName)
    for recorded in (True, False):
        assert resolve_mode(mode.value, recorded=recorded) is mode
