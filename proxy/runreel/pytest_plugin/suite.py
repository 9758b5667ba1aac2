"""Set-up from pytest's configuration: the settings of the suite, and its hooks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.hooks import RunreelHooks
from runreel.pytest_plugin.options import MODES, OPTIONS
from runreel.pytest_plugin.proxy.address import ReservedAddress
from runreel.pytest_plugin.proxy.environment import ClientRoute
from runreel.pytest_plugin.proxy.server import ProxyPool
from runreel.pytest_plugin.settings import SettingSources, SuiteSettings, needs_no_key

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


def reserve_address(config: pytest.Config) -> ReservedAddress:
    """Return an address for the proxies of this process, which is free again with its end."""
    address = ReservedAddress()
    config.add_cleanup(address.close)
    return address


def build_route(suite: SuiteSettings, address: ReservedAddress) -> ClientRoute:
    """Return the way for clients that are created while no test runs."""
    has_dummy_keys = needs_no_key(suite.choose_mode()[0], suite.upstream)
    return ClientRoute(address.url, suite.upstream, has_dummy_keys, suite.env)


def set_variables_early(
    config: pytest.Config, address: ReservedAddress, environment: Mapping[str, str]
) -> ExitStack:
    """Lead the clients of this process to the proxy until the returned stack is closed.

    Invalid settings are reported when a test needs them.
    """
    stack = ExitStack()
    with suppress(pytest.UsageError):
        suite = load_suite_settings(config, environment)
        stack.enter_context(build_route(suite, address).set_variables())
        config.add_cleanup(stack.close)
    return stack


def register_hooks(
    config: pytest.Config,
    address: ReservedAddress,
    *,
    environment: Mapping[str, str],
    start_time: float,
) -> RunreelHooks:
    """Register the hooks for tests that use runreel; they end their proxies with pytest.

    Clients find the first proxy at ``address``. ``start_time`` is the start of pytest, in seconds
    since 1970-01-01. Raises ``pytest.UsageError`` for invalid settings.
    """
    suite = load_suite_settings(config, environment)
    inherited = {name: value for name, value in environment.items() if name not in _NOT_INHERITED}
    proxies = ProxyPool(address, cwd=config.rootpath, environment=inherited)
    runs = RunreelHooks(suite, proxies, build_route(suite, address), start_time=start_time)
    config.pluginmanager.register(runs, "runreel-runs")
    config.add_cleanup(runs.stop)
    return runs


def _collect_sources(config: pytest.Config, environment: Mapping[str, str]) -> SettingSources:
    recorders = (_get_option(config, name) for name in _RECORD_MODES)
    return SettingSources(
        command_line={option.name: _get_option(config, option.ini) for option in OPTIONS},
        environment=environment,
        ini={option.name: config.getini(option.ini) for option in OPTIONS},
        record_mode=next((mode for mode in recorders if mode in MODES), None),
    )


def _get_option(config: pytest.Config, name: str) -> Any:
    """Return the value of an option, also before pytest has read the whole command line."""
    value = config.getoption(name, None)
    return getattr(config.known_args_namespace, name, None) if value is None else value
