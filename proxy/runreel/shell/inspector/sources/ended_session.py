"""A session that has ended: its cassette, with what its report says about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runreel.core.report.documents import ReportDocument
from runreel.core.report.session_report import LoggedMiss, SessionReport
from runreel.shell.inspector.sources.cassette_recording import CassetteRecording
from runreel.shell.server.activity import Activity, CallOutcome


class EndedSessionRecording(CassetteRecording):
    """The cassette of a session that has ended, as it is now."""

    def __init__(self, report: SessionReport, activity: Activity) -> None:
        super().__init__(report.name, Path(report.cassette))
        self.report = report
        self._activity = activity
        self._played = frozenset(report.played)

    def refresh(self) -> bool:
        """Read the file if it has changed, and if the session's recording is in it."""
        return self.report.is_kept and super().refresh()

    def find_outcome(self, number: int) -> str | None:
        """Return ``replayed`` for what the session has played, else None."""
        return CallOutcome.REPLAYED.value if number in self._played else None

    def find_call(self, number: int) -> int | None:
        """Return the number of the last live call of an exchange; None if it is not known."""
        return self._activity.find_call(self.name, number)

    def list_misses(self) -> Sequence[LoggedMiss]:
        """Return the first and the last requests that it did not answer."""
        return self.report.logged_misses

    def describe(self) -> ReportDocument:
        """Return its entry in the list of recordings."""
        document = {**super().describe(), "kind": "session", "mode": self.report.mode.value}
        if self.report.is_kept:
            return {**document, "state": "ended"}
        reason = "what this session recorded was not kept"
        return {**document, "state": "ended", "damage": [reason]}
