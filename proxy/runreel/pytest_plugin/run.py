"""One run of one test: its session, and what speaks against the test because of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from runreel.errors import RunreelError
from runreel.pytest_plugin import failures
from runreel.pytest_plugin.failures import Subject
from runreel.pytest_plugin.network import Guard, guarded
from runreel.pytest_plugin.proxy.report import Report
from runreel.pytest_plugin.proxy.server import Server
from runreel.pytest_plugin.proxy.session import Session, pointing_at
from runreel.pytest_plugin.settings import REPLAY, Settings


@dataclass(slots=True, eq=False)
class Run:
    """What is known of a test while it runs."""

    subject: Subject
    session: Session
    server: Server
    settings: Settings
    guard: Guard
    passed: bool = False
    _told: int = 0
    """How many misses, losses and refused connections the test was failed for already."""

    @contextmanager
    def surroundings(self) -> Iterator[None]:
        """The environment of the test, and its network, in this block."""
        with ExitStack() as held:
            held.enter_context(pointing_at(self.session))
            if self.settings.block_network and self.session.mode == REPLAY:
                held.enter_context(guarded(self.guard))
            yield

    def objections(self) -> str:
        """What speaks against the test and was not said yet; empty where nothing does."""
        try:
            return self._new(self.session.report())
        except RunreelError as error:
            return failures.about_server(error, self.server.log())

    def end(self, *, passed: bool) -> tuple[str, str]:
        """End the session; a test that has not ``passed`` leaves its old cassette in its place.

        Returns what speaks against the test, and what it left unplayed if it passed.
        """
        try:
            report = self.session.end(keep=passed)
        except RunreelError as error:
            return failures.about_server(error, self.server.log()), ""
        unplayed = report.unplayed if passed else ()
        return self._new(report), failures.about_unplayed(unplayed, self.subject)

    def _new(self, report: Report) -> str:
        count = report.missed + report.lost + len(self.guard.blocked)
        if count == self._told:
            return ""
        self._told = count
        losses = self.server.losses(self.session.name) if report.lost else ()
        return failures.objections(report, self.subject, losses=losses, blocked=self.guard.blocked)
