"""One run of one test: its session, and what speaks against the test because of it."""

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
from runreel.pytest_plugin.proxy.session import RunreelSession, point_clients_at
from runreel.pytest_plugin.settings import REPLAY, ItemSettings


@dataclass(slots=True, eq=False)
class ItemRun:
    """What is known of a test while it runs."""

    item: ItemUnderTest
    session: RunreelSession
    proxy: ProxyProcess
    settings: ItemSettings
    guard: NetworkGuard
    passed: bool = False
    _failure_count: int = 0
    """How many misses, losses and refused connections the test was failed for already."""

    @contextmanager
    def patch_environment(self) -> Iterator[None]:
        """The environment of the test, and its network, in this block."""
        with ExitStack() as held:
            held.enter_context(point_clients_at(self.session))
            if self.settings.block_network and self.session.mode == REPLAY:
                held.enter_context(guard_sockets(self.guard))
            yield

    def describe_new_failures(self) -> str:
        """What speaks against the test and was not said yet; empty where nothing does."""
        try:
            return self._describe_failures(self.session.report())
        except RunreelError as error:
            return failures.describe_server_error(error, self.proxy.read_log())

    def end(self, *, passed: bool) -> tuple[str, str]:
        """End the session; a test that has not ``passed`` leaves its old cassette in its place.

        Returns what speaks against the test, and what it left unplayed if it passed.
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
