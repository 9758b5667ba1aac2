"""One run of one test: its session, and the failures that the session reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from runreel.errors import RunreelError
from runreel.pytest_plugin import failures
from runreel.pytest_plugin.failures import ItemUnderTest
from runreel.pytest_plugin.network import NetworkGuard, guard_sockets
from runreel.pytest_plugin.proxy.report import RunreelReport
from runreel.pytest_plugin.proxy.server import ProxyProcess
from runreel.pytest_plugin.session import RunreelSession, point_clients_at
from runreel.pytest_plugin.settings import REPLAY, ItemSettings


@dataclass(slots=True, eq=False)
class ItemRun:
    """A running test and its session."""

    item: ItemUnderTest
    session: RunreelSession
    proxy: ProxyProcess
    settings: ItemSettings
    guard: NetworkGuard
    passed: bool = False
    _failure_count: int = 0
    """Number of misses, losses and blocked connections that were reported already."""

    @contextmanager
    def patch_environment(self) -> Iterator[None]:
        """Set the environment variables and block the network for the length of the block."""
        with ExitStack() as stack:
            stack.enter_context(point_clients_at(self.session))
            if self.settings.block_network and self.session.mode == REPLAY:
                stack.enter_context(guard_sockets(self.guard))
            yield

    def describe_new_failures(self) -> str:
        """Return the failures since the last call, as text; empty if there are none."""
        try:
            return self._describe_failures(self.session.report())
        except RunreelError as error:
            return failures.describe_server_error(error, self.proxy.read_log())

    def end(self, *, passed: bool) -> tuple[str, str]:
        """End the session; if the test has not ``passed``, its old cassette stays.

        Return two texts, empty if there is nothing to report: the new failures, and the exchanges
        that a passed test did not play.
        """
        try:
            report = self.session.end(keep=passed)
        except RunreelError as error:
            return failures.describe_server_error(error, self.proxy.read_log()), ""
        unplayed = report.unplayed if passed else ()
        return self._describe_failures(report), failures.describe_unplayed(unplayed, self.item)

    def _describe_failures(self, report: RunreelReport) -> str:
        count = report.missed + report.lost + len(self.guard.blocked)
        if count == self._failure_count:
            return ""
        self._failure_count = count
        losses = self.proxy.find_losses(self.session.name) if report.lost else ()
        return failures.describe_failures(
            report, self.item, losses=losses, blocked=self.guard.blocked
        )
