"""Set-up from pytest's configuration: the settings of the suite, and its hooks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.hooks import RunreelHooks
from runreel.pytest_plugin.options import MODES, OPTIONS
from runreel.pytest_plugin.proxy.server import ProxyPool
from runreel.pytest_plugin.settings import SettingSources, SuiteSettings

_NOT_INHERITED = {*(option.variable for option in OPTIONS), "PYTHONWARNINGS"}
"""Variables that the proxy must not inherit: each session sends these settings."""
_RECORD_MODES = ("record_mode", "vcr_record", "vcr_record_mode")
"""Names under which pytest-recording and pytest-vcr store their options."""


def load_suite_settings(config: pytest.Config, environment: Mapping[str, str]) -> SuiteSettings:
    """Return the settings of a suite; raise ``pytest.UsageError`` for invalid ones."""
    try:
        return SuiteSettings(_collect_sources(config, environment))
    except UsageError as error:
        raise pytest.UsageError(f"runreel: {error}") from None


def register_hooks(
    config: pytest.Config, *, environment: Mapping[str, str], start_time: float
) -> RunreelHooks:
    """Register the hooks for tests that use runreel; they end their proxies with pytest.

    ``start_time`` is the start of pytest, in seconds since 1970-01-01. Raises
    ``pytest.UsageError`` for invalid settings.
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
