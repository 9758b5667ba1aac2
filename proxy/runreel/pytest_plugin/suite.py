"""From pytest's configuration to what runs its tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.hooks import RunreelHooks
from runreel.pytest_plugin.options import MODES, OPTIONS
from runreel.pytest_plugin.proxy.server import ProxyPool
from runreel.pytest_plugin.settings import SettingSources, SuiteSettings

_NOT_INHERITED = {*(option.variable for option in OPTIONS), "PYTHONWARNINGS"}
"""What the proxy is told for each session, and what a suite decides for itself."""
_RECORD_MODES = ("record_mode", "vcr_record", "vcr_record_mode")
"""Where pytest-recording and pytest-vcr keep their options, where they are installed."""


def load_suite_settings(config: pytest.Config, environment: Mapping[str, str]) -> SuiteSettings:
    """The settings of a suite; raises ``pytest.UsageError`` for one that cannot be."""
    try:
        return SuiteSettings(_collect_sources(config, environment))
    except UsageError as error:
        raise pytest.UsageError(f"runreel: {error}") from None


def register_hooks(
    config: pytest.Config, *, environment: Mapping[str, str], start_time: float
) -> RunreelHooks:
    """Register the hooks for tests that use runreel; what they hold ends with pytest.

    ``started`` is when pytest did, in seconds since 1970-01-01. Raises ``pytest.UsageError``.
    """
    suite = load_suite_settings(config, environment)
    inherited = {name: value for name, value in environment.items() if name not in _NOT_INHERITED}
    runs = RunreelHooks(
        suite, ProxyPool(cwd=config.rootpath, environment=inherited), start_time=start_time
    )
    config.pluginmanager.register(runs, "runreel-runs")
    config.add_cleanup(runs.stop)
    return runs


def _collect_sources(config: pytest.Config, environment: Mapping[str, str]) -> SettingSources:
    recorders = (config.getoption(name, default=None) for name in _RECORD_MODES)
    return SettingSources(
        command_line={option.name: config.getoption(option.ini, None) for option in OPTIONS},
        environment=environment,
        ini={option.name: config.getini(option.ini) for option in OPTIONS},
        record_mode=next((mode for mode in recorders if mode in MODES), None),
    )
