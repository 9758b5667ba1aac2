"""The session of a test on the proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.options import UPSTREAM
from runreel.pytest_plugin.proxy.control import ControlClient
from runreel.pytest_plugin.proxy.report import RunreelReport
from runreel.pytest_plugin.proxy.server import ProxyProcess
from runreel.pytest_plugin.settings import ItemSettings

_MEMBERS = (
    "speed",
    "ignore",
    "volatile",
    "patterns",
    "bind",
    "strict",
    "order",
    "record_errors",
    "restore",
)
"""Members of a session request that are arguments of the marker."""


@dataclass(frozen=True, slots=True)
class RunreelSession:
    """The value of the fixture ``runreel``: the session of a test."""

    name: str
    base_url: str
    """Base URL for clients; those of OpenAI need ``/v1`` appended.

    All tests of the process have the same: the proxy answers in the session of the running one.
    """
    cassette: Path
    mode: str
    upstream: str
    """Base URL of the real API; in replay, the one of the recording."""
    _control: ControlClient = field(repr=False)

    @classmethod
    def create(
        cls,
        proxy: ProxyProcess,
        cassette: str,
        *,
        append: bool,
        settings: ItemSettings,
        arguments: MarkerArguments,
        record_command: str,
    ) -> RunreelSession:
        """Create a session; ``cassette`` is the name on the proxy. Raises ``RunreelError``.

        ``record_command`` records the test again, with the upstream that the suite sets.
        """
        upstream = "" if settings.upstream else f" {UPSTREAM.flag}={{upstream}}"
        request: dict[str, object] = {
            "cassette": cassette,
            "mode": settings.mode,
            "record_command": f"{record_command}{upstream}",
            "default": True,
            "may_be_missing": True,  # a test without requests records no cassette, and needs none
        }
        if append:
            request["append"] = True
        if settings.upstream:
            request["upstream"] = settings.upstream
        for member in _MEMBERS:
            value = getattr(arguments, member)
            if value is not None:
                request[member] = value
        document = proxy.control.create_session(request)
        return cls(
            document["name"],
            proxy.url,
            Path(document["cassette"]),
            document["mode"],
            document["upstream"],
            proxy.control,
        )

    def report(self) -> RunreelReport:
        """Return the current report: recorded, replayed, missed and unplayed exchanges."""
        return RunreelReport.from_document(self._control.get_report(self.name))

    def end(self, *, keep: bool) -> RunreelReport:
        """End the session; with ``keep``, its recording replaces an older cassette."""
        return RunreelReport.from_document(self._control.end_session(self.name, keep=keep))
