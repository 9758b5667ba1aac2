"""One run of one test: its session, and the failures that the session reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from runreel.errors import RunreelError
from runreel.pytest_plugin import failures
from runreel.pytest_plugin.failures import ItemUnderTest
from runreel.pytest_plugin.network import NetworkGuard, guard_sockets
from runreel.pytest_plugin.proxy.environment import ClientRoute
from runreel.pytest_plugin.proxy.report import RunreelReport
from runreel.pytest_plugin.proxy.server import ProxyProcess
from runreel.pytest_plugin.session import RunreelSession
from runreel.pytest_plugin.settings import REPLAY, ItemSettings


class ItemResult(NamedTuple):
    """The texts about an ended test; empty if there is nothing to report."""

    failures: str
    """The failures since the last report."""
    unplayed: str = ""
    """The exchanges that a passed test did not play."""
    unused: str = ""
    """A hint, if a passed test has sent no request."""


@dataclass(slots=True, eq=False)
class ItemRun:
    """A running test and its session."""

    item: ItemUnderTest
    session: RunreelSession
    proxy: ProxyProcess
    settings: ItemSettings
    guard: NetworkGuard
    route: ClientRoute
    passed: bool = False
    _failure_count: int = 0
    """Number of misses, losses and blocked connections that were reported already."""

    @contextmanager
    def patch_environment(self) -> Iterator[None]:
        """Set the environment variables and block the network for the length of the block."""
        with ExitStack() as stack:
            stack.enter_context(self.route.set_variables())
            if self.settings.block_network and self.session.mode == REPLAY:
                stack.enter_context(guard_sockets(self.guard))
            yield

    def describe_new_failures(self) -> str:
        """Return the failures since the last call, as text; empty if there are none."""
        try:
            return self._describe_failures(self.session.report())
        except RunreelError as error:
            return failures.describe_server_error(error, self.proxy.read_log())

    def describe_unused(self) -> str:
        """Return a text if no request has come so far, and that is not ignored."""
        if self.settings.on_unused == "ignore" or self.session.report().requests:
            return ""
        return failures.describe_unused(self.route.list_variables(), self.item)

    def end(self, *, passed: bool) -> ItemResult:
        """End the session; if the test has not ``passed``, its old cassette stays."""
        try:
            report = self.session.end(keep=passed)
        except RunreelError as error:
            return ItemResult(failures.describe_server_error(error, self.proxy.read_log()))
        failure_text = self._describe_failures(report)
        if not passed:
            return ItemResult(failure_text)
        is_unused = not report.requests and self.settings.on_unused != "ignore"
        variables = self.route.list_variables()
        return ItemResult(
            failure_text,
            unplayed=failures.describe_unplayed(report.unplayed, self.item),
            unused=failures.describe_unused(variables, self.item) if is_unused else "",
        )

    def _describe_failures(self, report: RunreelReport) -> str:
        count = report.missed + report.lost + len(self.guard.blocked)
        if count == self._failure_count:
            return ""
        self._failure_count = count
        losses = self.proxy.find_losses(self.session.name) if report.lost else ()
        return failures.describe_failures(
            report, self.item, losses=losses, blocked=self.guard.blocked
        )
