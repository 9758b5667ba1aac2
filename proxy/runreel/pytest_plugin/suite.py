"""From pytest's configuration to what runs its tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.hooks import Runs
from runreel.pytest_plugin.options import MODES, OPTIONS
from runreel.pytest_plugin.proxy.server import Servers
from runreel.pytest_plugin.settings import Given, Suite

_NOT_INHERITED = {*(option.variable for option in OPTIONS), "PYTHONWARNINGS"}
"""What the proxy is told for each session, and what a suite decides for itself."""
_RECORD_MODES = ("record_mode", "vcr_record", "vcr_record_mode")
"""Where pytest-recording and pytest-vcr keep their options, where they are installed."""


def suite_of(config: pytest.Config, environment: Mapping[str, str]) -> Suite:
    """The settings of a suite; raises ``pytest.UsageError`` for one that cannot be."""
    try:
        return Suite(_given(config, environment))
    except UsageError as error:
        raise pytest.UsageError(f"runreel: {error}") from None


def begin(config: pytest.Config, *, environment: Mapping[str, str], started: float) -> Runs:
    """Register the hooks for tests that use runreel; what they hold ends with pytest.

    ``started`` is when pytest did, in seconds since 1970-01-01. Raises ``pytest.UsageError``.
    """
    suite = suite_of(config, environment)
    inherited = {name: value for name, value in environment.items() if name not in _NOT_INHERITED}
    runs = Runs(suite, Servers(cwd=config.rootpath, environment=inherited), started=started)
    config.pluginmanager.register(runs, "runreel-runs")
    config.add_cleanup(runs.stop)
    return runs


def _given(config: pytest.Config, environment: Mapping[str, str]) -> Given:
    recorders = (config.getoption(name, default=None) for name in _RECORD_MODES)
    return Given(
        command_line={option.name: config.getoption(option.ini, None) for option in OPTIONS},
        environment=environment,
        ini={option.name: config.getini(option.ini) for option in OPTIONS},
        record_mode=next((mode for mode in recorders if mode in MODES), None),
    )
