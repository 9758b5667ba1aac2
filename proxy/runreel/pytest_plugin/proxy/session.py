"""A test's own session on the proxy, from its order to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runreel.pytest_plugin.marker import MarkerArguments
from runreel.pytest_plugin.proxy.control import ControlClient
from runreel.pytest_plugin.proxy.report import RunreelReport
from runreel.pytest_plugin.settings import ItemSettings
from runreel.shell.process.lifecycle import build_client_environment


@dataclass(frozen=True, slots=True)
class RunreelSession:
    """What the fixture ``runreel`` is."""

    name: str
    base_url: str
    """For a client that takes a base URL; OpenAI's want ``/v1`` behind it."""
    cassette: Path
    mode: str
    upstream: str
    """The real API behind the session; that of the recording in replay."""
    _control: ControlClient = field(repr=False)

    @classmethod
    def create(
        cls,
        control: ControlClient,
        cassette: str,
        *,
        append: bool,
        settings: ItemSettings,
        arguments: MarkerArguments,
    ) -> RunreelSession:
        """A new session; ``cassette`` is its name on the proxy. Raises ``RunreelError``."""
        order: dict[str, object] = {
            "cassette": cassette,
            "mode": settings.mode,
            "may_be_missing": True,  # a test that asks nothing leaves none, and may need none
        }
        if append:
            order["append"] = True
        if settings.upstream:
            order["upstream"] = settings.upstream
        for member in ("speed", "ignore", "strict", "record_errors", "restore"):
            value = getattr(arguments, member)
            if value is not None:
                order[member] = value
        made = control.create_session(order)
        return cls(
            made["name"],
            made["base_url"],
            Path(made["cassette"]),
            made["mode"],
            made["upstream"],
            control,
        )

    def report(self) -> RunreelReport:
        """What the session has recorded and played so far."""
        return RunreelReport.from_document(self._control.get_report(self.name))

    def end(self, *, keep: bool) -> RunreelReport:
        """End it; ``keep`` says whether what it recorded takes the place of an older cassette."""
        return RunreelReport.from_document(self._control.end_session(self.name, keep=keep))


@contextmanager
def point_clients_at(session: RunreelSession) -> Iterator[None]:
    """The variables by which SDKs find their server point at the session in this block."""
    wanted = build_client_environment(
        session.base_url,
        prefix="" if urlsplit(session.upstream).path else "/v1",
        with_dummy_key=True,
        environ=os.environ,
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wanted.items():
            if os.environ.get(name) != value:
                patch.setenv(name, value)
        yield
