"""Which setting holds for a test: every source beside every other."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.settings import OptionValue, SettingSources, SuiteSettings


def given(
    *,
    command_line: Mapping[str, OptionValue | None] | None = None,
    environment: Mapping[str, str] | None = None,
    ini: Mapping[str, OptionValue | None] | None = None,
    record_mode: str | None = None,
) -> SettingSources:
    return SettingSources(command_line or {}, environment or {}, ini or {}, record_mode)


RECORD = {"mode": "record"}
AUTO = {"mode": "auto"}
ENVIRONMENT = {"RUNREEL_MODE": "passthrough"}
IN_CI = {"CI": "true"}

MODES = [
    ("nothing said", given(), None, ("replay", "default")),
    ("the ini file", given(ini=AUTO), None, ("auto", "runreel_mode")),
    (
        "the environment before the ini file",
        given(environment=ENVIRONMENT, ini=AUTO),
        None,
        ("passthrough", "RUNREEL_MODE"),
    ),
    (
        "another plugin's --record-mode before the environment",
        given(record_mode="once", environment=ENVIRONMENT),
        None,
        ("once", "--record-mode"),
    ),
    (
        "our own option before another plugin's",
        given(command_line=RECORD, record_mode="none"),
        None,
        ("record", "--runreel-mode"),
    ),
    ("the marker before all", given(command_line=RECORD), "none", ("replay", "its marker")),
    ("VCR's names", given(command_line={"mode": "all"}), None, ("record", "--runreel-mode")),
    ("pytest-recording's rewrite", given(record_mode="rewrite"), None, ("record", "--record-mode")),
    ("in CI, nothing said", given(environment=IN_CI), None, ("replay", "CI is set")),
    ("in CI, the ini file", given(environment=IN_CI, ini=AUTO), None, ("replay", "CI is set")),
    ("in CI, the marker", given(environment=IN_CI), "record", ("replay", "CI is set")),
    (
        "in CI, somebody wants to record",
        given(environment=IN_CI, command_line=RECORD),
        None,
        ("record", "--runreel-mode"),
    ),
    (
        "in CI, the environment says record",
        given(environment={**IN_CI, "RUNREEL_MODE": "record"}),
        None,
        ("record", "RUNREEL_MODE"),
    ),
    (
        "in CI, recorded on demand, but not what its marker keeps",
        given(environment=IN_CI, command_line=RECORD),
        "replay",
        ("replay", "its marker"),
    ),
    (
        "in CI, no marker records when the command line says replay",
        given(environment=IN_CI, command_line={"mode": "replay"}),
        "record",
        ("replay", "--runreel-mode"),
    ),
    (
        "CI is set to nothing",
        given(environment={"CI": ""}, ini=AUTO),
        None,
        ("auto", "runreel_mode"),
    ),
    ("CI is false", given(environment={"CI": "False"}, ini=AUTO), None, ("auto", "runreel_mode")),
    ("CI is 1", given(environment={"CI": "1"}, ini=AUTO), None, ("replay", "CI is set")),
]


@pytest.mark.parametrize(("why", "said", "marker", "mode"), MODES, ids=[row[0] for row in MODES])
def test_the_mode(
    why: str, said: SettingSources, marker: str | None, mode: tuple[str, str]
) -> None:
    assert SuiteSettings(said).choose_mode(marker) == mode


def test_all_other_settings_come_from_the_first_that_says_them() -> None:
    suite = SuiteSettings(
        given(
            command_line={"upstream": None, "block_network": True},
            environment={"RUNREEL_UPSTREAM": "http://127.0.0.1:1"},
            ini={"upstream": "http://127.0.0.1:2", "on_unplayed": "warn", "allowed_hosts": ["db"]},
        )
    )
    settings = suite.build_item_settings(MarkerArguments())
    assert (settings.upstream, settings.on_unplayed) == ("http://127.0.0.1:1", "warn")
    assert (settings.block_network, settings.allowed_hosts) == (True, ("db",))
    own = suite.build_item_settings(
        MarkerArguments(
            upstream="http://own", on_unplayed="fail", block_network=False, allowed_hosts=()
        )
    )
    assert (own.upstream, own.on_unplayed) == ("http://own", "fail")
    assert (own.block_network, own.allowed_hosts) == (False, ())


def test_the_defaults() -> None:
    suite = SuiteSettings(given(ini={"mode": "", "upstream": "", "allowed_hosts": [], "dir": ""}))
    settings = suite.build_item_settings(MarkerArguments())
    assert (settings.mode, settings.upstream, settings.on_unplayed) == ("replay", "", "ignore")
    assert (settings.block_network, settings.allowed_hosts) == (False, ())
    assert suite.folder == "cassettes"


WRONG = [
    ("an ini mode", given(ini={"mode": "rec"}), "runreel_mode must be one of replay,"),
    ("an environment mode", given(environment={"RUNREEL_MODE": "x"}), "RUNREEL_MODE must be one"),
    ("a folder that is none", given(ini={"dir": "../elsewhere"}), "runreel_dir must be a folder"),
    ("what unplayed exchanges do", given(ini={"on_unplayed": "x"}), "ignore, warn, fail, not 'x'"),
]


@pytest.mark.parametrize(("why", "said", "complaint"), WRONG, ids=[row[0] for row in WRONG])
def test_a_mistake_names_its_place(why: str, said: SettingSources, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        SuiteSettings(said)
