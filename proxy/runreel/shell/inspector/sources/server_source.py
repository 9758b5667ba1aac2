"""The recordings of a running proxy: its sessions, open and ended."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol

from runreel.core.report.session_report import SessionReport
from runreel.shell.inspector.sources.ended_session import EndedSessionRecording
from runreel.shell.inspector.sources.recordings import InspectedRecording
from runreel.shell.inspector.sources.session_recording import SessionRecording
from runreel.shell.server.activity import Activity
from runreel.shell.session.session import Session

_MAX_ENDED = 100
"""Ended sessions that are shown: their cassettes are open."""


class SessionLists(Protocol):
    """The sessions of a server, as a source needs them."""

    activity: Activity

    @property
    def open_sessions(self) -> Mapping[str, Session]:
        """The open sessions by name."""
        ...

    @property
    def final_reports(self) -> Mapping[str, SessionReport]:
        """The reports of ended sessions by name."""
        ...


class ServerSource:
    """The sessions of one server."""

    is_live = True

    def __init__(self, sessions: SessionLists, mode: str, *, workers: int = 1) -> None:
        """``workers`` is the number of processes, each of which has its own sessions."""
        self.mode = mode
        self.workers = workers
        self._sessions = sessions
        self._open: dict[str, SessionRecording] = {}
        self._ended: dict[str, EndedSessionRecording] = {}

    def refresh(self) -> None:
        """Look for sessions that have begun or ended, and for their cassettes."""
        sessions = dict(self._sessions.open_sessions)
        self._open = {name: self._get_open(name, session) for name, session in sessions.items()}
        reports = [each for each in self._list_reports() if each.name not in sessions]
        ended = {report.name: self._get_ended(report) for report in reports[-_MAX_ENDED:]}
        for recording in self._ended.values():
            if ended.get(recording.name) is not recording:
                recording.close()
        self._ended = ended
        for recording in ended.values():
            recording.refresh()

    def _list_reports(self) -> Sequence[SessionReport]:
        return [*self._sessions.final_reports.values()]

    def _get_open(self, name: str, session: Session) -> SessionRecording:
        known = self._open.get(name)
        return (
            known
            if known and known.session is session
            else SessionRecording(session, self._sessions.activity)
        )

    def _get_ended(self, report: SessionReport) -> EndedSessionRecording:
        known = self._ended.get(report.name)
        if known is not None and known.report is report:
            return known
        return EndedSessionRecording(report, self._sessions.activity)

    def build_signature(self) -> Hashable:
        """Return what changes with the list of sessions."""
        sessions = self._sessions
        return tuple(map(id, sessions.open_sessions.values())), len(sessions.final_reports)

    def list_recordings(self) -> Sequence[InspectedRecording]:
        """Return the open sessions, then those that have ended."""
        return [*self._open.values(), *self._ended.values()]
