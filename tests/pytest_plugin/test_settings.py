"""The effective settings of a test, from every combination of sources."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.settings import SettingSources, SettingValue, SuiteSettings


def make_sources(
    *,
    command_line: Mapping[str, SettingValue | None] | None = None,
    environment: Mapping[str, str] | None = None,
    ini: Mapping[str, SettingValue | None] | None = None,
    record_mode: str | None = None,
) -> SettingSources:
    return SettingSources(command_line or {}, environment or {}, ini or {}, record_mode)


RECORD = {"mode": "record"}
AUTO = {"mode": "auto"}
ENVIRONMENT = {"RUNREEL_MODE": "passthrough"}
IN_CI = {"CI": "true"}

MODES = [
    ("no source", make_sources(), None, ("replay", "default")),
    ("the ini file", make_sources(ini=AUTO), None, ("auto", "runreel_mode")),
    (
        "the environment before the ini file",
        make_sources(environment=ENVIRONMENT, ini=AUTO),
        None,
        ("passthrough", "RUNREEL_MODE"),
    ),
    (
        "another plugin's --record-mode before the environment",
        make_sources(record_mode="once", environment=ENVIRONMENT),
        None,
        ("once", "--record-mode"),
    ),
    (
        "our own option before another plugin's",
        make_sources(command_line=RECORD, record_mode="none"),
        None,
        ("record", "--runreel-mode"),
    ),
    ("the marker before all", make_sources(command_line=RECORD), "none", ("replay", "its marker")),
    ("VCR's names", make_sources(command_line={"mode": "all"}), None, ("record", "--runreel-mode")),
    (
        "pytest-recording's rewrite",
        make_sources(record_mode="rewrite"),
        None,
        ("record", "--record-mode"),
    ),
    ("in CI, no source", make_sources(environment=IN_CI), None, ("replay", "CI is set")),
    (
        "in CI, the ini file",
        make_sources(environment=IN_CI, ini=AUTO),
        None,
        ("replay", "CI is set"),
    ),
    ("in CI, the marker", make_sources(environment=IN_CI), "record", ("replay", "CI is set")),
    (
        "in CI, the command line says record",
        make_sources(environment=IN_CI, command_line=RECORD),
        None,
        ("record", "--runreel-mode"),
    ),
    (
        "in CI, the environment says record",
        make_sources(environment={**IN_CI, "RUNREEL_MODE": "record"}),
        None,
        ("record", "RUNREEL_MODE"),
    ),
    (
        "in CI, the marker keeps replay despite the command line",
        make_sources(environment=IN_CI, command_line=RECORD),
        "replay",
        ("replay", "its marker"),
    ),
    (
        "in CI, replay on the command line overrides the marker",
        make_sources(environment=IN_CI, command_line={"mode": "replay"}),
        "record",
        ("replay", "--runreel-mode"),
    ),
    (
        "CI is empty",
        make_sources(environment={"CI": ""}, ini=AUTO),
        None,
        ("auto", "runreel_mode"),
    ),
    (
        "CI is false",
        make_sources(environment={"CI": "False"}, ini=AUTO),
        None,
        ("auto", "runreel_mode"),
    ),
    ("CI is 1", make_sources(environment={"CI": "1"}, ini=AUTO), None, ("replay", "CI is set")),
]


@pytest.mark.parametrize(("why", "sources", "marker", "mode"), MODES, ids=[row[0] for row in MODES])
def test_the_mode(
    why: str, sources: SettingSources, marker: str | None, mode: tuple[str, str]
) -> None:
    assert SuiteSettings(sources).choose_mode(marker) == mode


def test_other_settings_come_from_the_first_source_that_has_them() -> None:
    suite = SuiteSettings(
        make_sources(
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
    suite = SuiteSettings(
        make_sources(ini={"mode": "", "upstream": "", "allowed_hosts": [], "dir": ""})
    )
    settings = suite.build_item_settings(MarkerArguments())
    assert (settings.mode, settings.upstream, settings.on_unplayed) == ("replay", "", "ignore")
    assert (settings.block_network, settings.allowed_hosts) == (True, ())
    assert suite.folder == "cassettes"


WRONG = [
    ("an ini mode", make_sources(ini={"mode": "rec"}), "runreel_mode must be one of replay,"),
    (
        "an environment mode",
        make_sources(environment={"RUNREEL_MODE": "x"}),
        "RUNREEL_MODE must be one",
    ),
    (
        "an invalid folder",
        make_sources(ini={"dir": "../elsewhere"}),
        "runreel_dir must be a folder",
    ),
    ("an invalid choice", make_sources(ini={"on_unplayed": "x"}), "ignore, warn, fail, not 'x'"),
]


@pytest.mark.parametrize(("why", "sources", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_an_error_names_its_source(why: str, sources: SettingSources, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        SuiteSettings(sources)
